/** What the main thread and a Worker that runs a model tell each other. @module */

import type {
  Chunk,
  DrafterKind,
  DraftTree,
  Elem,
  GenerateOptions,
  GenerateStatistics,
  LoadOptions,
  LoadProgress,
  ModelConfig,
  SamplingOptions,
} from "../decode/mod.ts";
import type { WireError } from "./wire_error.ts";

/** Chunks that a Worker sends ahead of the reader; then its generation waits until one was taken. */
export const MAX_CHUNKS_AHEAD = 16;

/** Options of `loadModel` that can be sent. */
export type WireLoadOptions =
  & Omit<LoadOptions, "onProgress" | "onRemark" | "draft">
  & {
    /** Path, or URL with its scheme. */
    readonly draft?: string;
  };

/** Options of `Model.generate` that can be sent. */
export type WireGenerateOptions = Omit<GenerateOptions, "signal">;

/** What is asked of a model, and what it answers. */
export interface Calls {
  /** `Model.generate`, whose chunks come before the answer. */
  readonly generate: {
    readonly args: {
      readonly prompt: readonly number[];
      readonly options: WireGenerateOptions;
    };
    readonly result: GenerateStatistics;
  };
  /** `Model.draftTree`. */
  readonly draftTree: {
    readonly args: {
      readonly prompt: readonly number[];
      readonly options: SamplingOptions;
    };
    readonly result: DraftTree;
  };
  /** `Model.embed`. */
  readonly embed: {
    readonly args: { readonly ids: readonly number[] };
    readonly result: Float32Array<ArrayBuffer>;
  };
}

/** Something asked of a model. */
export type Call = {
  [Name in keyof Calls]: { readonly name: Name } & Calls[Name]["args"];
}[keyof Calls];

/** What a Worker is told. */
export type ToWorker =
  /** Comes first, and once. */
  | {
    readonly type: "load";
    /** Path, or URL with its scheme. */
    readonly model: string;
    readonly options: WireLoadOptions;
  }
  | { readonly type: "call"; readonly id: number; readonly call: Call }
  /** The reader has taken a chunk. */
  | { readonly type: "taken"; readonly id: number }
  /** The generation is to end; what it has done is still told. */
  | { readonly type: "abort"; readonly id: number };

/** What is known of a model that a Worker has loaded. */
export interface ModelFacts {
  /** Sizes and end-of-text ids. */
  readonly config: ModelConfig;
  /** Most tokens in a sequence. */
  readonly contextLength: number;
  /** Number type of weights and activations. */
  readonly dtype: Elem;
  /** Kind of drafter at work, or null. */
  readonly drafter: DrafterKind | null;
  /** Name of the device. */
  readonly deviceName: string;
}

/** What a Worker tells. */
export type FromWorker =
  | { readonly type: "progress"; readonly progress: LoadProgress }
  | { readonly type: "remark"; readonly text: string }
  | { readonly type: "loaded"; readonly facts: ModelFacts }
  /** The model cannot be loaded. */
  | { readonly type: "refused"; readonly error: WireError }
  /** The device is lost: the model is of no more use. */
  | { readonly type: "lost"; readonly error: WireError }
  | { readonly type: "chunk"; readonly id: number; readonly chunk: Chunk }
  | {
    readonly type: "result";
    readonly id: number;
    readonly result: Calls[keyof Calls]["result"];
  }
  | { readonly type: "failed"; readonly id: number; readonly error: WireError };

/**
 * Puts a place into a form that can be sent.
 *
 * @param source A path or URL.
 * @returns Text that {@linkcode fromWireSource} understands.
 */
export function toWireSource(source: string | URL): string {
  return source instanceof URL ? source.href : source;
}

/**
 * Takes a place from what {@linkcode toWireSource} made of it.
 *
 * @param text A path, or a URL with its scheme.
 * @returns The path or URL.
 */
export function fromWireSource(text: string): string | URL {
  return /^(?:file|https?):/.test(text) ? new URL(text) : text;
}
