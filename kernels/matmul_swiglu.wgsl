// out[t, f] = act(gate[t, f]) * up[t, f],  [gate; up] = x · wᵀ (+ bias);
// act(z) is silu(z) = z / (1 + exp(-z)) or, where IS_GELU, z/2 * (1 + tanh(sqrt(2/pi) * (z + 0.044715 z³)))
//
// Rows of w come in fours, gate f, gate f+1, up f, up f+1, so that one thread holds what it combines.
//
// rows  RowTable                         read
// x     [T, K] Elem                       read
// w     [ceil(2F/32), K, 32] weights     read   (a slice of the matrix: rows M0 .. M0+M of 2F)
// bias  [2F] f32                         read   (used when HAS_BIAS; ordered as w's rows)
// norm_weight  [K] f32                read   (used when INPUT is normed_input: x is then f32)
// out   [T, STRIDE] Elem                 write
//
// grid: (ceil(M/(32*SPAN)), ceil(T/TILE)). Constants: INPUT, EPS, NORM_LANES, K, M, M0, STRIDE, TILE, SPAN, GROUPS, HAS_BIAS, IS_GELU.
// Source: Shazeer 2020 (arXiv 2002.05202). CPU twin: tests/reference/matmul_swiglu.ts

#import rows
#import WEIGHTS
#import matmul
#import INPUT

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> x: array<Input4>;
@group(0) @binding(2) var<storage, read> w: array<Word>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read> norm_weight: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> out: array<vec2<Elem>>;

fn finish(row: u32, out4: u32, sum: vec4f) {
  if out4 * 4u >= M { return; }
  var value = sum;
  if HAS_BIAS == 1u { value += bias[M0 / 4u + out4]; }
  let z = value.xy;
  var opened = z / (vec2f(1) + exp(-z));
  if IS_GELU == 1u {
    // The same function: tanh is a logistic one.
    opened = z / (vec2f(1) + exp(-2.0 * 0.79788456 * (z + 0.044715 * z * z * z)));
  }
  out[row * (STRIDE / 2u) + M0 / 4u + out4] = vec2<Elem>(opened * value.zw);
}

@compute @workgroup_size(8, GROUPS)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  if wid.y * TILE >= rows.count { return; }
  prepare_input(wid.y * TILE, lid.y * 8u + lid.x, rows.count);
  matmul(wid.x * SPAN, lid.x, lid.y, wid.y * TILE, rows.count);
}
