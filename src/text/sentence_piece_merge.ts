/** Score of a token by its content, and nothing for what is none. */
export type ScoreOf = (content: string) => number | undefined;

/**
 * Merges a text's characters into tokens as SentencePiece's BPE does: of all neighbours that make a
 * token together, those with the highest score, the leftmost of several, until there are none.
 *
 * Takes `O(n log n)` time for `n` characters.
 *
 * Source: Kudo and Richardson 2018 (arXiv 1808.06226); llama.cpp's `llm_tokenizer_spm`.
 *
 * @param text The text.
 * @param scoreOf Scores.
 * @returns Pieces, each a token or a character.
 */
export function mergeSentencePiece(text: string, scoreOf: ScoreOf): string[] {
  const pieces = Array.from(text);
  const next = Int32Array.from(pieces, (_, index) => index + 1);
  const previous = Int32Array.from(pieces, (_, index) => index - 1);
  const queue = new MergeQueue();
  const offer = (left: number, right: number): void => {
    if (left < 0 || right >= pieces.length) return;
    const content = `${pieces[left]}${pieces[right]}`;
    const score = scoreOf(content);
    if (score !== undefined) queue.push({ left, right, content, score });
  };
  for (let right = 1; right < pieces.length; right++) offer(right - 1, right);
  for (let merge = queue.pop(); merge !== null; merge = queue.pop()) {
    const { left, right, content } = merge;
    // One of the two has been merged with another since; a piece that was merged away is empty.
    if (next[left] !== right || `${pieces[left]}${pieces[right]}` !== content) {
      continue;
    }
    pieces[left] = content;
    pieces[right] = "";
    const after = next[right] ?? pieces.length;
    next[left] = after;
    if (after < pieces.length) previous[after] = left;
    offer(previous[left] ?? -1, left);
    offer(left, after);
  }
  return pieces.filter((piece) => piece !== "");
}

/** Two neighbours that make a token. */
interface Merge {
  readonly left: number;
  readonly right: number;
  readonly content: string;
  readonly score: number;
}

/** A binary heap: the highest score first, the leftmost of equal ones. */
class MergeQueue {
  readonly #merges: Merge[] = [];

  push(merge: Merge): void {
    const merges = this.#merges;
    let at = merges.length;
    merges.push(merge);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = merges[parentAt];
      if (parent === undefined || !isBefore(merge, parent)) break;
      merges[at] = parent;
      at = parentAt;
    }
    merges[at] = merge;
  }

  pop(): Merge | null {
    const merges = this.#merges;
    const [first = null] = merges;
    const last = merges.pop();
    if (last === undefined || merges.length === 0) return first;
    let at = 0;
    for (;;) {
      const childAt = this.#firstChild(at);
      const child = merges[childAt];
      if (child === undefined || !isBefore(child, last)) break;
      merges[at] = child;
      at = childAt;
    }
    merges[at] = last;
    return first;
  }

  #firstChild(at: number): number {
    const left = this.#merges[2 * at + 1];
    const right = this.#merges[2 * at + 2];
    const isRight = left !== undefined && right !== undefined &&
      isBefore(right, left);
    return isRight ? 2 * at + 2 : 2 * at + 1;
  }
}

function isBefore(a: Merge, b: Merge): boolean {
  return a.score > b.score || (a.score === b.score && a.left < b.left);
}
