// The tree of drafted tokens. Needs nothing from the importer, which binds what it uses of
// `candidates: array<Candidate>`, `pool: Pool` and `nodes: array<Node>`. Source: docs/design.md, section 4.

// A token that may follow a row, with its log probability there.
struct Candidate {
  token: u32,
  score: f32,
}

const NO_PARENT = 0xffffffffu;

// Everything drafted in a round, level by level: FANOUT entries of level 1, then FANOUT² of each further one.
struct PoolEntry {
  token: u32,
  // Sum of log probabilities from the root.
  score: f32,
  // Entry that it follows, or NO_PARENT.
  parent: u32,
}

// What of the pool is expanded next.
struct Frontier {
  entry: u32,
  score: f32,
  parent_row: u32,
}

struct Pool {
  frontier: array<Frontier, 16>,
  entry: array<PoolEntry>,
}

// A node of the tree that is verified, beside its row in the target's row table.
struct Node {
  parent: u32,
  score: f32,
  entry: u32,
  // Place among the drafted nodes by score, from 1; 0 for the root.
  rank: u32,
}
