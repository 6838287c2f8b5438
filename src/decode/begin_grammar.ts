import type { GenerateOptions } from "./options.ts";
import type { GrammarCompiler, GrammarMatcher } from "../text/mod.ts";

/**
 * Begins to match a text that is to be generated.
 *
 * @param compiler Compiles grammars for the model.
 * @param start Ids of the prompt, and the options, which may say what the text must match.
 * @returns What matches the text; null where it may be any.
 * @throws {TypeError} The text is to go on past its end.
 * @throws {RangeError | SyntaxError | TypeError} The grammar is no such thing.
 */
export async function beginGrammar(
  compiler: GrammarCompiler,
  start: {
    readonly prompt: readonly number[];
    readonly options: GenerateOptions;
  },
): Promise<GrammarMatcher | null> {
  const { grammar, ignoreEos = false } = start.options;
  if (grammar === undefined) return null;
  if (ignoreEos) {
    throw new TypeError(
      'Cannot generate as "ignoreEos" must not be set where a grammar says when the text ends: it is',
    );
  }
  return await compiler.begin(grammar, start.prompt);
}
