import {
  ChatTemplate,
  type Chunk,
  type DraftTree,
  type GenerateOptions,
  type GenerateStatistics,
  type SamplingOptions,
  Tokenizer,
} from "../../mod.ts";
import { ROUNDS, statistics } from "../chat/_fake.ts";
import type { ServedModel } from "../../src/server/served_model.ts";
import { StreamDecoder } from "../../src/text/mod.ts";
import { STORIES_URL } from "../text/fixtures.ts";

const tokenizer = await Tokenizer.load(STORIES_URL);
const TEMPLATE =
  "{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant:";

/** What was asked of a {@linkcode FakeModel}. */
export interface Asked {
  readonly prompt: readonly number[];
  readonly options: GenerateOptions;
}

/** A model without weights: says the tokens of a text, one a piece. */
export class FakeModel implements ServedModel {
  readonly id: string;
  readonly asked: Asked[] = [];
  /** Text of the answers. */
  answer = "Once upon a time, there was a cat.";
  /** Awaited before each token. */
  onToken: (index: number, signal: AbortSignal | undefined) => unknown =
    () => {};
  isReady = true;
  numRestarts = 0;
  drafter: ServedModel["drafter"] = "jakiro";
  tokenizer: Tokenizer = tokenizer;
  chatTemplate: ChatTemplate | null = new ChatTemplate(TEMPLATE, {
    name: "chat_template.jinja",
  });
  readonly contextLength = 256;
  readonly dtype = "f32";
  readonly deviceName = "none";
  readonly config: ServedModel["config"];

  constructor(id = "fake") {
    this.id = id;
    const config: Partial<ServedModel["config"]> = {
      vocabSize: 512,
      hiddenSize: 4,
      eosTokenIds: [2],
    };
    // Nothing here reads the rest of it.
    this.config = config as ServedModel["config"];
  }

  async *generate(
    prompt: string | readonly number[],
    options: GenerateOptions = {},
  ): AsyncGenerator<Chunk, GenerateStatistics> {
    const promptIds = typeof prompt === "string" ? [] : prompt;
    this.asked.push({ prompt: promptIds, options });
    const ids = tokenizer.encode(this.answer, { addSpecialTokens: false });
    const { maxTokens = Infinity, logProbs = false, topLogProbs = 0 } = options;
    const tokens = ids.slice(0, maxTokens);
    const decoder = new StreamDecoder(tokenizer, { promptIds });
    let text = "";
    for (const [index, token] of tokens.entries()) {
      await this.onToken(index, options.signal);
      if (options.signal?.aborted) break;
      const shown = decoder.push(token);
      text += shown;
      yield {
        text: shown,
        tokens: [token],
        drafted: [index % 2 === 1],
        ...logProbs ? { logProbs: [-index / 2] } : {},
        ...topLogProbs > 0
          ? {
            topLogProbs: [
              Array.from({ length: topLogProbs }, (_, rank) => ({
                token: 300 + rank,
                logProb: -rank - 1,
              })),
            ],
          }
          : {},
        elapsedMs: 10 * index,
        soFar: { ...ROUNDS, tokensPerRound: 2 },
      };
    }
    return statistics(text, {
      tokens,
      stop: options.signal?.aborted
        ? "abort"
        : tokens.length < ids.length
        ? "length"
        : "eos",
      seed: options.seed ?? 0,
      promptTokens: promptIds.length,
      cachedTokens: 1,
      generatedTokens: tokens.length,
      acceptedPerDepth: [2, 1],
      draftedTokens: 8,
    });
  }

  draftTree(
    _prompt: string | readonly number[],
    _options: SamplingOptions = {},
  ): Promise<DraftTree> {
    return Promise.resolve({
      nodes: [
        {
          token: 403,
          parent: null,
          depth: 0,
          score: 0,
          branch: null,
          isAccepted: false,
        },
        {
          token: 407,
          parent: 0,
          depth: 1,
          score: -0.5,
          branch: "mixture",
          isAccepted: true,
        },
      ],
      next: 261,
    });
  }

  embed(ids: readonly number[]): Promise<Float32Array<ArrayBuffer>> {
    return Promise.resolve(Float32Array.of(1, 0.5, -0.25, ids.length));
  }
}
