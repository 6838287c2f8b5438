// Gives each branch of a row one expert, so that one product with both last layers side by side serves both:
//
//   out[t]     = act of the top expert,   0 for the other     (the one of the larger gate value, 0 where equal)
//   out[T + t] = act of the other expert, 0 for the top one
//
// where the gate's values are gate · x (x normalised first, when NORMED). The experts are not weighed.
//
// rows  RowTable                         read
// x     [T, D] Input                     read
// gate  [2, D] f32                       read
// act   [T, STRIDE] Elem                 read   (expert 0 in columns 0 .. F, expert 1 in F .. 2F)
// norm_weight  [D] f32                   read   (used when NORMED: x is then normalised by its root mean square)
// out   [2T, STRIDE] Elem                write
//
// grid: (1, T). Constants: WG, D, F, STRIDE, NORMED, EPS. Source: jakiro (arXiv 2502.06282), the inference of
// Jakiro*. CPU twin: tests/reference/star_route.ts

#import rows
#import normed_row

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> x: array<Input>;
@group(0) @binding(2) var<storage, read> gate: array<f32>;
@group(0) @binding(3) var<storage, read> act: array<Elem>;
@group(0) @binding(4) var<storage, read> norm_weight: array<f32>;
@group(0) @binding(5) var<storage, read_write> out: array<Elem>;

var<workgroup> sh_sums: array<vec2f, WG>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  if wid.y >= rows.count { return; }
  prepare_row(wid.y, lid.x);
  var sums = vec2f();
  for (var d = lid.x; d < D; d += WG) {
    sums = fma(vec2f(row_value(wid.y, d)), vec2f(gate[d], gate[D + d]), sums);
  }
  sh_sums[lid.x] = sums;
  workgroupBarrier();
  var gates = vec2f();
  for (var i = 0u; i < WG; i++) { gates += sh_sums[i]; }
  let top = select(0u, 1u, gates.y > gates.x);
  for (var i = lid.x; i < STRIDE; i += WG) {
    let value = act[wid.y * STRIDE + i];
    let is_top = i / F == top;
    out[wid.y * STRIDE + i] = select(Elem(), value, is_top);
    out[(rows.count + wid.y) * STRIDE + i] = select(value, Elem(), is_top);
  }
}
