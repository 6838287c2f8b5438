import type { Checkpoint, ModelConfig } from "../checkpoint/mod.ts";
import { elemBytes } from "../ops/mod.ts";
import type { Elem } from "../gpu/shader.ts";
import { Gpu } from "../gpu/gpu.ts";
import { hiddenStates, type SequenceIds } from "./hidden_states.ts";
import { kvCacheBytes, Target, workspaceBytes } from "../model/mod.ts";
import { resolveElem } from "./resolve_elem.ts";
import { type BatchRow, SequenceBatch } from "./sequence_batch.ts";
import { submitPass } from "../gpu/submit_pass.ts";
import {
  writeSequences,
  type WriteSequencesOptions,
  type WrittenSequence,
} from "./write_sequences.ts";

/** How a teacher is loaded. */
export interface TeacherOptions {
  /** Number type of weights and activations. */
  readonly dtype: "auto" | Elem;
  /** `T`, positions of every sequence. */
  readonly length: number;
  /** `B`, sequences of a batch whose hidden states are wanted. */
  readonly numSequences: number;
  /** Most sequences that share a pass. Default: as many as memory has room for. */
  readonly maxPerPass?: number;
  /** Called as bytes are uploaded. */
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
}

/** Memory that caches and buffers of a pass may take. */
const PASS_BYTES = { software: 2 ** 28, hardware: 2 ** 31 } as const;
/** Sequences written side by side: more of them hide more of the time that a read-back sleeps. */
const MAX_WRITTEN = 256;

/** A target on the device from which a drafter learns: it gives hidden states, and writes. */
export class Teacher implements Disposable {
  readonly #gpu: Gpu;
  readonly #target: Target;
  readonly #options: TeacherOptions;
  readonly #perPass: number;

  private constructor(
    gpu: Gpu,
    args: {
      readonly target: Target;
      readonly options: TeacherOptions;
      readonly perPass: number;
    },
  ) {
    this.#gpu = gpu;
    this.#target = args.target;
    this.#options = args.options;
    this.#perPass = args.perPass;
  }

  /**
   * Loads a target onto the device.
   *
   * @param checkpoint The target.
   * @param options Number type, sizes, progress.
   * @returns The teacher.
   * @throws {GpuError} If there is no adapter, or its memory does not suffice.
   * @throws {TypeError} If the adapter lacks the number type.
   * @throws {RangeError} If a size is not supported.
   */
  static async open(
    checkpoint: Checkpoint,
    options: TeacherOptions,
  ): Promise<Teacher> {
    const gpu = await Gpu.open();
    try {
      const { config } = checkpoint;
      const { length } = options;
      const elem = resolveElem(gpu, checkpoint, options.dtype);
      const perPass = sequencesPerPass(gpu, config, { ...options, elem });
      const target = await Target.load(gpu, checkpoint, {
        elem,
        contextLength: length,
        maxRows: Math.max(perPass * length, MAX_WRITTEN),
        maxLogitRows: countWritten(gpu, config, { length, elem }),
        onProgress: options.onProgress,
      });
      const teacher = new Teacher(gpu, { target, options, perPass });
      await teacher.#compile();
      return teacher;
    } catch (error) {
      gpu[Symbol.dispose]();
      throw error;
    }
  }

  /** Name of the device. */
  get deviceName(): string {
    return this.#gpu.adapter.name;
  }

  /** `D` */
  get hiddenSize(): number {
    return this.#target.config.hiddenSize;
  }

  /** Number type of weights and activations. */
  get dtype(): Elem {
    return this.#target.elem;
  }

