// The experts that a row takes. Needs nothing from the importer, which binds `choice: array<Choice>` [T, CHOSEN]: a
// row's in ascending order of experts.

struct Choice {
  expert: u32,
  // Of its output in the row's.
  weight: f32,
}
