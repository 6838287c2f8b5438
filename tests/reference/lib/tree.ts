import { at } from "./at.ts";

/** `parent` of an entry or a node that has none. */
export const NO_PARENT = 0xffffffff;

/** Room for the frontier at the beginning of a pool. */
export const MAX_FANOUT = 16;

/** A token that may follow a row, with its log probability there. */
export interface Candidate {
  readonly token: number;
  readonly score: number;
}

/** Something drafted: see `kernels/lib/tree.wgsl`. */
export interface PoolEntry {
  readonly token: number;
  readonly score: number;
  readonly parent: number;
}

/** An entry that is expanded next. */
export interface Frontier {
  readonly entry: number;
  readonly score: number;
  readonly parentRow: number;
}

/** A pool, as the device keeps it. */
export interface Pool {
  readonly frontier: readonly Frontier[];
  readonly entry: readonly PoolEntry[];
}

/** A node of the tree that is verified. */
export interface Node {
  readonly parent: number;
  readonly score: number;
  readonly entry: number;
  /** Place among the drafted nodes by score, from 1; default: 0, as of the root. */
  readonly rank?: number;
}

/** Orders by score, the largest first; a stable sort then keeps equal ones in order. */
export function byScore(
  a: { readonly score: number },
  b: { readonly score: number },
): number {
  return Number(a.score < b.score) - Number(a.score > b.score);
}

/** @returns Words of a buffer of candidates. */
export function candidateWords(
  candidates: readonly Candidate[],
): Uint32Array<ArrayBuffer> {
  return interleave(
    candidates.map(({ token, score }) => [token, bitsOf(score)]),
  );
}

/** @returns The candidates in a buffer. */
export function readCandidates(words: Uint32Array): Candidate[] {
  return records(words, 2).map(([token = 0, score = 0]) => ({
    token,
    score: floatOf(score),
  }));
}

/** @returns Words of a buffer that holds a pool. */
export function poolWords(pool: Pool): Uint32Array<ArrayBuffer> {
  const frontier = pool.frontier.map((
    { entry, score, parentRow },
  ) => [entry, bitsOf(score), parentRow]);
  while (frontier.length < MAX_FANOUT) frontier.push([0, 0, 0]);
  const entry = pool.entry.map((
    { token, score, parent },
  ) => [token, bitsOf(score), parent]);
  return interleave([...frontier, ...entry]);
}

/**
 * Reads a pool.
 *
 * @param words Words of the buffer.
 * @param fanout Frontier entries in use.
 * @returns The pool.
 */
export function readPool(words: Uint32Array, fanout: number): Pool {
  const border = MAX_FANOUT * 3;
  return {
    frontier: records(words.subarray(0, border), 3).slice(0, fanout)
      .map(([entry = 0, score = 0, parentRow = 0]) => ({
        entry,
        score: floatOf(score),
        parentRow,
      })),
    entry: records(words.subarray(border), 3)
      .map(([token = 0, score = 0, parent = 0]) => ({
        token,
        score: floatOf(score),
        parent,
      })),
  };
}

/** @returns Words of a buffer of nodes. */
export function nodeWords(nodes: readonly Node[]): Uint32Array<ArrayBuffer> {
  return interleave(
    nodes.map((
      { parent, score, entry, rank = 0 },
    ) => [parent, bitsOf(score), entry, rank]),
  );
}

/** @returns The nodes in a buffer. */
export function readNodes(words: Uint32Array): Node[] {
  return records(words, 4).map((
    [parent = 0, score = 0, entry = 0, rank = 0],
  ) => ({ parent, score: floatOf(score), entry, rank }));
}

function interleave(
  fields: readonly (readonly number[])[],
): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(fields.flat());
}

function records(words: Uint32Array, size: number): number[][] {
  return Array.from(
    { length: Math.floor(words.length / size) },
    (_, i) => [...words.subarray(i * size, (i + 1) * size)],
  );
}

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** @returns The bits of a number, rounded to f32. */
export function bitsOf(value: number): number {
  float[0] = value;
  return at(word, 0);
}

/** @returns The f32 of some bits. */
export function floatOf(bits: number): number {
  word[0] = bits;
  return at(float, 0);
}
