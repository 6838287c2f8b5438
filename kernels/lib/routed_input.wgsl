// Rows of a product whose columns are the activations of NUM_EXPERTS experts side by side: row r is that of pass row
// t = r mod T, each expert's chunks weighed for branch r div T of it.
//
//   ROUTING 0   one block of activations, as they are stored
//   ROUTING 1   mixture:      w0 for expert a, w1 for expert b       (w0, w1) = softmax(g[a], g[b])
//               contrastive:  s*w2 for a, -s*w3 for b                (w2, w3) = softmax(last two of g)
//               where a and b are the two experts of largest g, the first of equals (0 and 1 where there are two),
//               s = 1 if w2 > w3 else -1, and the other experts' weights are 0
//   ROUTING 2   top:          1 for the expert of the larger g, the first where they are equal, and 0 for the other
//               other:        the reverse
//
// Needs from the importer: libraries matmul and rows; x: array<Four> [T, K]; gates: array<f32> [T, GATE_STRIDE],
//   g of each row, used when ROUTING is not 0; const ROUTING, NUM_EXPERTS (2 when ROUTING is 2), GATE_STRIDE; where
//   it is not, the columns of an expert, K / NUM_EXPERTS, are whole chunks.
// Source: docs/design.md, section 8; jakiro (arXiv 2502.06282), equations 4 to 7 and the inference of Jakiro*.

#import FOURS

const EXPERT_CHUNKS = NUM_CHUNKS / NUM_EXPERTS;

var<workgroup> sh_weights: array<f32, TILE * NUM_EXPERTS>;
// T, which the loops over K would load over and over.
var<private> branch_rows: u32;

fn input4(tile_row: u32, row: u32, k4: u32) -> vec4f {
  if ROUTING == 0u { return values4(x[row * K4 + k4]); }
  return values4(x[select(row, row - branch_rows, row >= branch_rows) * K4 + k4]);
}

fn chunk_weight(tile_row: u32, chunk: u32) -> f32 {
  if ROUTING == 0u { return 1.0; }
  return sh_weights[tile_row * NUM_EXPERTS + chunk / EXPERT_CHUNKS];
}

fn weigh_two(tile_row: u32, g: u32, is_contrastive: bool) {
  var first = 0u;
  var second = 1u;
  if NUM_EXPERTS > 2u {
    for (var e = 1u; e < NUM_EXPERTS; e++) { first = select(first, e, gates[g + e] > gates[g + first]); }
    second = select(0u, 1u, first == 0u);
    for (var e = 0u; e < NUM_EXPERTS; e++) {
      second = select(second, e, e != first && gates[g + e] > gates[g + second]);
    }
  }
  let mixture = 1.0 / (1.0 + exp(gates[g + second] - gates[g + first]));
  let contrast = gates[g + NUM_EXPERTS + 1u] - gates[g + NUM_EXPERTS];
  let w2 = 1.0 / (1.0 + exp(contrast));
  let sign = select(-1.0, 1.0, contrast < 0.0);
  let of_first = select(mixture, sign * w2, is_contrastive);
  let of_second = select(1.0 - mixture, -sign * (1.0 - w2), is_contrastive);
  for (var e = 0u; e < NUM_EXPERTS; e++) {
    sh_weights[tile_row * NUM_EXPERTS + e] = select(select(0.0, of_second, e == second), of_first, e == first);
  }
}

// Takes all threads of the workgroup, before they multiply; num_rows counts those of all branches.
fn prepare_input(row0: u32, thread: u32, num_rows: u32) {
  if ROUTING == 0u { return; }
  branch_rows = rows.count;
  let row = row0 + thread;
  if thread < TILE && row < num_rows {
    let is_second_branch = row >= branch_rows;
    let g = select(row, row - branch_rows, is_second_branch) * GATE_STRIDE;
    if ROUTING == 1u {
      weigh_two(thread, g, is_second_branch);
    } else {
      let is_first = (gates[g + 1u] > gates[g]) == is_second_branch;
      sh_weights[thread * 2u] = select(0.0, 1.0, is_first);
      sh_weights[thread * 2u + 1u] = select(1.0, 0.0, is_first);
    }
  }
  workgroupBarrier();
}
