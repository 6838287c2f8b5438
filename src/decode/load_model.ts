import { Gpu } from "../gpu/gpu.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Model } from "./model.ts";
import { LoadedModel } from "./loaded_model.ts";
import {
  type Checkpoint,
  isGguf,
  isRemote,
  pathExists,
  type PullProgress,
  resolveModel,
} from "../checkpoint/mod.ts";
import { openModelFiles } from "./model_files.ts";
import { resolveElem } from "./resolve_elem.ts";
import { defaultSampling } from "./sampling_params.ts";
import { Session } from "./session.ts";
import { sessionLimit } from "./session_limit.ts";
import { MAX_NODES } from "../ops/mod.ts";
import { createPolicy, openDrafting } from "./open_drafting.ts";
import type { TreeOptions } from "../draft/mod.ts";
import { type Quantization, Target } from "../model/mod.ts";
import { warmUp } from "./warm_up.ts";

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
  const { onProgress = () => {}, onRemark } = options;
  const pull = {
    onRemark,
    onProgress: (progress: PullProgress) =>
      onProgress({ phase: "download", ...progress }),
  };
  const source = await resolveModel(model, pull);
  using files = await openModelFiles(source);
  const { checkpoint, tokenizer, chatTemplate } = files;
  const contextLength = resolveContextLength(checkpoint, options);
  const draft = options.draft === undefined
    ? await findDrafter(source)
    : await resolveModel(options.draft, pull);
  const isDrafting = String(draft) !== "none";
  const gpu = await Gpu.open();
  try {
    const elem = resolveElem(gpu, checkpoint, options.dtype ?? "auto");
    const target = await Target.load(gpu, checkpoint, {
      elem,
      quantization: checkQuantization(options.quantize),
      contextLength,
      maxRows: gpu.adapter.isSoftware ? MAX_ROWS.software : MAX_ROWS.hardware,
      maxLogitRows: isDrafting ? MAX_NODES : 1,
      onProgress: (done, total) => onProgress({ phase: "upload", done, total }),
    });
    const drafting = await openDrafting(gpu, target, {
      draft,
      tree: options.tree ?? "auto",
      draftVocab: options.draftVocab,
      checkpoint,
    });
    const modelBytes = gpu.allocatedBytes;
    const session = await gpu.guard(
      "allocate a session",
      () => new Session(gpu, target, drafting),
    );
    const sessionBytes = gpu.allocatedBytes - modelBytes;
    const maxSessions = sessionLimit(options.maxSessions, {
      modelBytes,
      sessionBytes,
    });
    await warmUp(
      gpu,
      session,
      (done, total) => onProgress({ phase: "compile", done, total }),
    );
    const policy = await createPolicy(gpu, session, {
      checkpoint,
      target,
      drafting,
      draft,
    });
    return new LoadedModel({
      gpu,
      target,
      drafting,
      policy,
      tokenizer,
      chatTemplate,
      samplingDefaults: defaultSampling(checkpoint.generationDefaults),
      session,
      maxSessions,
    });
  } catch (error) {
    gpu[Symbol.dispose]();
    throw error;
  }
}

/**
 * Looks for the folder `drafter` in a model's directory.
 *
 * @param source The model's directory, or a GGUF file, beside which none is looked for.
 * @returns The folder, or `none`.
 */
export async function findDrafter(source: string | URL): Promise<string | URL> {
  if (isGguf(source)) return "none";
  const folder = source instanceof URL
    ? new URL("drafter", source.href.replace(/\/*$/, "/"))
    : `${source.replace(/\/+$/, "")}/drafter`;
  if (isRemote(String(folder))) {
    return await pathExists(`${folder}/config.json`) ? folder : "none";
  }
  try {
    return (await Deno.stat(folder)).isDirectory ? folder : "none";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "none";
    throw error;
  }
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
