// The tokens of a sequence, by position. Needs nothing from the importer, which binds
// `history: array<HistoryEntry>` [S+1].

struct HistoryEntry {
  token: u32,
  // Of the unprocessed distribution; set where it is asked for.
  log_prob: f32,
  // 256 times the number of the round that committed it, plus the rank of the node that proposed it, 0 for none.
  origin: u32,
}
