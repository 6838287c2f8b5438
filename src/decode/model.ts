import type { ChatMessage, ChatTemplate, Tokenizer } from "../text/mod.ts";
import type { DraftTree } from "./draft_tree.ts";
import type { DrafterKind } from "../draft/mod.ts";
import type {
  ChatOptions,
  Chunk,
  GenerateOptions,
  GenerateStatistics,
  SamplingOptions,
} from "./options.ts";
import type { GpuError } from "../gpu/gpu_error.ts";
import type { ModelConfig } from "../checkpoint/mod.ts";

/**
 * A model on the GPU, ready to generate. Made by {@linkcode loadModel}; free it with `using` or
 * `model[Symbol.dispose]()`.
 *
 * @example Stream an answer
 * ```ts
 * import { loadModel } from "@jakiro/jakiro";
 *
 * using model = await loadModel();
 * const messages = [{ role: "user", content: "Tell me a story." }] as const;
 * for await (const chunk of model.chat(messages, { maxTokens: 40 })) {
 *   console.log(chunk.text);
 * }
 * ```
 */
export interface Model extends Disposable {
  /** Sizes and end-of-text ids. */
  readonly config: ModelConfig;
  /** Between text and ids. */
  readonly tokenizer: Tokenizer;
  /** From messages to text, or null where the model has none. */
  readonly chatTemplate: ChatTemplate | null;
  /** Most tokens in a sequence, prompt included. */
  readonly contextLength: number;
  /** Number type of weights and activations. */
  readonly dtype: "f16" | "f32";
  /** Kind of drafter at work, or null. */
  readonly drafter: DrafterKind | null;
  /** Name of the device. */
  readonly deviceName: string;
  /** Bytes of all buffers on the device. */
  readonly allocatedBytes: number;
  /** Kept when the device is lost or freed, with what every use of the model fails with from then on. */
  readonly lost: Promise<GpuError>;
  /** Milliseconds that compiling the kernels took when the model was loaded. */
  readonly compileMs: number;

  /**
   * Continues a text.
   *
   * Leaving the loop early, aborting, and errors free what the generation held. Several generators can run
   * side by side.
   *
   * @param prompt Text, begun as the tokenizer begins texts, or ids taken as they are.
   * @param options How to choose tokens and when to end.
   * @returns A generator of chunks, whose return value is the statistics.
   * @throws {TypeError} If an option is of the wrong type.
   * @throws {RangeError} If an option is out of range, or the prompt is empty or fills the context.
   * @throws {GpuError} If the device fails.
   */
  generate(
    prompt: string | readonly number[],
    options?: GenerateOptions,
  ): AsyncGenerator<Chunk, GenerateStatistics>;

  /**
   * Answers a conversation, put into the form of the model's chat template.
   *
   * A conversation that begins as an earlier one did reuses that one's cache. Special tokens written in messages are
   * taken as text.
   *
   * @param messages The conversation, ending with what is to be answered.
   * @param options How to choose tokens and when to end.
   * @returns A generator of chunks, whose return value is the statistics.
   * @throws {TypeError} If the model has no chat template, or an option or message is of the wrong type.
   * @throws {RangeError} If an option is out of range, or the conversation fills the context.
   * @throws {GpuError} If the device fails.
   */
  chat(
    messages: readonly ChatMessage[],
    options?: ChatOptions,
  ): AsyncGenerator<Chunk, GenerateStatistics>;

  /**
   * Drafts the tree of the next round behind a prompt, and lets the target check it.
   *
   * @param prompt Text, begun as the tokenizer begins texts, or ids taken as they are.
   * @param options How to choose tokens.
   * @returns The tree, with what the target accepted.
   * @throws {TypeError} If the model has no drafter, or an option is of the wrong type.
   * @throws {RangeError} If an option is out of range, or the prompt is empty or fills the context.
   * @throws {GpuError} If the device fails.
   */
  draftTree(
    prompt: string | readonly number[],
    options?: SamplingOptions,
  ): Promise<DraftTree>;

  /**
   * Makes an embedding of a text: the target's hidden state behind the last norm at the last token, which has seen all
   * others, scaled to length 1. Models that were trained to embed say what to end the ids with.
   *
   * @param ids Ids of the text.
   * @returns `[D]`.
   * @throws {RangeError} If there are no ids, or they fill the context.
   * @throws {GpuError} If the device fails.
   */
  embed(ids: readonly number[]): Promise<Float32Array<ArrayBuffer>>;

  /** Frees the device and everything on it; running generators fail. */
  [Symbol.dispose](): void;
}
