// cut[r] = the smallest order key that survives top-k, then top-p, then min-p, for logit row r
//
// top-k and top-p descend through the keys' four bytes with a histogram each: of counts, and of
// probabilities relative to the largest in fixed point (27 bits, summed exactly in two halves, so
// that the order of the atomic additions cannot matter; a token less than 2^-28 times as likely as the
// largest counts as nothing). Equal logits at a cut are all kept.
//
// sampling     Sampling                  uniform
// rows         RowTable                  read
// logits       [R, V] f32                read
// bias         [V] f32                   read
// token_state  [V] u32                   read
// cut          [R] u32                   write
// allowed      [R, ceil(V/32)] u32       read   (when ALLOWED is allowed_mask)
//
// grid: (R, 1), R = count - first_logit_row. Constants: WG, V, ALLOWED, ALLOWED_BINDING. Source: docs/design.md, section 2.
// CPU twin: tests/reference/logit_cut.ts

#import ALLOWED
#import rows
#import order
#import processed_logit
#import sampling
#import token_state

@group(0) @binding(0) var<uniform> sampling: Sampling;
@group(0) @binding(1) var<storage, read> rows: RowTable;
@group(0) @binding(2) var<storage, read> logits: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> token_state: array<u32>;
@group(0) @binding(5) var<storage, read_write> cut: array<u32>;

var<workgroup> sh_high: array<atomic<u32>, 256>;
var<workgroup> sh_low: array<atomic<u32>, 256>;
var<workgroup> sh_largest: atomic<u32>;
var<workgroup> sh_prefix: u32;
var<workgroup> sh_above: f32;
var<workgroup> sh_target: f32;

fn key_value(key: u32) -> f32 {
  return bitcast<f32>(select(~key, key ^ 0x80000000u, (key & 0x80000000u) != 0u));
}

// Finds the largest key k such that what lies at or above k reaches the target, where a token
// weighs 1 (by_count) or its probability; tokens below `least` weigh nothing.
fn descend(row: u32, lane: u32, by_count: bool, portion: f32, least: u32, largest: f32) -> u32 {
  if lane == 0u { sh_prefix = 0u; sh_above = 0.0; }
  for (var byte = 0u; byte < 4u; byte++) {
    for (var bin = lane; bin < 256u; bin += WG) {
      atomicStore(&sh_high[bin], 0u);
      atomicStore(&sh_low[bin], 0u);
    }
    workgroupBarrier();
    let shift = 24u - 8u * byte;
    for (var token = lane; token < V; token += WG) {
      let value = processed_logit(row, token);
      let key = order_key(value);
      if key < least || (byte > 0u && (key >> (shift + 8u)) != sh_prefix) { continue; }
      let weight = select(u32(fma(exp(value - largest), 134217728.0, 0.5)), 1u, by_count);
      atomicAdd(&sh_low[(key >> shift) & 255u], weight & 16383u);
      atomicAdd(&sh_high[(key >> shift) & 255u], weight >> 14u);
    }
    workgroupBarrier();
    if lane == 0u {
      if byte == 0u {
        var total = 0.0;
        for (var bin = 256u; bin > 0u; bin--) { total += bin_weight(bin - 1u); }
        sh_target = select(portion * total, portion, by_count);
      }
      // Rounding can leave the sum just short of its own total: then the last bin with weight stands.
      var sum = sh_above;
      var chosen = 0u;
      for (var bin = 256u; bin > 0u && sum < sh_target; bin--) {
        let weight = bin_weight(bin - 1u);
        if weight > 0.0 {
          chosen = bin - 1u;
          sh_above = sum;
          sum += weight;
        }
      }
      sh_prefix = (sh_prefix << 8u) | chosen;
    }
    workgroupBarrier();
  }
  let result = sh_prefix;
  workgroupBarrier();
  return result;
}

fn bin_weight(bin: u32) -> f32 {
  return fma(f32(atomicLoad(&sh_high[bin])), 16384.0, f32(atomicLoad(&sh_low[bin])));
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  if rows.first_logit_row + wid.x >= rows.count { return; }
  var largest_key = 0u;
  for (var token = lid.x; token < V; token += WG) {
    largest_key = max(largest_key, order_key(processed_logit(wid.x, token)));
  }
  atomicMax(&sh_largest, largest_key);
  workgroupBarrier();
  let largest = key_value(atomicLoad(&sh_largest));
  var least = 0u;
  if sampling.top_k > 0u && sampling.top_k < V {
    least = descend(wid.x, lid.x, true, f32(sampling.top_k), least, largest);
  }
  if sampling.top_p < 1.0 {
    least = max(least, descend(wid.x, lid.x, false, sampling.top_p, least, largest));
  }
  if sampling.min_p > 0.0 {
    least = max(least, order_key(largest + log(sampling.min_p)));
  }
  if lid.x == 0u { cut[wid.x] = least; }
}
