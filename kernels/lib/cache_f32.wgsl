// Keys and values as f32, [S, G, E].
//
// Needs from the importer: const NUM_KV_HEADS = G, HEAD_DIM = E; k, v: array<CacheWord>.

alias CacheWord = vec4f;

// Where a slot's head begins.
fn head_at(slot: u32, kv_head: u32) -> u32 { return (slot * NUM_KV_HEADS + kv_head) * (HEAD_DIM / 4u); }

// Elements 4 * e4 .. + 3 of the head that begins at `head`.
fn key4(head: u32, e4: u32) -> vec4f { return k[head + e4]; }

fn value4(head: u32, e4: u32) -> vec4f { return v[head + e4]; }
