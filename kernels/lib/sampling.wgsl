// Options of the choice. Needs nothing from the importer, which binds `sampling: Sampling` (uniform).
// Source: docs/design.md, section 2.

struct Sampling {
  temperature: f32,
  top_p: f32,
  min_p: f32,
  repetition_penalty: f32,
  presence_penalty: f32,
  frequency_penalty: f32,
  top_k: u32,
  seed: u32,
  has_bias: u32,
  has_penalty: u32,
}
