import type * as XGrammar from "@mlc-ai/web-xgrammar";
import { BYTE_ALPHABET } from "../byte_alphabet.ts";
import { checkGrammar } from "./check_grammar.ts";
import type { Grammar } from "../grammar.ts";
import { GrammarMatcher } from "./grammar_matcher.ts";
import { jsonSchemaEbnf, withoutSchemas } from "./json_schema_ebnf.ts";
import { loadXGrammar, type XGrammarInstance } from "./load_xgrammar.ts";
import { isPartOfText, TokenBorders } from "./token_borders.ts";
import type { Tokenizer } from "../tokenizer.ts";
import { withoutSharedEmptyRules } from "./without_shared_empty_rules.ts";

/** What grammars are compiled for. */
export interface GrammarCompilerArgs {
  /** Between text and ids. */
  readonly tokenizer: Tokenizer;
  /** Tokens that the model can choose, `V`: those that the tokenizer has not are never allowed. */
  readonly vocabSize: number;
  /** Ids that end a text. */
  readonly endTokens: readonly number[];
}

/** JSON Schema of every JSON object. */
const ANY_OBJECT = { type: "object", additionalProperties: true };

/** Compiled grammars that are kept, each in a memory of its own. */
const MAX_KEPT = 4;

/** Compiles grammars for a model, and keeps those that were used last. */
export class GrammarCompiler {
  readonly #args: GrammarCompilerArgs;
  readonly #borders: TokenBorders;
  readonly #compiled = new Map<string, Promise<CompiledGrammar>>();
  #vocabulary: readonly string[] | undefined;

  /** @param args What grammars are compiled for. */
  constructor(args: GrammarCompilerArgs) {
    this.#args = args;
    this.#borders = new TokenBorders(args.tokenizer, args.vocabSize);
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
    const isBegin = tokenizer.numLeadingSpaces > 0 &&
      tokenizer.specialTokenIds.has(prompt.at(-1) ?? -1);
    return new GrammarMatcher({
      matcher: await library.GrammarMatcher.createGrammarMatcher(rules),
      vocabSize,
      endTokens,
      borders: this.#borders,
      // What no token must follow, where the text begins with its first byte.
      last: isBegin ? null : 0,
      onFailure: () => this.#compiled.delete(JSON.stringify(grammar)),
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
    return this.#vocabulary ??= Array.from({ length }, (_, id) => {
      if (tokenizer.specialTokenIds.has(id)) return "";
      const bytes = tokenizer.tokenBytes(id);
      return isPartOfText(bytes)
        ? Array.from(bytes, (byte) => BYTE_ALPHABET[byte]).join("")
        : "";
    });
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
    const rules = await compileRules(library, { compiler, grammar });
    return { library, rules };
  } catch (error) {
    throw new SyntaxError(
      `Cannot generate as the ${grammar.kind} grammar must compile: ${
        describeFailure(instance, error)
      }`,
    );
  }
}

async function compileRules(
  library: typeof XGrammar,
  { compiler, grammar }: {
    readonly compiler: XGrammar.GrammarCompiler;
    readonly grammar: Grammar;
  },
): Promise<XGrammar.CompiledGrammar> {
  switch (grammar.kind) {
    case "json":
      return await compiler.compileGrammar(
        await jsonSchemaEbnf(library, ANY_OBJECT),
      );
    case "jsonSchema":
      return await compiler.compileGrammar(
        await jsonSchemaEbnf(library, grammar.schema),
      );
    case "ebnf": {
      const rules = await library.Grammar.fromEBNF(grammar.source);
      const rewritten = withoutSharedEmptyRules(rules.toString());
      return await compiler.compileGrammar(rewritten ?? grammar.source);
    }
    case "regex": {
      const format = { type: "regex", pattern: grammar.pattern };
      const tag = JSON.stringify({ type: "structural_tag", format });
      return await compiler.compileStructuralTag(tag);
    }
    case "structuralTag": {
      const tag = await withoutSchemas(library, grammar.tag);
      return await compiler.compileStructuralTag(JSON.stringify(tag));
    }
  }
}

/** What the library said, without the place in its own sources; some failures have no words. */
function describeFailure(instance: XGrammarInstance, error: unknown): string {
  const report = /\[FATAL\] \S+:\d+: (?:Check failed: .*? is false: )?(.*)/s
    .exec(instance.takeReport().replaceAll(/\s*Aborted\(\)\s*/g, ""))?.[1];
  if (report !== undefined) return report.replaceAll(/\s+/g, " ").slice(0, 500);
  return error instanceof Error ? error.message : "it is refused";
}
