// Where a generation stands. Needs nothing from the importer, which binds `state: State`.
// Source: docs/design.md, section 4.

struct State {
  // Positions whose keys and values are in the cache.
  length: u32,
  // Tokens generated so far, and the most that may be.
  num_generated: u32,
  max_generated: u32,
  // Most tokens the context holds, prompt included.
  context_length: u32,
  // 0 while running, else a STOP_ constant.
  stop: u32,
  // Target passes that committed a token.
  num_rounds: u32,
  ignore_end: u32,
}

const STOP_END = 1u;
const STOP_LENGTH = 2u;
const STOP_CONTEXT = 3u;
