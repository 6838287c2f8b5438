import type { KernelConstants } from "../gpu/shader.ts";
import type { Operand } from "./op.ts";

/**
 * Counts the words that say which tokens may follow a row.
 *
 * @param vocabSize Tokens, `V`.
 * @returns Words of 32 bits.
 */
export function allowedWords(vocabSize: number): number {
  return Math.ceil(vocabSize / 32);
}

/**
 * Describes what `logit_cut` and `choose` read of the tokens that may follow each row.
 *
 * @param args `[R, ceil(V/32)]` u32, or null where all may; tokens; bindings that the kernel has besides.
 * @returns Constants of a kernel that imports `ALLOWED`, and the operand behind its own.
 */
export function allowedTokens(
  args: {
    readonly allowed: GPUBuffer | null;
    readonly vocabSize: number;
    readonly numBindings: number;
  },
): {
  readonly constants: KernelConstants;
  readonly operands: readonly Operand[];
} {
  const { allowed, vocabSize, numBindings } = args;
  if (allowed === null) {
    return { constants: { ALLOWED: "allowed_all" }, operands: [] };
  }
  return {
    constants: { ALLOWED: "allowed_mask", ALLOWED_BINDING: numBindings },
    operands: [{
      name: "allowed",
      kind: "read",
      buffer: allowed,
      minBytes: allowedWords(vocabSize) * 4,
    }],
  };
}
