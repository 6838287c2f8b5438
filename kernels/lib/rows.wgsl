// The rows of this pass. Needs nothing from the importer, which binds `rows: RowTable`.
// Source: docs/design.md, section 4.

struct Row {
  token: u32,
  position: u32,
}

struct RowTable {
  // Rows in this pass; 0 once the generation has ended, so that every kernel returns at once.
  count: u32,
  // First row whose logits are wanted.
  first_logit_row: u32,
  row: array<Row>,
}
