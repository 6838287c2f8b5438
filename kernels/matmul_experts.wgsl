// out[t, f] = silu(gate[t, f]) * up[t, f],  [gate; up; gates] = x · wᵀ, for all experts side by side
//
// Rows of w come in fours, gate f, gate f+1, up f, up f+1, so that one thread holds what it combines; behind them
// those of the gate that weighs the experts.
//
// rows  RowTable                         read
// x     [T, K] Elem                      read
// w     [ceil(M/32), K, 32] weights      read   (a slice of the matrix: rows M0 .. M0+M of 2*STRIDE + X + 2)
// norm_weight  [K] f32                   read   (used when INPUT is normed_input: x is then f32)
// out   [T, STRIDE] Elem                 write
// gates [T, GATE_STRIDE] f32             write  (columns behind the gate's last: 0)
//
// grid: (ceil(M/(32*SPAN)), ceil(T/TILE)). Constants: INPUT, EPS, NORM_LANES, K, M, M0, STRIDE, GATE_STRIDE, TILE, SPAN, GROUPS.
// Source: Shazeer 2020 (arXiv 2002.05202); jakiro (arXiv 2502.06282), equation 4.
// CPU twin: tests/reference/matmul_experts.ts

#import rows
#import WEIGHTS
#import matmul
#import INPUT

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> x: array<Input4>;
@group(0) @binding(2) var<storage, read> w: array<Word>;
@group(0) @binding(3) var<storage, read> norm_weight: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> out: array<vec2<Elem>>;
@group(0) @binding(5) var<storage, read_write> gates: array<vec4f>;

fn finish(row: u32, out4: u32, sum: vec4f) {
  if out4 * 4u >= M { return; }
  let at = M0 / 4u + out4;
  if at >= STRIDE / 2u {
    gates[row * (GATE_STRIDE / 4u) + at - STRIDE / 2u] = sum;
    return;
  }
  let silu = sum.xy / (vec2f(1) + exp(-sum.xy));
  out[row * (STRIDE / 2u) + at] = vec2<Elem>(silu * sum.zw);
}

@compute @workgroup_size(8, GROUPS)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  if wid.y * TILE >= rows.count { return; }
  prepare_input(wid.y * TILE, lid.y * 8u + lid.x, rows.count);
  matmul(wid.x * SPAN, lid.x, lid.y, wid.y * TILE, rows.count);
}
