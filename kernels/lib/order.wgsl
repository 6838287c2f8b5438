// A total order of floats as integers. Needs nothing from the importer.

// Larger float, larger key.
fn order_key(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  return select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0u);
}
