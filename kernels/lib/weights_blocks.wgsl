// Weights stored in blocks that share scales, as block_layout.wgsl lays them out.
//
// Needs from the importer: what block_layout does; const SPAN; const CENTER, subtracted before scaling; w: array<Word>.
// Source: ggml's dequantize_row_* (ggml-quants.c).

#import block_layout

alias Word = vec2u;

// Columns, in fours, that share a scale: 16 where a super-block has no minimums.
const SCALED4 = select(8u, 4u, IS_SUPER == 1u && HAS_MIN == 0u);

// Of the SPAN blocks of outputs that a thread takes.
var<private> block_scales: array<vec4f, SPAN>;
var<private> block_mins: array<vec4f, SPAN>;

fn halves(word: vec2u) -> vec4f { return vec4f(unpack2x16float(word.x), unpack2x16float(word.y)); }

fn bytes(word: u32) -> vec4u { return (vec4u(word) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(0xffu); }

fn signed_bytes(word: u32) -> vec4f {
  return vec4f(bitcast<vec4i>(vec4u(word) << vec4u(24u, 16u, 8u, 0u)) >> vec4u(24u));
}

fn read_scales(block: u32, k4: u32, lane: u32) {
  let scales = w[SCALE_AT + run_at(block, k4, lane)];
  if IS_SUPER == 0u {
    block_scales[block % SPAN] = halves(scales);
    if HAS_MIN == 1u { block_mins[block % SPAN] = halves(w[MIN_AT + run_at(block, k4, lane)]); }
    return;
  }
  let d = halves(w[D_AT + super_at(block, k4, lane)]);
  if HAS_MIN == 1u {
    block_scales[block % SPAN] = d * vec4f(bytes(scales.x));
    block_mins[block % SPAN] = halves(w[DMIN_AT + super_at(block, k4, lane)]) * -vec4f(bytes(scales.y));
  } else {
    block_scales[block % SPAN] = d * signed_bytes(select(scales.x, scales.y, k4 % 8u >= 4u));
  }
}

// Of 4 outputs at one of 4 inputs, between 0 and 2^bits - 1.
fn quants(low: vec2u, high: u32, column: u32) -> vec4f {
  let word = select(low.x, low.y, column >= 2u);
  var value = (vec4u(word) >> (vec4u(0u, 4u, 8u, 12u) + 16u * (column % 2u))) & vec4u(15u);
  if HIGH_BITS == 1u {
    value |= ((vec4u(high) >> (vec4u(0u, 1u, 2u, 3u) + 4u * column)) & vec4u(1u)) << vec4u(4u);
  } else if HIGH_BITS == 2u {
    value |= ((vec4u(high) >> (vec4u(0u, 2u, 4u, 6u) + 8u * column)) & vec4u(3u)) << vec4u(4u);
  }
  return vec4f(value);
}

fn scaled(value: vec4f, scale: vec4f, least: vec4f) -> vec4f { return fma(value - vec4f(f32(CENTER)), scale, least); }

// Of outputs 32 * block + 4 * lane .. + 3, a column for each of the inputs 4 * k4 .. + 3. Called for k4 in ascending
// order, from a multiple of 16 on.
fn weights(block: u32, k4: u32, lane: u32) -> mat4x4f {
  if k4 % SCALED4 == 0u { read_scales(block, k4, lane); }
  let scale = block_scales[block % SPAN];
  let least = block_mins[block % SPAN];
  let at = low_at(block, k4, lane);
  let low = w[at];
  if LOW_BITS == 8u {
    let rest = w[at + 8u];
    return mat4x4f(
      scaled(signed_bytes(low.x), scale, least), scaled(signed_bytes(low.y), scale, least),
      scaled(signed_bytes(rest.x), scale, least), scaled(signed_bytes(rest.y), scale, least));
  }
  var high = 0u;
  if HIGH_BITS == 1u {
    let word = w[high_at(block, k4, lane)];
    high = select(word.x, word.y, k4 % 4u >= 2u) >> (16u * (k4 % 2u));
  } else if HIGH_BITS == 2u {
    let word = w[high_at(block, k4, lane)];
    high = select(word.x, word.y, k4 % 2u == 1u);
  }
  return mat4x4f(
    scaled(quants(low, high, 0u), scale, least), scaled(quants(low, high, 1u), scale, least),
    scaled(quants(low, high, 2u), scale, least), scaled(quants(low, high, 3u), scale, least));
}

fn weight(m: u32, k: u32) -> f32 {
  let block = m / 32u;
  let lane = m % 32u / 4u;
  read_scales(block, k / 4u, lane);
  var found = weights(block, k / 4u, lane);
  return found[k % 4u][m % 4u];
}
