import type { TensorFiles } from "../checkpoint/mod.ts";
import {
  createDraftWorkspace,
  type DraftWorkspace,
} from "./draft_workspace.ts";
import {
  type DrafterTensors,
  type DraftWeights,
  loadDraftWeights,
} from "./draft_weights.ts";
import type { DraftHead } from "./draft_head.ts";
import type { DraftShape } from "./draft_layer_weights.ts";
import type { Gpu } from "../gpu/gpu.ts";
import {
  type RopeOptions,
  ropeTable,
  roundedFormats,
  type Taps,
  type Target,
} from "../model/mod.ts";

/** Kinds of drafters. */
export type DrafterKind = "jakiro" | "jakiro_star" | "eagle" | "eagle3";

/** A loaded drafter: weights, tables and scratch buffers, shared by all sequences. */
export class Drafter {
  readonly kind: DrafterKind;
  readonly weights: DraftWeights;
  /** What turns its hidden states into logits. */
  readonly head: DraftHead;
  readonly workspace: DraftWorkspace;
  /** `[S, E/2]` rotations. */
  readonly rope: GPUBuffer;

  private constructor(
    parts: {
      readonly kind: DrafterKind;
      readonly weights: DraftWeights;
      readonly head: DraftHead;
      readonly workspace: DraftWorkspace;
      readonly rope: GPUBuffer;
    },
  ) {
    this.kind = parts.kind;
    this.weights = parts.weights;
    this.head = parts.head;
    this.workspace = parts.workspace;
    this.rope = parts.rope;
  }

  /** What it wants of the target's residual stream, or null where its last state is all. */
  get taps(): Taps | null {
    const { weights, workspace } = this;
    return weights.isEagle3 && weights.fc !== null
      ? { layerIds: weights.tapLayerIds, out: workspace.taps }
      : null;
  }

  /** Whether a second branch looks one token further without a pass. */
  get isHybrid(): boolean {
    return this.weights.moe?.routing === "mixture";
  }

  /**
   * Loads a drafter onto the target's device.
   *
   * @param gpu Device.
   * @param target The model it drafts for.
   * @param args Checkpoint, tensors, sizes.
   * @returns The drafter.
   * @throws {RangeError} If a size or number is not as it must be.
   * @throws {GpuError} If memory runs out.
   */
  static async load(
    gpu: Gpu,
    target: Target,
    args: {
      readonly checkpoint: TensorFiles;
      readonly tensors: DrafterTensors;
      readonly shape: DraftShape & Omit<RopeOptions, "headDim">;
      /** Rows of the target's head, where it has none of its own. Default: all. */
      readonly head?: DraftHead | null;
    },
  ): Promise<Drafter> {
    const { checkpoint, tensors, shape } = args;
    const { elem } = target;
    const weights = await loadDraftWeights(gpu, checkpoint, {
      tensors,
      shape,
      elem,
      rounded: roundedFormats(target.quantization).layers,
    });
    const head: DraftHead = weights.isEagle3
      ? { lmHead: weights.lmHead, tokenIds: weights.tokenIds }
      : args.head ?? { lmHead: target.lmHead, tokenIds: null };
    return await gpu.guard("allocate the drafter's buffers", () => {
      const workspace = createDraftWorkspace(gpu, {
        elem,
        maxRows: target.workspace.maxRows,
        hiddenSize: shape.hiddenSize,
        qSize: shape.numHeads * shape.headDim,
        activationSize: weights.down.numCols,
        numExperts: weights.moe?.numExperts ?? 0,
        tapsSize: weights.isEagle3 ? weights.fc?.numCols ?? 0 : 0,
        vocabSize: head.lmHead.numRows,
      });
      // A tree's rows stand a few positions past the last of the context.
      const table = ropeTable(target.contextLength, shape);
      const rope = gpu.createBuffer("draft rope", table.byteLength);
      gpu.device.queue.writeBuffer(rope, 0, table);
      return new Drafter({
        kind: tensors.kind,
        weights,
        head,
        workspace,
        rope,
      });
    });
  }
}
