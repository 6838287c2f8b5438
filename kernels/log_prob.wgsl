// log_prob[r] = logits[r, choice[r]] - log(sum over v of exp(logits[r, v])): of the unprocessed distribution
//
// rows      RowTable                     read
// logits    [R, V] f32                   read
// choice    [R] u32                      read
// log_prob  [R] f32                      write
//
// grid: (R, 1), R = count - first_logit_row. Constants: WG, V. CPU twin: tests/reference/log_prob.ts

#import rows

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> choice: array<u32>;
@group(0) @binding(3) var<storage, read_write> log_prob: array<f32>;

var<workgroup> sh_values: array<f32, WG>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  if rows.first_logit_row + wid.x >= rows.count { return; }
  let first = wid.x * V;
  var largest = -3.0e38;
  for (var token = lid.x; token < V; token += WG) { largest = max(largest, logits[first + token]); }
  sh_values[lid.x] = largest;
  workgroupBarrier();
  for (var i = 0u; i < WG; i++) { largest = max(largest, sh_values[i]); }
  workgroupBarrier();
  var sum = 0.0;
  for (var token = lid.x; token < V; token += WG) { sum += exp(logits[first + token] - largest); }
  sh_values[lid.x] = sum;
  workgroupBarrier();
  if lid.x > 0u { return; }
  for (var i = 1u; i < WG; i++) { sum += sh_values[i]; }
  log_prob[wid.x] = logits[first + choice[wid.x]] - largest - log(sum);
}
