// Attention to some of a row's keys: the sums of a softmax before they are divided, and how those of keys and of the
// keys behind them become one. Keys are cut into splits of SPLIT_KEYS positions, at fixed borders.
//
// Needs from the importer: const WINDOW, SPLIT_KEYS; library rows.
// Source: Milakov & Gimelshein 2018 (arXiv 1805.02867); Dao et al. 2023, "Flash-Decoding for long-context inference".

const LOWEST = -3.0e38;

struct Sums {
  highest: f32,
  // Of exp(score - highest).
  sum: f32,
  // Of exp(score - highest) * value: four elements of it.
  value: vec4f,
}

// Positions that a row attends to, from `first` to before `end`.
struct Keys { first: u32, end: u32 }

fn keys_of(row: u32) -> Keys {
  let end = rows.row[row].position + 1u;
  return Keys(end - min(end, WINDOW), end);
}

fn no_sums() -> Sums { return Sums(LOWEST, 0.0, vec4f()); }

fn joined(before: Sums, behind: Sums) -> Sums {
  let highest = max(before.highest, behind.highest);
  let keep = exp(before.highest - highest);
  let add = exp(behind.highest - highest);
  return Sums(
    highest,
    fma(before.sum, keep, behind.sum * add),
    fma(before.value, vec4f(keep), behind.value * add),
  );
}
