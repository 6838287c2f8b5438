import {
  CHOICES,
  type Combination,
  type DrafterName,
  GRAFTED_DRAFTERS,
  RANDOM_DRAFTERS,
} from "./_combinations.ts";
import {
  TextWriter,
  type WriteOptions,
  type WrittenText,
} from "./_text_writer.ts";
import { writeGraftedDrafter } from "./_grafted_drafter.ts";
import { writeRandomDrafter } from "./_random_drafter.ts";

const TRAINED = new URL(
  "../../weights/stories260k/drafter/",
  import.meta.url,
);
/** The model begins each prompt itself: 15 tokens behind the one that begins every text. */
const PROMPT_TOKENS = 16;

/** What came of comparing drafted with plain decoding. */
export interface ComparisonResult {
  readonly numTexts: number;
  /** Tokens whose ids, log probabilities and logits were compared. */
  readonly numTokens: number;
  readonly tokensPerRound: number;
  /** What differs first in each text that differs. */
  readonly differences: readonly string[];
}

/** Compares combinations with plain decoding, which runs once for each number type and way to choose. */
export class Comparison implements AsyncDisposable {
  readonly #numPrompts: number;
  readonly #maxTokens: number;
  readonly #plain = new Map<string, readonly WrittenText[]>();
  readonly #writers = new Map<string, TextWriter>();
  readonly #directories = new Map<DrafterName, string>();
  #prompts: readonly (readonly number[])[] | null = null;

  constructor(
    options: { readonly numPrompts: number; readonly maxTokens: number },
  ) {
    this.#numPrompts = options.numPrompts;
    this.#maxTokens = options.maxTokens;
  }

  /** Writes texts behind all prompts with a combination, and compares them with plain decoding's. */
  async run(combination: Combination): Promise<ComparisonResult> {
    const { elem, choice, tree } = combination;
    const expected = await this.#writePlainly(elem, choice);
    const drafter = await this.#drafter(combination.drafter);
    const actual = await this.#write({
      elem,
      choice,
      drafting: { drafter, tree },
    });
    const differences = actual.flatMap((text, index) => {
      const difference = findDifference(text, expected[index]);
      return difference === null ? [] : [`text ${index}: ${difference}`];
    });
    const sum = (count: (text: WrittenText) => number): number =>
      actual.reduce((total, text) => total + count(text), 0);
    return {
      numTexts: actual.length,
      numTokens: sum(({ tokens }) => tokens.length),
      tokensPerRound: sum(({ tokens }) => tokens.length - 1) /
        sum(({ numRounds }) => numRounds),
      differences,
    };
  }

  async #writePlainly(
    elem: Combination["elem"],
    choice: Combination["choice"],
  ): Promise<readonly WrittenText[]> {
    const key = `${elem} ${choice}`;
    const texts = this.#plain.get(key) ??
      await this.#write({ elem, choice, drafting: null });
    this.#plain.set(key, texts);
    return texts;
  }

  async #write(
    { elem, choice, drafting }:
      & Pick<Combination, "elem" | "choice">
      & Pick<WriteOptions, "drafting">,
  ): Promise<WrittenText[]> {
    this.#prompts ??= await this.#writePrompts();
    const writer = await this.#writer(elem, drafting !== null);
    return await writer.write({
      prompts: this.#prompts,
      maxTokens: this.#maxTokens,
      sampling: CHOICES[choice],
      drafting,
    });
  }

  async #writePrompts(): Promise<readonly (readonly number[])[]> {
    const writer = await this.#writer("f32", false);
    const beginnings = await writer.write({
      prompts: Array.from({ length: this.#numPrompts }, () => [1]),
      maxTokens: PROMPT_TOKENS - 1,
      sampling: { temperature: 1 },
      drafting: null,
    });
    return beginnings.map(({ tokens }) => [1, ...tokens]);
  }

  /** Drafted and plain texts are written on devices of their own, which keep their kernels. */
  async #writer(
    elem: Combination["elem"],
    canDraft: boolean,
  ): Promise<TextWriter> {
    const key = `${elem} ${canDraft}`;
    let writer = this.#writers.get(key);
    if (writer === undefined) {
      const contextLength = PROMPT_TOKENS + this.#maxTokens;
      writer = await TextWriter.open({ elem, contextLength, canDraft });
      this.#writers.set(key, writer);
    }
    return writer;
  }

  async #drafter(name: DrafterName): Promise<URL> {
    if (name === "trained jakiro") return TRAINED;
    let directory = this.#directories.get(name);
    if (directory === undefined) {
      directory = await Deno.makeTempDir();
      this.#directories.set(name, directory);
      if (name === "grafted jakiro*" || name === "grafted eagle") {
        await writeGraftedDrafter(directory, GRAFTED_DRAFTERS[name]);
      } else await writeRandomDrafter(directory, RANDOM_DRAFTERS[name]);
    }
    return new URL(`file://${directory}/`);
  }

  /** Frees the devices, and removes the drafters that were written. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const writer of this.#writers.values()) writer[Symbol.dispose]();
    for (const directory of this.#directories.values()) {
      await Deno.remove(directory, { recursive: true });
    }
  }
}

/** Says at which token two texts differ first, and in what, or null. */
export function findDifference(
  actual: WrittenText,
  expected: WrittenText | undefined,
): string | null {
  if (expected === undefined) return "there is nothing to compare with";
  const { length } = expected.tokens;
  if (actual.tokens.length !== length) {
    return `${actual.tokens.length} tokens instead of ${length}`;
  }
  for (let index = 0; index < length; index++) {
    // What neither session hashed would be equal.
    if (!expected.hashes[2 * index] && !expected.hashes[2 * index + 1]) {
      return `logits of token ${index} are not hashed`;
    }
    for (
      const [name, of] of [
        ["id", ({ tokens }) => tokens[index]],
        ["log probability", ({ logProbs }) => logProbs[index]],
        ["hash of logits", ({ hashes }) => hashes[2 * index]],
        ["hash of logits", ({ hashes }) => hashes[2 * index + 1]],
      ] as const satisfies [string, (text: WrittenText) => number | undefined][]
    ) {
      if (!Object.is(of(actual), of(expected))) {
        return `${name} of token ${index} is ${of(actual)} instead of ${
          of(expected)
        }`;
      }
    }
  }
  return null;
}
