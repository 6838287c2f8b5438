// Four elements side by side, as they are stored: f16. They are read as whole words, as a software adapter pays
// for every element that it loads.

alias Four = vec2u;

fn values4(four: Four) -> vec4f { return vec4f(unpack2x16float(four.x), unpack2x16float(four.y)); }

// Rounds once, as every store of an f16 does: what is packed is exact.
fn four_of(values: vec4f) -> Four {
  let rounded = vec4f(vec4<f16>(values));
  return vec2u(pack2x16float(rounded.xy), pack2x16float(rounded.zw));
}
