import { type Grammar, GrammarCompiler } from "../../../src/text/mod.ts";
import type { GrammarMatcher, Tokenizer } from "../../../src/text/mod.ts";
import type { Random } from "../random.ts";

/** Makes a compiler for a tokenizer, whose model has `numPadding` more tokens. */
export function compilerFor(
  tokenizer: Tokenizer,
  endToken: number,
  numPadding = 0,
): GrammarCompiler {
  return new GrammarCompiler({
    tokenizer,
    vocabSize: tokenizer.vocabSize + numPadding,
    endTokens: [endToken],
  });
}

/** Ids that a matcher lets follow. */
export async function allowedIds(matcher: GrammarMatcher): Promise<number[]> {
  const mask = await matcher.allowed([{ token: 0, parent: null }]);
  return Array.from(
    { length: mask.length * 32 },
    (_, id) => id,
  ).filter((id) => ((mask[id >> 5] ?? 0) >>> (id & 31) & 1) === 1);
}

/**
 * Writes a text of tokens drawn among those that a grammar allows, an end of it where there is one.
 *
 * @returns Its ids, the end included, or null where it has become too long.
 */
export async function drawText(
  compiler: GrammarCompiler,
  grammar: Grammar,
  args: {
    readonly random: Random;
    readonly endToken: number;
    readonly maxTokens: number;
  },
): Promise<number[] | null> {
  using matcher = await compiler.begin(grammar, [0]);
  const ids: number[] = [];
  while (ids.length < args.maxTokens) {
    const allowed = await allowedIds(matcher);
    const isDone = allowed.includes(args.endToken) && args.random.below(3) < 2;
    const id = isDone
      ? args.endToken
      : allowed[args.random.below(allowed.length)] ?? -1;
    ids.push(id);
    if (!matcher.accept(id)) throw new Error(`${id} was allowed, and refused`);
    if (id === args.endToken) return ids;
  }
  return null;
}
