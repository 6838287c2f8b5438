import {
  CANDIDATE_BYTES,
  elemBytes,
  MAX_FANOUT,
  MAX_ROW_TILE,
  padCols,
} from "../ops/mod.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";

/** Buffers that live for one pass of a drafter; sequences share them. */
export interface DraftWorkspace {
  /** `[T, 2D]`: embedding and hidden state. */
  readonly input: GPUBuffer;
  /** `[T, D]` f32 each; EAGLE-3's passes take them in turn. */
  readonly residuals: readonly [GPUBuffer, GPUBuffer];
  /** `[T, D]`: input of a block. */
  readonly normed: GPUBuffer;
  /** `[T, H, E]`. */
  readonly q: GPUBuffer;
  /** `[T, H, E]`. */
  readonly attended: GPUBuffer;
  /** `[T, X*F]`: activations of the experts. */
  readonly activation: GPUBuffer;
  /** `[T, X+2]` f32, padded to a multiple of 4 columns: values of the gate that weighs them. */
  readonly gates: GPUBuffer;
  /** `[2T, D]`: hidden states of both branches. */
  readonly hidden: GPUBuffer;
  /** `[T, n*Dt]`: inputs of `n` of the target's layers, for EAGLE-3. */
  readonly taps: GPUBuffer;
  /** `[T, n*Dt]`: those of the rows that the drafter takes. */
  readonly gathered: GPUBuffer;
  /** `[2K, V]` f32. */
  readonly logits: GPUBuffer;
  /** `[2K, K]` tokens and scores. */
  readonly candidates: GPUBuffer;
}

/** What the sizes follow from. */
export interface DraftSizes {
  readonly elem: Elem;
  /** Most rows of a pass, `T`. */
  readonly maxRows: number;
  readonly hiddenSize: number;
  /** `H*E` */
  readonly qSize: number;
  /** `X*F`, all experts side by side, as padded. */
  readonly activationSize: number;
  /** `X`; 0 where one feed-forward block has no gate to weigh it. */
  readonly numExperts: number;
  /** `n*Dt`, columns of what is tapped in the target; 0 where nothing is. */
  readonly tapsSize: number;
  /** Rows of the head. */
  readonly vocabSize: number;
}

/**
 * Allocates the buffers of a drafter's pass.
 *
 * @param gpu Device.
 * @param sizes What their sizes follow from.
 * @returns The buffers.
 * @throws {RangeError} If one is larger than the device allows.
 */
export function createDraftWorkspace(
  gpu: Gpu,
  sizes: DraftSizes,
): DraftWorkspace {
  const bytes = draftWorkspaceBytes(sizes);
  return {
    input: gpu.createBuffer("draft input", bytes.input),
    residuals: [
      gpu.createBuffer("draft residual", bytes.residuals / 2),
      gpu.createBuffer("draft residual", bytes.residuals / 2),
    ],
    normed: gpu.createBuffer("draft normed", bytes.normed),
    q: gpu.createBuffer("draft q", bytes.q),
    attended: gpu.createBuffer("draft attended", bytes.attended),
    activation: gpu.createBuffer("draft activation", bytes.activation),
    gates: gpu.createBuffer("draft gates", bytes.gates),
    hidden: gpu.createBuffer("draft hidden", bytes.hidden),
    taps: gpu.createBuffer("draft taps", bytes.taps),
    gathered: gpu.createBuffer("draft gathered taps", bytes.gathered),
    logits: gpu.createBuffer("draft logits", bytes.logits),
    candidates: gpu.createBuffer("draft candidates", bytes.candidates),
  };
}

/**
 * Counts the bytes of the buffers of a drafter's pass.
 *
 * @param sizes What their sizes follow from.
 * @returns Bytes by buffer, both residual streams together.
 */
export function draftWorkspaceBytes(
  sizes: DraftSizes,
): Readonly<Record<keyof DraftWorkspace, number>> {
  const least = Math.max(sizes.maxRows, MAX_FANOUT);
  const rows = Math.ceil(least / MAX_ROW_TILE) * MAX_ROW_TILE;
  const row = (size: number): number => rows * size * elemBytes(sizes.elem);
  const { hiddenSize, qSize, activationSize, numExperts, tapsSize } = sizes;
  return {
    input: row(2 * hiddenSize),
    residuals: 2 * rows * hiddenSize * 4,
    normed: row(hiddenSize),
    q: row(qSize),
    attended: row(qSize),
    activation: row(activationSize),
    gates: rows * padCols(numExperts + 2) * 4,
    hidden: 2 * row(hiddenSize),
    taps: row(tapsSize),
    gathered: row(tapsSize),
    logits: 2 * MAX_FANOUT * sizes.vocabSize * 4,
    candidates: 2 * MAX_FANOUT * MAX_FANOUT * CANDIDATE_BYTES,
  };
}
