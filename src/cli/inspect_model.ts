import {
  type Checkpoint,
  type ModelConfig,
  openCheckpoint,
  resolveLlamaTensors,
} from "../checkpoint/mod.ts";
import { DEFAULT_MODEL } from "../decode/mod.ts";
import {
  estimateMemory,
  type MatrixSize,
  matrixSizes,
  type MemoryEstimate,
  packedBytes,
} from "../model/memory.ts";
import type { Quantization } from "../model/quantization.ts";
import { countBlockBytes } from "./count_block_bytes.ts";
import { countStored, type StoredCount } from "../checkpoint/mod.ts";
import { describeError } from "./report_error.ts";
import type { Elem } from "../gpu/shader.ts";
import { Gpu } from "../gpu/gpu.ts";
import {
  inspectDrafter,
  type InspectedDrafter,
  type ReadDrafter,
} from "./inspect_drafter.ts";
import { readChatTemplate } from "../decode/read_chat_template.ts";
import { listContexts } from "./list_contexts.ts";
import type { OptionValues } from "./option_table.ts";
import { estimateDraftMemory, treeLadder } from "../draft/mod.ts";
import {
  type CacheFormat,
  MAX_NODES,
  PACK_ROWS,
  poolBytes,
} from "../ops/mod.ts";
import { MAX_ROWS } from "../decode/load_model.ts";
import { resolveElem } from "../decode/resolve_elem.ts";
import { type SourcePreview, withPreview } from "./with_preview.ts";

/** What a model's files hold, and what they would need of this machine's device. */
export interface Inspection extends StoredCount {
  /** The model's folder or GGUF file, or its name on the Hub. */
  readonly directory: string;
  /** Sizes and special ids. */
  readonly config: ModelConfig;
  /** Whether the model knows turns of a conversation. */
  readonly hasChatTemplate: boolean;
  /** The drafter that it would be loaded with, or null. */
  readonly drafter: InspectedDrafter | null;
  /** The device, or why there is none. */
  readonly device: InspectedDevice | { readonly error: string };
  /** Number type that the model would run in. */
  readonly dtype: Elem;
  /** How it would store keys and values. */
  readonly kvCache: CacheFormat;
  /** The largest matrix, and in how many buffers it would lie, which without a device is null. */
  readonly largestMatrix: MatrixSize & {
    readonly sizeBytes: number;
    readonly numSlices: number | null;
  };
  /** What contexts of several lengths take, with the drafter; whether buffers fit the device is null without one. */
  readonly memory: readonly (MemoryEstimate & {
    readonly contextLength: number;
    readonly isBindable: boolean | null;
  })[];
}

/** What matters of a device. */
export interface InspectedDevice {
  /** Its name. */
  readonly name: string;
  /** Whether it runs on the CPU. */
  readonly isSoftware: boolean;
  /** Whether shaders can use 16-bit floats. */
  readonly hasF16: boolean;
  /** Largest buffer. */
  readonly maxBufferBytes: number;
  /** Largest piece that a kernel can be shown. */
  readonly maxBindingBytes: number;
}

/**
 * Reads a model's files but for the tensors, and asks the device for its limits.
 *
 * @param values What the command line sets: model, drafter, number type, context.
 * @returns What was found.
 */
export async function inspectModel(values: OptionValues): Promise<Inspection> {
  return await withPreview(
    values.model,
    (model) =>
      withPreview(
        values.draft,
        (draft) => inspectFiles(values, { model, draft }),
      ),
  );
}

async function inspectFiles(
  values: OptionValues,
  { model, draft }: {
    readonly model: SourcePreview;
    readonly draft: SourcePreview;
  },
): Promise<Inspection> {
  const source = model.path ?? DEFAULT_MODEL;
  using checkpoint = await openCheckpoint(source);
  resolveLlamaTensors(checkpoint);
  const { config } = checkpoint;
  const drafter = await inspectDrafter(checkpoint, draft.path);
  const gpu = await openGpu();
  using _ = gpu instanceof Gpu ? gpu : null;
  const device = gpu instanceof Gpu ? describeDevice(gpu) : gpu;
  const elem = chooseElem(checkpoint, gpu, values.dtype ?? "auto");
  const maxBinding = gpu instanceof Gpu ? gpu.maxBindingBytes : null;
  const { quantize = null, kvCache = "auto" } = values;
  const cacheFormat = kvCache === "auto" ? elem : kvCache;
  const matrixBytes = countBlockBytes(checkpoint, elem);
  const isSoftware = gpu instanceof Gpu && gpu.adapter.isSoftware;
  return {
    directory: model.name ?? checkpoint.directory,
    config,
    ...countStored(checkpoint),
    hasChatTemplate: await readChatTemplate(checkpoint, source) !== null,
    drafter: drafter && {
      ...drafter.found,
      directory: draft.name ?? drafter.found.directory,
    },
    device,
    dtype: elem,
    kvCache: cacheFormat,
    largestMatrix: findLargest(config, elem, maxBinding),
    memory: listContexts(config, values.context).map((contextLength) => {
      const memory = estimateBoth(config, drafter, {
        elem,
        cacheFormat,
        quantization: quantize,
        matrixBytes,
        contextLength,
        isSoftware,
      });
      const isBindable = maxBinding === null
        ? null
        : memory.largestBufferBytes <= maxBinding;
      return { contextLength, ...memory, isBindable };
    }),
  };
}

