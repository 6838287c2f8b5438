import type { Elem } from "../gpu/shader.ts";
import { findDrafter } from "./find_drafter.ts";
import type { Model } from "./model.ts";
import {
  type Checkpoint,
  type PullProgress,
  resolveModel,
} from "../checkpoint/mod.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { openGpu } from "./open_gpu.ts";
import { openModelFiles } from "./model_files.ts";
import { type OpenedWay, openWay } from "./open_way.ts";
import { resolveCacheFormat } from "./resolve_cache_format.ts";
import { resolveElem } from "./resolve_elem.ts";
import { resolveTuneMs } from "./resolve_tune_ms.ts";
import { type CacheFormat, MAX_NODES } from "../ops/mod.ts";
import type { TreeOptions } from "../draft/mod.ts";
import { type Quantization, Target } from "../model/mod.ts";

/** How far loading has come. */
export interface LoadProgress {
  /** What is being done. */
  readonly phase: "download" | "upload" | "compile";
  /** Bytes of a file downloaded, bytes uploaded, or steps compiled. */
  readonly done: number;
  /** Of how many. */
  readonly total: number;
  /** The file that is downloaded. */
  readonly file?: string;
}

/** Options of {@linkcode loadModel}. */
export interface LoadOptions {
  /**
   * Number type of weights and activations; sums are always f32. `auto` (the default) is f16 where the
   * adapter has it and the checkpoint stores 16-bit numbers, else f32.
   */
  readonly dtype?: "auto" | Elem;
  /**
   * Rounds weights that are stored as numbers to 8 or 4 bits, in blocks of 32 that share a scale, the drafter's too; at 4 bits,
   * the embedding and the language-model head keep 8. Default: nothing is rounded.
   */
  readonly quantize?: Quantization;
  /**
   * How keys and values are stored: as f32 or f16 numbers, or (`q8`) as 8-bit integers, of which up to 32 of a head share
   * a scale. It changes what a context takes of memory, and, a little, what the model computes. `auto` (the default) takes
   * the number type of activations.
   */
  readonly kvCache?: "auto" | CacheFormat;
  /** Most tokens in a sequence. Default: what the model was made for, at most 4096. */
  readonly contextLength?: number;
  /**
   * Directory of a drafter, as a path, URL or `hf:org/name[@revision]`; `none` decodes plainly. Default: the folder
   * `drafter` of the model's directory, where there is one.
   */
  readonly draft?: string | URL;
  /**
   * Shape of the draft trees; it changes speed, never text. `auto` (the default) takes the fastest of several, going
   * by what they cost on the device and by what is accepted, and decodes plainly where that is faster.
   */
  readonly tree?: "auto" | TreeOptions;
  /**
   * Tokens that a drafter without a head of its own proposes from: the first ones of the vocabulary, and those that end a
   * text. Fewer cost less and are right less often; the text is the same. Default: all.
   */
  readonly draftVocab?: number;
  /**
   * Generations that run side by side, each with a cache of its own; more wait for one of them to end. Idle caches are
   * kept for prompts that begin alike. Default: 8, or as many as take no more memory together than the model without
   * them, or 1 GiB where that is more; fewer where the device has no room for more.
   */
  readonly maxSessions?: number;
  /**
   * Milliseconds that a first load may take to find out how products with few rows are cut fastest on the device; it changes
   * speed, never text. What is found is kept for later loads, which take no longer. Default: 2,000, and 0, which looks for
   * nothing, on a software adapter.
   */
  readonly tuneMs?: number;
  /** Called as loading goes on. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Called with what a user should know, such as that the Hub did not answer and what was pulled before is used. */
  readonly onRemark?: (text: string) => void;
}

/** Directory of the model that comes with the package. */
export const DEFAULT_MODEL: URL = new URL(
  "../../weights/chat/",
  import.meta.url,
);

/** Longest context unless asked for. */
export const DEFAULT_CONTEXT_LENGTH = 4096;

/** Rows of a prompt that are taken in one pass. */
export const MAX_ROWS = { software: 64, hardware: 256 } as const;

/**
 * Loads a model onto the GPU.
 *
 * @param model Directory in Hugging Face form or GGUF file, as a path, or a `file:`, `http:` or `https:` URL; or
 *   `hf:org/name[@revision][:file]`, which is downloaded from the Hugging Face Hub into the cache that the Hub's own
 *   tools share, as far as it is not there. Default: the model that comes with the package.
 * @param options Number type, context, progress.
 * @returns The model, ready to generate.
 * @throws {GpuError} If there is no adapter, or its memory does not suffice.
 * @throws {TypeError} If the adapter lacks the number type, or a file is of the wrong kind.
 * @throws {RangeError} If a size or value is not supported.
 * @throws {ReferenceError} If a file or tensor is missing.
 * @throws {SyntaxError} If a file cannot be parsed.
 *
 * @example
 * ```ts
 * import { loadModel } from "@jakiro/jakiro";
 * import { assertEquals } from "@std/assert";
 *
 * using model = await loadModel(undefined, { dtype: "f32", contextLength: 256 });
 * assertEquals(model.contextLength, 256);
 * ```
 */
