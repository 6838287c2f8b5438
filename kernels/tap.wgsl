// out[t, FIRST + d] = x[t, d], within what Elem holds
//
// rows  RowTable                         read
// x     [T, D] f32                       read
// out   [T, STRIDE] Elem                 write   (columns FIRST .. FIRST + D)
//
// grid: (ceil(D/WG), T). Constants: D, FIRST, STRIDE. Keeps the residual stream before one of the target's layers
// for a drafter. Source: EAGLE-3, Li et al. 2025 (arXiv 2503.01840). CPU twin: tests/reference/tap.ts

#import rows

const WG = 64u;

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<Elem>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  let d = wid.x * WG + lid.x;
  if wid.y >= rows.count || d >= D { return; }
  // A stream can outgrow f16, and an infinity would stay in the drafter's cache.
  out[wid.y * STRIDE + FIRST + d] = Elem(clamp(x[wid.y * D + d], -ELEM_MAX, ELEM_MAX));
}
