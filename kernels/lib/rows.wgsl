// The rows of a pass. Needs nothing from the importer, which binds `rows: RowTable`.
// Source: docs/design.md, section 4.

// Longest way from a tree's root to a node, both included.
const MAX_PATH = 11u;

struct Row {
  token: u32,
  // Position in the sequence.
  position: u32,
  // Where its keys and values lie in the cache.
  slot: u32,
  // Positions before `base` lie at the slot of their own number; position base + i at path[i].
  base: u32,
  // Which row of the pass before holds the hidden state that a drafter continues.
  hidden_row: u32,
  path: array<u32, MAX_PATH>,
}

struct RowTable {
  // Rows in this pass; 0 once the generation has ended, so that every kernel returns at once.
  count: u32,
  // First row whose logits are wanted.
  first_logit_row: u32,
  row: array<Row>,
}
