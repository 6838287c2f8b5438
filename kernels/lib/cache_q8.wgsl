// Keys and values in 8 bits: integers from -127 to 127, times an f32 scale that a run of up to 32 elements of a head shares.
// A head is its scales, then its integers, four to a word; a slot is its heads, padded to whole words of 8 bytes.
//
// Needs from the importer: const NUM_KV_HEADS = G, HEAD_DIM = E; k, v: array<CacheWord>.

alias CacheWord = u32;

const RUNS = (HEAD_DIM + 31u) / 32u;
const HEAD_WORDS = RUNS + HEAD_DIM / 4u;
const SLOT_WORDS = (NUM_KV_HEADS * HEAD_WORDS + 1u) / 2u * 2u;

// Where a slot's head begins.
fn head_at(slot: u32, kv_head: u32) -> u32 { return slot * SLOT_WORDS + kv_head * HEAD_WORDS; }

fn scaled(scale: u32, quants: u32) -> vec4f { return vec4f(unpack4xI8(quants)) * bitcast<f32>(scale); }

// Elements 4 * e4 .. + 3 of the head that begins at `head`.
fn key4(head: u32, e4: u32) -> vec4f { return scaled(k[head + e4 / 8u], k[head + RUNS + e4]); }

fn value4(head: u32, e4: u32) -> vec4f { return scaled(v[head + e4 / 8u], v[head + RUNS + e4]); }
