import { moeRoute } from "../../src/ops/mod.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { moeRoute as twin } from "../reference/moe_route.ts";
import { F16_ROUNDING } from "./_close.ts";
import type { Harness } from "./_harness.ts";
import { type ElemArray, elemArray, type Random } from "./_random.ts";
import { sequence } from "./_rows.ts";
import type { Elem } from "../../src/gpu/shader.ts";

/** Operands of a routing. */
export interface RouteCase {
  readonly elem: Elem;
  readonly numRows: number;
  readonly hiddenSize: number;
  readonly expertSize: number;
  readonly numExperts: number;
  readonly numBranches: 1 | 2;
  readonly x: ElemArray;
  readonly gate: Float32Array<ArrayBuffer>;
  readonly act: ElemArray;
}

/** Sizes of a routing. */
export type RouteShape = readonly [
  numRows: number,
  hiddenSize: number,
  expertSize: number,
  numExperts: number,
  numBranches: 1 | 2,
];

/** Random operands: a gate's values are of size 1 or so. */
export function randomRoute(
  random: Random,
  elem: Elem,
  shape: RouteShape,
): RouteCase {
  const [numRows, hiddenSize, expertSize, numExperts, numBranches] = shape;
  const numGates = numExperts + 2;
  return {
    elem,
    numRows,
    hiddenSize,
    expertSize,
    numExperts,
    numBranches,
    x: random.uniform(elem, numRows * hiddenSize),
    gate: random.normals(numGates * hiddenSize, 2 / Math.sqrt(hiddenSize)),
    act: random.uniform(elem, numRows * numExperts * expertSize),
  };
}

/** Runs the kernel and its twin. */
export async function route(
  harness: Harness,
  test: RouteCase,
): Promise<{ readonly actual: ElemArray; readonly expected: Float64Array }> {
  const { elem, numRows, numExperts, numBranches, x, gate, act } = test;
  const size = numBranches * numRows * numExperts * test.expertSize;
  const rows = rowWords({ row: sequence(numRows), firstLogitRow: 0 });
  const out = harness.empty(size * 4);
  const op = moeRoute(harness.gpu, {
    ...test,
    rows: harness.upload(rows),
    x: harness.upload(x),
    gate: harness.upload(gate),
    act: harness.upload(act),
    out,
  });
  await harness.run(() => op(numRows));
  const expected = new Float64Array(size);
  twin({ rows, x, gate, act, out: expected }, {
    D: test.hiddenSize,
    F: test.expertSize,
    NUM_EXPERTS: numExperts,
    BRANCHES: numBranches,
  });
  const into = elemArray(elem, expected).fill(NaN);
  return { actual: await harness.read(out, into), expected };
}

/**
 * Bounds how far a weight may be off: by a quarter of what the difference of two gates is, which are sums of D
 * products whose sizes sum to at most 6 sqrt(D), of D/8 terms a thread and 64 threads, and by some units of exp
 * and division (WGSL, 15.7.4).
 */
export function routeTolerance(elem: Elem, D: number): {
  readonly absolute: number;
  readonly relative: number;
} {
  const gates = 2 * (D / 8 + 64) * 6 * Math.sqrt(D);
  return {
    absolute: (gates / 4 + 40) * 2 ** -24 + (elem === "f16" ? 2 ** -24 : 0),
    relative: elem === "f16" ? F16_ROUNDING : 0,
  };
}