export async function loadModel(
  model: string | URL = DEFAULT_MODEL,
  options: LoadOptions = {},
): Promise<Model> {
  const { ways: [way] } = await loadWays(model, {
    ...options,
    ways: [options],
  });
  return way.model;
}

/** A way to decode: who drafts, and trees of what shape. */
export type WayOptions = Pick<LoadOptions, "draft" | "tree" | "draftVocab">;

/** A model on the device, ready to decode in several ways. */
export interface LoadedWays extends Disposable {
  /** Device; disposing of this, or of any of the models, frees it. */
  readonly gpu: Gpu;
  /** The network, which all ways share. */
  readonly target: Target;
  /** As they were asked for. */
  readonly ways: readonly [OpenedWay, ...OpenedWay[]];
}

/**
 * Loads a model onto the GPU once, and readies it to decode in several ways.
 *
 * @param model As for {@linkcode loadModel}.
 * @param options Number type, context, progress; the ways.
 * @returns The model in each way.
 * @throws As {@linkcode loadModel} does.
 */
export async function loadWays(
  model: string | URL,
  options: Omit<LoadOptions, keyof WayOptions> & {
    readonly ways: readonly [WayOptions, ...WayOptions[]];
  },
): Promise<LoadedWays> {
  const { onProgress = () => {}, onRemark } = options;
  const pull = {
    onRemark,
    onProgress: (progress: PullProgress) =>
      onProgress({ phase: "download", ...progress }),
  };
  const source = await resolveModel(model, pull);
  using files = await openModelFiles(source);
  const { checkpoint } = files;
  const contextLength = resolveContextLength(checkpoint, options);
  const maxSessions = checkMaxSessions(options.maxSessions);
  const drafts: (string | URL)[] = [];
  for (const { draft } of options.ways) {
    drafts.push(
      draft === undefined
        ? await findDrafter(source)
        : await resolveModel(draft, pull),
    );
  }
  const isDrafting = drafts.some((draft) => String(draft) !== "none");
  const gpu = await openGpu(checkpoint);
  try {
    const tuneMs = resolveTuneMs(gpu, options.tuneMs);
    const elem = resolveElem(gpu, checkpoint, options.dtype ?? "auto");
    const target = await Target.load(gpu, checkpoint, {
      elem,
      cacheFormat: resolveCacheFormat(gpu, options.kvCache, elem),
      quantization: checkQuantization(options.quantize),
      contextLength,
      maxRows: gpu.adapter.isSoftware ? MAX_ROWS.software : MAX_ROWS.hardware,
      maxLogitRows: isDrafting ? MAX_NODES : 1,
      onProgress: (done, total) => onProgress({ phase: "upload", done, total }),
    });
    const open = (way: WayOptions, index: number): Promise<OpenedWay> =>
      openWay(gpu, target, {
        files,
        draft: drafts[index] ?? "none",
        tree: way.tree ?? "auto",
        draftVocab: way.draftVocab,
        maxSessions,
        tuneMs,
        onProgress: (done, total) =>
          onProgress({ phase: "compile", done, total }),
      });
    const [first, ...others] = options.ways;
    const ways: [OpenedWay, ...OpenedWay[]] = [await open(first, 0)];
    for (const [index, way] of others.entries()) {
      ways.push(await open(way, index + 1));
    }
    return {
      gpu,
      target,
      ways,
      [Symbol.dispose]: () => gpu[Symbol.dispose](),
    };
  } catch (error) {
    gpu[Symbol.dispose]();
    throw error;
  }
}

function checkMaxSessions(value: number | undefined): number | undefined {
  if (value === undefined || Number.isInteger(value) && value >= 1) {
    return value;
  }
  throw new RangeError(
    `Cannot load the model as "maxSessions" must be an integer of at least 1: ${value}`,
  );
}

function checkQuantization(value: unknown): Quantization | null {
  if (value === undefined) return null;
  if (value === "q8" || value === "q4") return value;
  throw new TypeError(
    `Cannot load the model as "quantize" must be q8 or q4: ${String(value)}`,
  );
}

function resolveContextLength(
  checkpoint: Checkpoint,
  options: LoadOptions,
): number {
  const most = checkpoint.config.maxPositionEmbeddings;
  const wanted = options.contextLength ??
    Math.min(most, DEFAULT_CONTEXT_LENGTH);
  if (!Number.isInteger(wanted) || wanted < 2 || wanted > most) {
    throw new RangeError(
      `Cannot load the model as its context must be an integer in [2, ${most}]: ${wanted}`,
    );
  }
  return wanted;
}
