// Attention of one row and head to a block of keys, by 64 threads.
//
// Blocks have 64 positions, at fixed borders; inside a block, PARTS runs of consecutive positions are summed side by
// side and then in order. The order of every sum depends on the row's position alone, never on the other rows of the
// pass.
//
// Needs from the importer: const NUM_HEADS = H, NUM_KV_HEADS = G, HEAD_DIM = E (a multiple of 4, at most 256),
// SEQUENCE_SLOTS, SCALE, CAP; bindings rows, q, k, v; libraries rows, CACHE, soft_cap, softmax_sums.

const WG = 64u;
const E4 = HEAD_DIM / 4u;
const PARTS = WG / E4;
const PART_LENGTH = (WG + PARTS - 1u) / PARTS;

var<workgroup> sh_path: array<u32, MAX_PATH>;
var<workgroup> sh_q: array<vec4f, E4>;
var<workgroup> sh_scores: array<f32, WG>;
var<workgroup> sh_highest: array<f32, 8>;
var<workgroup> sh_weights: array<f32, WG>;
var<workgroup> sh_values: array<vec4f, WG>;
var<workgroup> sh_sums: array<f32, WG>;

// A row's way through its keys, for one of its heads.
struct Walk {
  keys: Keys,
  base: u32,
  first_slot: u32,
  kv_head: u32,
}

// Has the row's path and the head's query at hand for all threads, once all of them have come here.
fn begin(row: u32, head: u32, thread: u32) -> Walk {
  let first_slot = rows.row[row].slot / SEQUENCE_SLOTS * SEQUENCE_SLOTS;
  let walk = Walk(keys_of(row), rows.row[row].base, first_slot, head / (NUM_HEADS / NUM_KV_HEADS));
  if thread < MAX_PATH { sh_path[thread] = rows.row[row].path[thread]; }
  if thread < E4 { sh_q[thread] = vec4f(q[(row * NUM_HEADS + head) * E4 + thread]) * SCALE; }
  workgroupBarrier();
  return walk;
}

// Where the key of a position lies: positions from the base on are the row's own way through the tree.
fn slot_of(position: u32, walk: Walk) -> u32 {
  if position < walk.base { return walk.first_slot + position; }
  return sh_path[position - walk.base];
}

// Sums of the block that begins at a position. What the first E4 threads return counts, four elements each.
fn attend(first: u32, walk: Walk, thread: u32) -> Sums {
  let part = thread / E4;
  let lane = thread % E4;
  let length = min(WG, walk.keys.end - first);
  // Of a block that a window cuts.
  let skipped = walk.keys.first - min(first, walk.keys.first);
  var score = LOWEST;
  if thread >= skipped && thread < length {
    let key_head = head_at(slot_of(first + thread, walk), walk.kv_head);
    var products = vec4f();
    for (var e4 = 0u; e4 < E4; e4++) { products = fma(sh_q[e4], key4(key_head, e4), products); }
    score = soft_cap((products.x + products.y) + (products.z + products.w), CAP);
  }
  sh_scores[thread] = score;
  workgroupBarrier();
  var highest = LOWEST;
  if thread < 8u {
    for (var i = 0u; i < 8u; i++) { highest = max(highest, sh_scores[thread * 8u + i]); }
    sh_highest[thread] = highest;
  }
  workgroupBarrier();
  for (var i = 0u; i < 8u; i++) { highest = max(highest, sh_highest[i]); }
  sh_weights[thread] = exp(score - highest);
  workgroupBarrier();
  if part < PARTS {
    var part_value = vec4f();
    var part_sum = 0.0;
    let end = min((part + 1u) * PART_LENGTH, length);
    for (var i = max(part * PART_LENGTH, skipped); i < end; i++) {
      let weight = sh_weights[i];
      part_sum += weight;
      let value_head = head_at(slot_of(first + i, walk), walk.kv_head);
      part_value = fma(vec4f(weight), value4(value_head, lane), part_value);
    }
    sh_values[thread] = part_value;
    sh_sums[thread] = part_sum;
  }
  workgroupBarrier();
  var value = vec4f();
  var sum = 0.0;
  if thread < E4 {
    let parts = (length + PART_LENGTH - 1u) / PART_LENGTH;
    for (var i = 0u; i < parts; i++) {
      value += sh_values[i * E4 + lane];
      sum += sh_sums[i * E4 + lane];
    }
  }
  workgroupBarrier();
  return Sums(highest, sum, value);
}
