import {
  type Checkpoint,
  type ModelConfig,
  resolveLlamaTensors,
} from "../checkpoint/mod.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { MAX_FANOUT, type PackedMatrix } from "../ops/mod.ts";
import { roundedFormats, type Target, WeightUploader } from "../model/mod.ts";

/** What turns a drafter's hidden states into logits. */
export interface DraftHead {
  /** `[Vd, D]`. */
  readonly lmHead: PackedMatrix;
  /** `[Vd]` u32, the target's id of each row of the head, or null where they are the same. */
  readonly tokenIds: GPUBuffer | null;
}

/**
 * Uploads the rows of the target's head that a drafter proposes from: those of the tokens that come first in the vocabulary,
 * and of those that end a text. Vocabularies are in the order in which their tokens were merged, the most frequent first.
 *
 * Source of the idea: FR-Spec, Zhao et al. 2025 (arXiv 2502.14856), which counts tokens in a corpus.
 *
 * @param gpu Device.
 * @param target The model, loaded.
 * @param args Where its weights are, and how many tokens are proposed from.
 * @returns The head; the target's own where it has no more tokens.
 * @throws {RangeError} If there are fewer tokens than a node may have children.
 * @throws {GpuError} If memory runs out.
 */
export async function loadDraftHead(
  gpu: Gpu,
  target: Target,
  args: { readonly checkpoint: Checkpoint; readonly numTokens: number },
): Promise<DraftHead> {
  const { checkpoint, numTokens } = args;
  const { config, elem, quantization, lmHead } = target;
  if (!Number.isInteger(numTokens) || numTokens < MAX_FANOUT) {
    throw new RangeError(
      `Cannot draft as "draftVocab" must be an integer of at least ${MAX_FANOUT}: ${numTokens}`,
    );
  }
  if (numTokens >= config.vocabSize) return { lmHead, tokenIds: null };
  const ids = frequentIds(config, numTokens);
  const rowMap = new Uint32Array(config.vocabSize).fill(UNUSED);
  ids.forEach((id, row) => rowMap[id] = row);
  const { lmHead: entry } = resolveLlamaTensors(checkpoint);
  using uploader = new WeightUploader(gpu, checkpoint, () => {});
  const matrix = await uploader.matrix("draft head", [{ entry, rowMap }], {
    numRows: ids.length,
    elem,
    rounded: roundedFormats(quantization).embeddings,
  });
  await uploader.finish(elem);
  const tokenIds = gpu.createBuffer("draft token ids", ids.byteLength);
  gpu.device.queue.writeBuffer(tokenIds, 0, ids);
  return { lmHead: matrix, tokenIds };
}

/** A packed row that no matrix has. */
const UNUSED = 2 ** 32 - 1;

/** Ids that are proposed from, in ascending order. */
function frequentIds(
  { eosTokenIds }: Pick<ModelConfig, "eosTokenIds">,
  count: number,
): Uint32Array<ArrayBuffer> {
  const ends = new Set(eosTokenIds);
  const ids = [...ends];
  for (let id = 0; ids.length < count; id++) if (!ends.has(id)) ids.push(id);
  return Uint32Array.from(ids).sort();
}
