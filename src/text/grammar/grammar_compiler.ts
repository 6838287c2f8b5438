import type * as XGrammar from "@mlc-ai/web-xgrammar";
import { BYTE_ALPHABET } from "../byte_alphabet.ts";
import { checkGrammar } from "./check_grammar.ts";
import type { Grammar } from "../grammar.ts";
import { GrammarMatcher } from "./grammar_matcher.ts";
import { loadXGrammar, type XGrammarInstance } from "./load_xgrammar.ts";
import type { Tokenizer } from "../tokenizer.ts";

/** What grammars are compiled for. */
export interface GrammarCompilerArgs {
  /** Between text and ids. */
  readonly tokenizer: Tokenizer;
  /** Tokens that the model can choose, `V`: those that the tokenizer has not are never allowed. */
  readonly vocabSize: number;
  /** Ids that end a text. */
  readonly endTokens: readonly number[];
}

/**
 * Most white space between two parts of JSON: enough to write it on lines, and a small model does not go on with nothing
 * else.
 */
const MAX_SPACE = 20;

/** A JSON object. Source: RFC 8259. */
const JSON_GRAMMAR = String.raw`
root ::= object
object ::= "{" space (member ("," space member)*)? "}"
member ::= string space ":" space value space
list ::= "[" space (value space ("," space value space)*)? "]"
value ::= object | list | string | number | "true" | "false" | "null"
string ::= "\"" character* "\""
character ::= [^"\\\0-\x1f] | "\\" (["\\/bfnrt] | "u" hex hex hex hex)
hex ::= [0-9A-Fa-f]
number ::= "-"? ("0" | [1-9] [0-9]*) ("." [0-9]+)? ([eE] [+-]? [0-9]+)?
space ::= [ \n\t]{0,${MAX_SPACE}}
`;

/** Compiled grammars that are kept, each in a memory of its own. */
const MAX_KEPT = 4;

/** Compiles grammars for a model, and keeps those that were used last. */
export class GrammarCompiler {
  readonly #args: GrammarCompilerArgs;
  readonly #compiled = new Map<string, Promise<CompiledGrammar>>();
  #vocabulary: readonly string[] | undefined;

  /** @param args What grammars are compiled for. */
  constructor(args: GrammarCompilerArgs) {
    this.#args = args;
  }

  /**
   * Begins a text that a grammar describes.
   *
   * @param grammar The grammar.
   * @param prompt Ids that the text continues.
   * @returns What follows it.
   * @throws {TypeError} It is no grammar, or the model has no id that ends a text.
   * @throws {SyntaxError} It does not compile.
   */
  async begin(
    grammar: Grammar,
    prompt: readonly number[],
  ): Promise<GrammarMatcher> {
    checkGrammar(grammar);
    const { tokenizer, vocabSize, endTokens } = this.#args;
    if (endTokens.length === 0) {
      throw new TypeError(
        "Cannot generate by a grammar as the model must have an id that ends a text: it has none",
      );
    }
    const { library, rules } = await this.#compile(grammar);
    const numWords = Math.ceil(vocabSize / 32);
    const losesSpace = tokenizer.numLeadingSpaces > 0 &&
      tokenizer.specialTokenIds.has(prompt.at(-1) ?? -1);
    return new GrammarMatcher({
      matcher: await library.GrammarMatcher.createGrammarMatcher(rules),
      numWords,
      endTokens,
      unfitToBegin: losesSpace ? spacedTokens(tokenizer, numWords) : null,
    });
  }

  #compile(grammar: Grammar): Promise<CompiledGrammar> {
    const key = JSON.stringify(grammar);
    const compiled = this.#compiled.get(key) ??
      compile(grammar, { ...this.#args, vocabulary: this.#encodedTokens() });
    this.#compiled.delete(key);
    this.#compiled.set(key, compiled);
    compiled.catch(() => this.#compiled.delete(key));
    const [oldest = key] = this.#compiled.keys();
    if (this.#compiled.size > MAX_KEPT) this.#compiled.delete(oldest);
    return compiled;
  }

  /** The bytes of each token, in letters; none of those that are no text, which no grammar allows. */
  #encodedTokens(): readonly string[] {
    const { tokenizer, vocabSize } = this.#args;
    const length = Math.min(tokenizer.vocabSize, vocabSize);
    return this.#vocabulary ??= Array.from(
      { length },
      (_, id) =>
        tokenizer.specialTokenIds.has(id) ? "" : Array.from(
          tokenizer.tokenBytes(id),
          (byte) => BYTE_ALPHABET[byte],
        ).join(""),
    );
  }
}

/** A grammar, and the instance of the library that it is in. */
interface CompiledGrammar {
  readonly library: typeof XGrammar;
  readonly rules: XGrammar.CompiledGrammar;
}

async function compile(
  grammar: Grammar,
  args: GrammarCompilerArgs & { readonly vocabulary: readonly string[] },
): Promise<CompiledGrammar> {
  const instance = await loadXGrammar();
  const { library } = instance;
  const tokens = await library.TokenizerInfo.createTokenizerInfo(
    [...args.vocabulary],
    "byte_level",
    false,
    args.vocabSize,
    [...args.endTokens],
  );
  const compiler = await library.GrammarCompiler.createGrammarCompiler(
    tokens,
    false,
  );
  instance.takeReport();
  try {
    return { library, rules: await compileRules(compiler, grammar) };
  } catch (error) {
    throw new SyntaxError(
      `Cannot generate as the ${grammar.kind} grammar must compile: ${
        describeFailure(instance, error)
      }`,
    );
  }
}

function compileRules(
  compiler: XGrammar.GrammarCompiler,
  grammar: Grammar,
): Promise<XGrammar.CompiledGrammar> {
  switch (grammar.kind) {
    case "json":
      return compiler.compileGrammar(JSON_GRAMMAR);
    case "jsonSchema":
      return compiler.compileJSONSchema(
        JSON.stringify(grammar.schema),
        true,
        undefined,
        undefined,
        true,
        MAX_SPACE,
      );
    case "ebnf":
      return compiler.compileGrammar(grammar.source);
    case "regex": {
      const format = { type: "regex", pattern: grammar.pattern };
      const tag = JSON.stringify({ type: "structural_tag", format });
      return compiler.compileStructuralTag(tag);
    }
    case "structuralTag":
      return compiler.compileStructuralTag(JSON.stringify(grammar.tag));
  }
}

/** What the library said, without the place in its own sources; some failures have no words. */
function describeFailure(instance: XGrammarInstance, error: unknown): string {
  const report = /\[FATAL\] \S+:\d+: (?:Check failed: .*? is false: )?(.*)/s
    .exec(instance.takeReport().replaceAll(/\s*Aborted\(\)\s*/g, ""))?.[1];
  if (report !== undefined) return report.replaceAll(/\s+/g, " ").slice(0, 500);
  return error instanceof Error ? error.message : "it is refused";
}

/** A bit for each token that begins with a space. */
function spacedTokens(tokenizer: Tokenizer, numWords: number): Uint32Array {
  const mask = new Uint32Array(numWords);
  const end = Math.min(tokenizer.vocabSize, numWords * 32);
  for (let id = 0; id < end; id++) {
    if (tokenizer.tokenBytes(id)[0] !== 0x20) continue;
    mask[id >> 5] = (mask[id >> 5] ?? 0) | 1 << (id & 31);
  }
  return mask;
}
