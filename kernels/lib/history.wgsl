// The tokens of a sequence, by position. Needs nothing from the importer, which binds
// `history: array<HistoryEntry>` [S+1].

struct HistoryEntry {
  token: u32,
  // Of the unprocessed distribution; set where it is asked for.
  log_prob: f32,
  // Twice the number of the round that committed it, plus 1 if the drafter had proposed it.
  origin: u32,
}
