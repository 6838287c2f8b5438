import { bindKernel, elemBytes, type Op, workgroupSize } from "./op.ts";
import { checkFours, rowsOperand } from "./matrix_kernel.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";

/** Most experts that rows choose from. */
export const MAX_CHOOSABLE = 64;

/** Experts that lie below each other in a matrix, and what each row takes of them. */
export interface ChosenExperts {
  /** How many there are, `X`. */
  readonly numExperts: number;
  /** How many a row takes. */
  readonly numChosen: number;
  /** `[T, numChosen]` pairs (expert u32, weight f32), a row's in ascending order. */
  readonly choice: GPUBuffer;
}

/**
 * Counts the bytes of the choices.
 *
 * @param numRows Rows of a pass, `T`.
 * @param numChosen Experts that a row takes.
 * @returns Bytes.
 */
export function choiceBytes(numRows: number, numChosen: number): number {
  return numRows * numChosen * 8;
}

/**
 * Chooses for each row the experts whose gates are largest, and weighs them by a softmax over those: the gates are
 * `x[t] · wᵀ`.
 *
 * Shapes: x `[T, D]`, w `[X, D]` f32; D a multiple of 4, X at most {@linkcode MAX_CHOOSABLE}.
 *
 * @param gpu Device.
 * @param args Row table, operands, number type of `x` and its width, and the choice to make.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small, or there are too many experts.
 */
export function chooseExperts(
  gpu: Gpu,
  args: ChosenExperts & {
    readonly rows: GPUBuffer;
    readonly x: GPUBuffer;
    readonly w: GPUBuffer;
    readonly elem: Elem;
    readonly hiddenSize: number;
  },
): Op {
  const { elem, hiddenSize, numExperts, numChosen } = args;
  checkFours("x", hiddenSize);
  if (numExperts > MAX_CHOOSABLE || numChosen > numExperts) {
    throw new RangeError(
      `Cannot choose experts as they must be at most ${MAX_CHOOSABLE}, and no more chosen: ${numChosen} of ${numExperts}`,
    );
  }
  const launch = bindKernel(gpu, "choose_experts", {
    elem,
    constants: {
      WG: workgroupSize(gpu, 32, numExperts * hiddenSize),
      D: hiddenSize,
      NUM_EXPERTS: numExperts,
      CHOSEN: numChosen,
    },
    operands: [
      rowsOperand(args.rows),
      {
        name: "x",
        kind: "read",
        buffer: args.x,
        minBytes: hiddenSize * elemBytes(elem),
      },
      {
        name: "w",
        kind: "read",
        buffer: args.w,
        minBytes: numExperts * hiddenSize * 4,
      },
      {
        name: "choice",
        kind: "write",
        buffer: args.choice,
        minBytes: choiceBytes(1, numChosen),
      },
    ],
  });
  return (numRows) => [launch([1, numRows, 1])];
}
