// Weights stored one by one. Needs from the importer: const K; w: array<Word> [ceil(M/32), K, 32].

#import FOURS

alias Word = Four;

// Of outputs 32 * block + 4 * lane .. + 3, a column for each of the inputs 4 * k4 .. + 3.
fn weights(block: u32, k4: u32, lane: u32) -> mat4x4f {
  let at = (block * K + k4 * 4u) * 8u + lane;
  return mat4x4f(values4(w[at]), values4(w[at + 8u]), values4(w[at + 16u]), values4(w[at + 24u]));
}

fn weight(m: u32, k: u32) -> f32 {
  return values4(w[(m / 32u * K + k) * 8u + m % 32u / 4u])[m % 4u];
}
