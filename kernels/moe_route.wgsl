// Weighs the experts of each row, so that one product with all down projections side by side sums them:
//
//   mixture:      out[t]     = w0 * act of expert a ; w1 * act of expert b      (w0, w1) = softmax(g[a], g[b])
//   contrastive:  out[T + t] = s*w2 * act of a ; -s*w3 * act of b               (w2, w3) = softmax(last two of g)
//
// where g = gate · x (x normalised first, when NORMED), a and b are the two experts of largest g (0 and 1 where there are two), s = 1 if
// w2 > w3 else -1, and the other experts' activations are 0.
//
// rows  RowTable                         read
// x     [T, D] Input                     read
// gate  [NUM_EXPERTS + 2, D] f32         read
// act   [T, NUM_EXPERTS * F] Elem        read
// norm_weight  [D] f32                   read   (used when NORMED: x is then normalised by its root mean square)
// out   [T*BRANCHES, NUM_EXPERTS * F]    write
//
// grid: (1, T). Constants: WG, D, F, NUM_EXPERTS (2 to 14), BRANCHES, NORMED, EPS. Source: docs/design.md, section 8;
// jakiro (arXiv 2502.06282), equations 4 to 7. CPU twin: tests/reference/moe_route.ts

#import rows
#import normed_row

const NUM_GATES = NUM_EXPERTS + 2u;

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> x: array<Input>;
@group(0) @binding(2) var<storage, read> gate: array<f32>;
@group(0) @binding(3) var<storage, read> act: array<Elem>;
@group(0) @binding(4) var<storage, read> norm_weight: array<f32>;
@group(0) @binding(5) var<storage, read_write> out: array<Elem>;

var<workgroup> sh_sums: array<f32, NUM_GATES * WG>;
var<workgroup> sh_gates: array<f32, NUM_GATES>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  if wid.y >= rows.count { return; }
  prepare_row(wid.y, lid.x);
  for (var g = 0u; g < NUM_GATES; g++) {
    var sum = 0.0;
    for (var d = lid.x; d < D; d += WG) { sum = fma(row_value(wid.y, d), gate[g * D + d], sum); }
    sh_sums[g * WG + lid.x] = sum;
  }
  workgroupBarrier();
  for (var g = lid.x; g < NUM_GATES; g += WG) {
    var sum = 0.0;
    for (var i = 0u; i < WG; i++) { sum += sh_sums[g * WG + i]; }
    sh_gates[g] = sum;
  }
  workgroupBarrier();
  var first = 0u;
  for (var e = 1u; e < NUM_EXPERTS; e++) { first = select(first, e, sh_gates[e] > sh_gates[first]); }
  var second = select(0u, 1u, first == 0u);
  for (var e = 0u; e < NUM_EXPERTS; e++) {
    second = select(second, e, e != first && sh_gates[e] > sh_gates[second]);
  }
  if NUM_EXPERTS == 2u {
    first = 0u;
    second = 1u;
  }
  let mixture = 1.0 / (1.0 + exp(sh_gates[second] - sh_gates[first]));
  let contrast = sh_gates[NUM_EXPERTS + 1u] - sh_gates[NUM_EXPERTS];
  let w2 = 1.0 / (1.0 + exp(contrast));
  let sign = select(-1.0, 1.0, contrast < 0.0);
  let size = NUM_EXPERTS * F;
  for (var i = lid.x; i < size; i += WG) {
    let expert = i / F;
    let value = f32(act[wid.y * size + i]);
    let is_first = expert == first;
    let is_second = expert == second;
    let weight = select(select(0.0, 1.0 - mixture, is_second), mixture, is_first);
    out[wid.y * size + i] = Elem(value * weight);
    if BRANCHES == 2u {
      let opposed = select(select(0.0, -sign * (1.0 - w2), is_second), sign * w2, is_first);
      out[(rows.count + wid.y) * size + i] = Elem(value * opposed);
    }
  }
}
