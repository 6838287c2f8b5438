/** What the authors of drafters have published, for context. @module */

/**
 * Speed-ups over plain decoding, and tokens a round, at temperature 0: means over the tasks of table 1 in the EAGLE-3 paper.
 * Targets, hardware and plain decoding are other ones than here.
 *
 * Source: Li et al. 2025, EAGLE-3 (arXiv 2503.01840), table 1.
 */
export const PUBLISHED =
  `Published (EAGLE-3, arXiv 2503.01840, table 1; means at temperature 0, other hardware):
  target         EAGLE-2                  EAGLE-3
  Vicuna 13B     4.22 x, 4.83 a round     5.51 x, 6.62 a round
  Llama 3.1 8B   3.23 x, 4.11 a round     4.44 x, 6.23 a round
  Llama 3.3 70B  2.85 x, 3.78 a round     4.12 x, 5.88 a round`;
