// Noise of a seed, a position and a token id. Needs nothing from the importer.
// Source: docs/design.md, section 2; the hash is pcg3d of Jarzynski & Olano 2020 (JCGT 9(3)).

fn hash(seed: u32, position: u32, token: u32) -> u32 {
  var v = vec3u(seed, position, token) * 1664525u + 1013904223u;
  v.x += v.y * v.z;
  v.y += v.z * v.x;
  v.z += v.x * v.y;
  v ^= v >> vec3u(16u);
  v.x += v.y * v.z;
  v.y += v.z * v.x;
  v.z += v.x * v.y;
  // The last word mixed: in the others, high bits of the seed still show.
  return v.z;
}

// Gumbel noise. E = -log(1 - w) is taken from whichever of w and 1 - w is small, so that both tails,
// and above all the large values that decide, keep the resolution of small floats.
fn gumbel(bits: u32) -> f32 {
  let w = (f32(bits) + 0.5) * 2.3283064365386963e-10;
  let rest = (f32(~bits) + 0.5) * 2.3283064365386963e-10;
  let series = w * fma(w, fma(w, 1.0 / 3.0, 0.5), 1.0);
  return -log(select(-log(rest), series, w < 0.001));
}
