import { assertEquals } from "@std/assert";
import { type Op, rmsNorm } from "../../src/ops/mod.ts";
import { rowWords } from "../reference/lib/rows.ts";
import type { Harness, Words } from "./_harness.ts";
import type { Random } from "./_random.ts";
import { sequence } from "./_rows.ts";
import type { Elem } from "../../src/gpu/shader.ts";

/** What a product with a norm is bound to. */
export interface NormedArgs {
  readonly rows: GPUBuffer;
  readonly x: GPUBuffer;
  readonly norm: {
    readonly weight: GPUBuffer;
    readonly eps: number;
  } | null;
}

/**
 * Throws unless a product that normalises its input gives, bit for bit, what it gives of the input that
 * `rms_norm` has normalised.
 *
 * @param harness Device.
 * @param random Where the numbers come from.
 * @param product Number type, columns, rows, the op, and the buffers that it writes.
 */
export async function assertNormsInput(
  harness: Harness,
  random: Random,
  product: {
    readonly elem: Elem;
    readonly K: number;
    /** Rows, at most 32. */
    readonly T: number;
    readonly bind: (args: NormedArgs) => Op;
    readonly outputs: readonly (readonly [GPUBuffer, Words])[];
  },
): Promise<void> {
  const { elem, K, T, bind, outputs } = product;
  const rows = harness.upload(
    rowWords({ row: sequence(T), firstLogitRow: 0 }, 32),
  );
  const x = harness.empty(32 * K * 4);
  harness.write(x, random.normals(T * K, 3));
  const weight = harness.upload(random.normals(K));
  const out = harness.empty(32 * K * 4);
  const eps = 1e-5;
  const norm = rmsNorm(harness.gpu, {
    rows,
    x,
    weight,
    out,
    elem,
    hiddenSize: K,
    eps,
  });
  const apart = bind({ rows, x: out, norm: null });
  const fused = bind({ rows, x, norm: { weight, eps } });
  const results: Words[][] = [];
  for (const ops of [[norm, apart], [fused]]) {
    for (const [buffer] of outputs) {
      harness.write(buffer, new Uint8Array(buffer.size));
    }
    await harness.run(() => ops.flatMap((op) => op(T)));
    await harness.readAll(outputs);
    results.push(outputs.map(([, words]) => words.slice()));
  }
  assertEquals(results[1], results[0], `${T} rows of ${K}`);
}
