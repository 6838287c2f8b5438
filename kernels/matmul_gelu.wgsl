// out[t, m] = gelu(x[t] · w[m]),  gelu(z) = z/2 * (1 + erf(z / sqrt(2)));  gates[t, g] = x[t] · w[STRIDE + g]
//
// WGSL has no erf. Of Abramowitz & Stegun 7.1.26, within 1.5e-7 of it, the complement is taken where z is
// negative, so that no digits cancel: the result is within 0.8e-7 * |z|, about the rounding of an f32.
//
// rows  RowTable                         read
// x     [T, K] Elem                      read
// w     [ceil(M/32), K, 32] weights      read   (a slice of the matrix: rows M0 .. M0+M of STRIDE + 2)
// norm_weight  [K] f32                   read   (used when INPUT is normed_input: x is then f32)
// out   [T, STRIDE] Elem                 write
// gates [T, 4] f32                       write  (columns 2 and 3: 0)
//
// grid: (ceil(M/(32*SPAN)), ceil(T/TILE)). Constants: INPUT, EPS, NORM_LANES, K, M, M0, STRIDE, TILE, SPAN, GROUPS.
// Used for both experts of Jakiro* and the gate that chooses between them.
// Source: Hendrycks & Gimpel 2016 (arXiv 1606.08415). CPU twin: tests/reference/matmul_gelu.ts

#import rows
#import WEIGHTS
#import matmul
#import INPUT

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> x: array<Input4>;
@group(0) @binding(2) var<storage, read> w: array<Word>;
@group(0) @binding(3) var<storage, read> norm_weight: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<Elem>>;
@group(0) @binding(5) var<storage, read_write> gates: array<vec4f>;

// 1 - erf(z) for z >= 0.
fn erfc(z: vec4f) -> vec4f {
  let t = 1.0 / (1.0 + 0.3275911 * z);
  let high = (1.061405429 * t - 1.453152027) * t + 1.421413741;
  return ((high * t - 0.284496736) * t + 0.254829592) * t * exp(-z * z);
}

fn finish(row: u32, out4: u32, sum: vec4f) {
  if out4 * 4u >= M { return; }
  let at = M0 / 4u + out4;
  if at >= STRIDE / 4u {
    gates[row] = sum;
    return;
  }
  let tail = 0.5 * erfc(abs(sum) * 0.70710678);
  let value = sum * select(1.0 - tail, tail, sum < vec4f());
  out[row * (STRIDE / 4u) + at] = vec4<Elem>(value);
}

@compute @workgroup_size(8, GROUPS)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  if wid.y * TILE >= rows.count { return; }
  prepare_input(wid.y * TILE, lid.y * 8u + lid.x, rows.count);
  matmul(wid.x * SPAN, lid.x, lid.y, wid.y * TILE, rows.count);
}
