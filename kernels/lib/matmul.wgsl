// Sums of TILE rows x SPAN blocks of 32 outputs, 4 of each block to a thread, in an order fixed by K alone: chunks of 64
// along K are summed one element after another, the chunks' sums, each times its weight, in chunk order. Neither TILE
// (rows per thread) nor SPAN (blocks per thread) nor GROUPS (chunks in flight) changes a bit.
//
// Needs from the importer: const K (padded to 4), TILE, SPAN (1 or 2), GROUPS (1, or at least TILE);
//   library WEIGHTS, the one that reads the format in which w is stored;
//   fn input4(tile_row: u32, row: u32, k4: u32) -> vec4f: elements 4*k4 .. 4*k4+3 of a row, which is row0 + tile_row;
//   fn chunk_weight(tile_row: u32, chunk: u32) -> f32 (libraries plain_input, normed_input, routed_input have both);
//   fn finish(row: u32, out4: u32, sum: vec4f): stores outputs 4*out4 .. 4*out4+3 of a row, which may lie behind the last.

const CHUNK4 = 16u;
const K4 = K / 4u;
const NUM_CHUNKS = (K4 + CHUNK4 - 1u) / CHUNK4;
// Sums of a thread: [TILE, SPAN].
const CELLS = TILE * SPAN;

var<workgroup> sh_sums: array<vec4f, GROUPS * CELLS * 8u>;

fn added(sum: vec4f, v: vec4f, w4: mat4x4f) -> vec4f {
  return fma(vec4f(v.w), w4[3], fma(vec4f(v.z), w4[2], fma(vec4f(v.y), w4[1], fma(vec4f(v.x), w4[0], sum))));
}

fn chunk_sums(block0: u32, lane: u32, row0: u32, chunk: u32) -> array<vec4f, CELLS> {
  var sums: array<vec4f, CELLS>;
  let end = min((chunk + 1u) * CHUNK4, K4);
  for (var k4 = chunk * CHUNK4; k4 < end; k4++) {
    // Not an array, which drivers would index at run time.
    let first = weights(block0, k4, lane);
    var second = first;
    if SPAN == 2u { second = weights(block0 + 1u, k4, lane); }
    for (var t = 0u; t < TILE; t++) {
      let v = input4(t, row0 + t, k4);
      sums[t * SPAN] = added(sums[t * SPAN], v, first);
      if SPAN == 2u { sums[t * SPAN + 1u] = added(sums[t * SPAN + 1u], v, second); }
    }
  }
  return sums;
}

fn matmul(block0: u32, lane: u32, group: u32, row0: u32, num_rows: u32) {
  if GROUPS == 1u {
    var totals: array<vec4f, CELLS>;
    for (var chunk = 0u; chunk < NUM_CHUNKS; chunk++) {
      var sums = chunk_sums(block0, lane, row0, chunk);
      for (var i = 0u; i < CELLS; i++) { totals[i] = fma(vec4f(chunk_weight(i / SPAN, chunk)), sums[i], totals[i]); }
    }
    for (var i = 0u; i < CELLS; i++) {
      if row0 + i / SPAN < num_rows { finish(row0 + i / SPAN, (block0 + i % SPAN) * 8u + lane, totals[i]); }
    }
  } else {
    // Thread (lane, group < TILE) owns row `group`: it adds the chunks' sums in chunk order.
    var totals: array<vec4f, SPAN>;
    for (var first = 0u; first < NUM_CHUNKS; first += GROUPS) {
      if first + group < NUM_CHUNKS {
        var sums = chunk_sums(block0, lane, row0, first + group);
        for (var i = 0u; i < CELLS; i++) { sh_sums[(group * CELLS + i) * 8u + lane] = sums[i]; }
      }
      workgroupBarrier();
      if group < TILE {
        let here = min(GROUPS, NUM_CHUNKS - first);
        for (var g = 0u; g < here; g++) {
          let weight = vec4f(chunk_weight(group, first + g));
          for (var s = 0u; s < SPAN; s++) {
            totals[s] = fma(weight, sh_sums[(g * CELLS + group * SPAN + s) * 8u + lane], totals[s]);
          }
        }
      }
      workgroupBarrier();
    }
    if group < TILE && row0 + group < num_rows {
      for (var s = 0u; s < SPAN; s++) { finish(row0 + group, (block0 + s) * 8u + lane, totals[s]); }
    }
  }
}