  /**
   * Gives hidden states, those of the next batch being made while the caller works with one's.
   *
   * @param batches Ids, `[R, T]` each, of at most `B` sequences.
   * @returns Each batch with its hidden states, `[R, T, D]` after the last norm.
   * @throws {GpuError} If the device fails.
   */
  async *hiddenStates<Batch extends SequenceIds>(
    batches: Iterable<Batch>,
  ): AsyncGenerator<[batch: Batch, hidden: Float32Array<ArrayBuffer>]> {
    using sequences = await this.#allocate(this.#perPass);
    yield* hiddenStates(this.#gpu, {
      target: this.#target,
      sequences,
      batches,
      size: this.#options,
    });
  }

  /**
   * Writes sequences of at most `T` ids, each token drawn from the softmax.
   *
   * @param options What to begin and to end with, and the randomness.
   * @returns The sequences as they end.
   * @throws {GpuError} If the device fails.
   */
  async *write(
    options: WriteSequencesOptions,
  ): AsyncGenerator<WrittenSequence> {
    const { elem, config } = this.#target;
    const { length } = this.#options;
    const numSequences = countWritten(this.#gpu, config, { length, elem });
    using first = await this.#allocate(numSequences);
    using second = await this.#allocate(numSequences);
    yield* writeSequences(this.#gpu, {
      ...options,
      target: this.#target,
      batches: [first, second],
    });
  }

  #allocate(numSequences: number): Promise<SequenceBatch> {
    const { length } = this.#options;
    return this.#gpu.guard(
      "allocate sequences",
      () =>
        new SequenceBatch(this.#gpu, this.#target, { numSequences, length }),
    );
  }

  /** Runs a pass of the kind that all others are, so that what does not compile is found here. */
  async #compile(): Promise<void> {
    const row: BatchRow = { sequence: 0, position: 0, token: 0 };
    for (const numSequences of new Set([this.#perPass, 2])) {
      using sequences = await this.#allocate(numSequences);
      await this.#gpu.guard("compile the kernels", () =>
        submitPass(
          this.#gpu,
          sequences.forward([row], { hasLogits: true }),
        ));
      await this.#gpu.device.queue.onSubmittedWorkDone();
    }
  }

  /** Frees the device and everything on it. */
  [Symbol.dispose](): void {
    this.#gpu[Symbol.dispose]();
  }
}

/** Sequences of a batch that one pass takes: as many as buffers and caches have room for. */
function sequencesPerPass(
  gpu: Gpu,
  config: ModelConfig,
  options: TeacherOptions & { readonly elem: Elem },
): number {
  const { length, numSequences, maxPerPass = numSequences, elem } = options;
  const cacheBytes = kvCacheBytes(config, {
    numSlots: length,
    format: elem,
  });
  const sizes = Object.values(
    workspaceBytes(config, {
      maxRows: length,
      maxLogitRows: 0,
      contextLength: length,
      elem,
      isSoftware: gpu.adapter.isSoftware,
    }),
  );
  const scratchBytes = sizes.reduce((sum, size) => sum + size, 0);
  const most = gpu.adapter.isSoftware
    ? PASS_BYTES.software
    : PASS_BYTES.hardware;
  const largest = Math.max(...sizes, partBytes(config, { length, elem }));
  const fitting = Math.min(
    most / (cacheBytes + scratchBytes),
    gpu.maxBindingBytes / largest,
    // Where attention is serial, a workgroup takes 8 rows and heads; where rows choose experts, a row and one of them.
    gpu.device.limits.maxComputeWorkgroupsPerDimension /
      (length *
        Math.max(
          config.experts?.numChosen ?? 1,
          config.numAttentionHeads / 8,
        )),
  );
  return Math.max(1, Math.min(maxPerPass, Math.floor(fitting)));
}

/** Sequences that each of the two batches writes. */
function countWritten(
  gpu: Gpu,
  config: ModelConfig,
  { length, elem }: { readonly length: number; readonly elem: Elem },
): number {
  const cacheBytes = kvCacheBytes(config, {
    numSlots: length,
    format: elem,
  });
  const most = gpu.adapter.isSoftware
    ? PASS_BYTES.software
    : PASS_BYTES.hardware;
  const fitting = Math.min(
    most / (2 * cacheBytes),
    gpu.maxBindingBytes / partBytes(config, { length, elem }),
    gpu.maxBindingBytes / (config.vocabSize * 4),
  );
  return Math.max(1, Math.min(MAX_WRITTEN, Math.floor(fitting)));
}

/** Bytes of one layer's keys of a sequence. */
function partBytes(
  config: ModelConfig,
  { length, elem }: { readonly length: number; readonly elem: Elem },
): number {
  const { numKeyValueHeads, headDim } = config;
  return length * numKeyValueHeads * headDim * elemBytes(elem);
}