/** Adds up what a model and its drafter take. */
function estimateBoth(
  config: ModelConfig,
  drafter: ReadDrafter | null,
  facts: {
    readonly elem: Elem;
    readonly cacheFormat: CacheFormat;
    readonly quantization: Quantization | null;
    readonly matrixBytes: number | undefined;
    readonly contextLength: number;
    readonly isSoftware: boolean;
  },
): MemoryEstimate {
  const { vocabSize } = config;
  const maxRows = facts.isSoftware ? MAX_ROWS.software : MAX_ROWS.hardware;
  const maxNodes = drafter === null ? 0 : MAX_NODES;
  const own = estimateMemory(config, {
    ...facts,
    maxRows,
    maxLogitRows: Math.max(1, maxNodes),
    numTreeSlots: maxNodes,
  });
  if (drafter === null) return own;
  // Of those that may be drafted, the one that takes most.
  const tree = treeLadder({ ...facts, vocabSize }).reduce((one, other) =>
    poolBytes(other.topK, other.depth) > poolBytes(one.topK, one.depth)
      ? other
      : one
  );
  const other = estimateDraftMemory(drafter.tensors, {
    ...facts,
    config: drafter.config,
    maxRows,
    tree,
  });
  const { weightsBytes, kvCacheBytes, scratchBytes } = other;
  return {
    weightsBytes: own.weightsBytes + weightsBytes,
    kvCacheBytes: own.kvCacheBytes + kvCacheBytes,
    scratchBytes: own.scratchBytes + scratchBytes,
    totalBytes: own.totalBytes + weightsBytes + kvCacheBytes + scratchBytes,
    largestBufferBytes: Math.max(
      own.largestBufferBytes,
      other.largestBufferBytes,
    ),
  };
}

async function openGpu(): Promise<Gpu | { readonly error: string }> {
  try {
    return await Gpu.open();
  } catch (error) {
    return { error: describeError(error) };
  }
}

function describeDevice(gpu: Gpu): InspectedDevice {
  return {
    name: gpu.adapter.name,
    isSoftware: gpu.adapter.isSoftware,
    hasF16: gpu.hasF16,
    maxBufferBytes: gpu.device.limits.maxBufferSize,
    maxBindingBytes: gpu.maxBindingBytes,
  };
}

/** Where there is no device, one that has f16 is assumed. */
function chooseElem(
  checkpoint: Checkpoint,
  gpu: Gpu | { readonly error: string },
  dtype: "auto" | Elem,
): Elem {
  if (dtype !== "auto") return dtype;
  if (gpu instanceof Gpu) return resolveElem(gpu, checkpoint, dtype);
  return "F32" in countStored(checkpoint).storedBytes ? "f32" : "f16";
}

function findLargest(
  config: ModelConfig,
  elem: Elem,
  maxBinding: number | null,
): Inspection["largestMatrix"] {
  const largest = matrixSizes(config)
    .map((size) => ({ ...size, sizeBytes: packedBytes(size, elem) }))
    .reduce((a, b) => b.sizeBytes > a.sizeBytes ? b : a);
  if (maxBinding === null) return { ...largest, numSlices: null };
  const blockBytes = packedBytes({ ...largest, numRows: PACK_ROWS }, elem);
  const blocksPerSlice = Math.max(1, Math.floor(maxBinding / blockBytes));
  const numBlocks = largest.sizeBytes / blockBytes;
  return { ...largest, numSlices: Math.ceil(numBlocks / blocksPerSlice) };
}
