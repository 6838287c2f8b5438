// Tokens that a grammar lets follow each row, a bit each. Needs from the importer: const V, and const ALLOWED_BINDING,
// the number of a binding behind its own.

const ALLOWED_WORDS = (V + 31u) / 32u;

@group(0) @binding(ALLOWED_BINDING) var<storage, read> allowed: array<u32>;

fn is_allowed(logit_row: u32, token: u32) -> bool {
  return ((allowed[logit_row * ALLOWED_WORDS + token / 32u] >> (token % 32u)) & 1u) == 1u;
}
