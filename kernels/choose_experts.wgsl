// choice[t] = the CHOSEN experts e of largest g[e] = x[t] · w[e], the first of equals, each with its share of a
// softmax over them; in ascending order
//
// rows    RowTable                       read
// x       [T, D] Elem                    read
// w       [X, D] f32                     read
// choice  [T, CHOSEN] Choice             write
//
// grid: (1, T). Constants: WG, D (a multiple of 4), NUM_EXPERTS = X (at most 64), CHOSEN (at most X).
// Source: Jiang et al. 2024 (arXiv 2401.04088), section 2.1. CPU twin: tests/reference/choose_experts.ts

#import rows
#import choice

const D4 = D / 4u;
const LOWEST = -3.0e38;

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> x: array<vec4<Elem>>;
@group(0) @binding(2) var<storage, read> w: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> choice: array<Choice>;

var<workgroup> sh_sums: array<f32, NUM_EXPERTS * WG>;
var<workgroup> sh_gates: array<f32, NUM_EXPERTS>;

// Takes one thread, behind the gates.
fn choose(row: u32) {
  var is_chosen: array<bool, NUM_EXPERTS>;
  var highest = LOWEST;
  for (var e = 0u; e < NUM_EXPERTS; e++) { highest = max(highest, sh_gates[e]); }
  for (var i = 0u; i < CHOSEN; i++) {
    var best = NUM_EXPERTS;
    for (var e = 0u; e < NUM_EXPERTS; e++) {
      if is_chosen[e] { continue; }
      if best == NUM_EXPERTS || sh_gates[e] > sh_gates[min(best, NUM_EXPERTS - 1u)] { best = e; }
    }
    is_chosen[best] = true;
  }
  var sum = 0.0;
  for (var e = 0u; e < NUM_EXPERTS; e++) { sum += select(0.0, exp(sh_gates[e] - highest), is_chosen[e]); }
  var at = row * CHOSEN;
  for (var e = 0u; e < NUM_EXPERTS; e++) {
    if is_chosen[e] {
      choice[at] = Choice(e, exp(sh_gates[e] - highest) / sum);
      at++;
    }
  }
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  if wid.y >= rows.count { return; }
  for (var e = 0u; e < NUM_EXPERTS; e++) {
    var products = vec4f();
    for (var d4 = lid.x; d4 < D4; d4 += WG) {
      products = fma(vec4f(x[wid.y * D4 + d4]), w[e * D4 + d4], products);
    }
    sh_sums[e * WG + lid.x] = (products.x + products.y) + (products.z + products.w);
  }
  workgroupBarrier();
  for (var e = lid.x; e < NUM_EXPERTS; e += WG) {
    var sum = 0.0;
    for (var i = 0u; i < WG; i++) { sum += sh_sums[e * WG + i]; }
    sh_gates[e] = sum;
  }
  workgroupBarrier();
  if lid.x == 0u { choose(wid.y); }
}
