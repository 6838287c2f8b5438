// Sums of TILE rows x 4 outputs, in an order fixed by K alone: chunks of 64 along K are summed
// one element after another, the chunks' sums, each times its weight, in chunk order. Neither TILE (rows per thread) nor
// GROUPS (chunks in flight) changes a bit.
//
// Needs from the importer: const K (padded to 4), TILE, GROUPS (1, or at least TILE);
//   library WEIGHTS, the one that reads the format in which w is stored;
//   fn input4(tile_row: u32, row: u32, k4: u32) -> vec4f: elements 4*k4 .. 4*k4+3 of a row, which is row0 + tile_row;
//   fn chunk_weight(tile_row: u32, chunk: u32) -> f32 (libraries plain_input, normed_input, routed_input have both);
//   fn finish(row: u32, out4: u32, sum: vec4f): stores outputs 4*out4 .. 4*out4+3 of a row.

const CHUNK4 = 16u;
const K4 = K / 4u;
const NUM_CHUNKS = (K4 + CHUNK4 - 1u) / CHUNK4;

var<workgroup> sh_sums: array<vec4f, GROUPS * TILE * 8u>;

fn chunk_sums(block: u32, lane: u32, row0: u32, chunk: u32) -> array<vec4f, TILE> {
  var sums: array<vec4f, TILE>;
  let end = min((chunk + 1u) * CHUNK4, K4);
  for (var k4 = chunk * CHUNK4; k4 < end; k4++) {
    let w4 = weights(block, k4, lane);
    for (var t = 0u; t < TILE; t++) {
      let v = input4(t, row0 + t, k4);
      sums[t] = fma(vec4f(v.w), w4[3], fma(vec4f(v.z), w4[2], fma(vec4f(v.y), w4[1], fma(vec4f(v.x), w4[0], sums[t]))));
    }
  }
  return sums;
}

fn matmul(block: u32, lane: u32, group: u32, row0: u32, num_rows: u32) {
  if GROUPS == 1u {
    var totals: array<vec4f, TILE>;
    for (var chunk = 0u; chunk < NUM_CHUNKS; chunk++) {
      var sums = chunk_sums(block, lane, row0, chunk);
      for (var t = 0u; t < TILE; t++) { totals[t] = fma(vec4f(chunk_weight(t, chunk)), sums[t], totals[t]); }
    }
    for (var t = 0u; t < TILE; t++) {
      if row0 + t < num_rows { finish(row0 + t, block * 8u + lane, totals[t]); }
    }
  } else {
    // Thread (lane, group < TILE) owns row `group`: it adds the chunks' sums in chunk order.
    var total = vec4f();
    for (var first = 0u; first < NUM_CHUNKS; first += GROUPS) {
      if first + group < NUM_CHUNKS {
        var sums = chunk_sums(block, lane, row0, first + group);
        for (var t = 0u; t < TILE; t++) { sh_sums[(group * TILE + t) * 8u + lane] = sums[t]; }
      }
      workgroupBarrier();
      if group < TILE {
        let here = min(GROUPS, NUM_CHUNKS - first);
        for (var g = 0u; g < here; g++) {
          total = fma(vec4f(chunk_weight(group, first + g)), sh_sums[(g * TILE + group) * 8u + lane], total);
        }
      }
      workgroupBarrier();
    }
    if group < TILE && row0 + group < num_rows {
      finish(row0 + group, block * 8u + lane, total);
    }
  }
}
