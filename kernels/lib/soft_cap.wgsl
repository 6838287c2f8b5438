// A bound that numbers come close to without a bend. Needs nothing from the importer.
//
// WGSL lets its own tanh be 1e-5 off, and some drivers' overflows; this one is within a few roundings of 1 everywhere.

fn tanh4(x: vec4f) -> vec4f {
  let shrunk = exp(-2.0 * abs(x));
  return sign(x) * (1.0 - shrunk) / (1.0 + shrunk);
}

// cap * tanh(x / cap), or x where cap is 0.
fn soft_cap4(x: vec4f, cap: f32) -> vec4f {
  if cap == 0.0 { return x; }
  return cap * tanh4(x / cap);
}

fn soft_cap(x: f32, cap: f32) -> f32 { return soft_cap4(vec4f(x), cap).x; }
