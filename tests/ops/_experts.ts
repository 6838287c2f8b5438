import {
  type PackedMatrix,
  padCols,
  type Routing,
  swigluRowMap,
} from "../../src/ops/mod.ts";
import { ROUTING } from "../reference/matmul_hidden.ts";
import type { Harness } from "./_harness.ts";
import { packMatrix } from "./_packed.ts";
import { type ElemArray, elemArray, type Random, widen } from "./_random.ts";
import type { Elem } from "../../src/gpu/shader.ts";

/** Sizes of SwiGLU experts. */
export interface ExpertShape {
  readonly elem: Elem;
  /** Columns, a multiple of 4. */
  readonly K: number;
  /** Rows of an expert's gate. */
  readonly F: number;
  readonly numExperts: number;
  readonly sliceRows?: number | undefined;
}

/** First layers of experts. */
export interface FirstLayers {
  /** `[X*2F + X+2, K]`: gate and up of each expert, then the gate that weighs them, as in a checkpoint. */
  readonly w: Float32Array<ArrayBuffer>;
  readonly packed: PackedMatrix;
}

/** Random first layers, gates of size 2 or so. */
export function randomExperts(
  harness: Harness,
  random: Random,
  shape: ExpertShape,
): FirstLayers {
  const { elem, K, F, numExperts } = shape;
  return packExperts(
    harness,
    elemArray(elem, [
      ...random.uniform(elem, 2 * numExperts * F * K, 1 / Math.sqrt(K)),
      ...random.uniform(elem, (numExperts + 2) * K, 8 / Math.sqrt(K)),
    ]),
    shape,
  );
}

/** Packs first layers that are in a checkpoint's order. */
export function packExperts(
  harness: Harness,
  w: ElemArray,
  shape: ExpertShape,
): FirstLayers {
  const { elem, K, F, numExperts, sliceRows } = shape;
  const stride = padCols(F);
  const first = 2 * numExperts * stride;
  const numGates = numExperts + 2;
  const rowMap = Array.from({ length: numExperts }, (_, expert) => [
    ...swigluRowMap(F, "gate", 2 * expert * stride),
    ...swigluRowMap(F, "up", 2 * expert * stride),
  ]).flat();
  for (let g = 0; g < numGates; g++) rowMap.push(first + g);
  const M = first + numGates;
  return {
    w: widen(w),
    packed: packMatrix(harness, w, { elem, M, K, rowMap, sliceRows }),
  };
}

/** Experts whose activations lie side by side, and how many branches are wanted of them. */
export interface RoutingCase {
  readonly routing: Routing | "none";
  readonly numExperts: number;
  readonly numBranches: 1 | 2;
}

/** @returns Columns of the gate's values, padded. */
export function gateStride({ routing, numExperts }: RoutingCase): number {
  return padCols(routing === "star" ? 2 : numExperts + 2);
}

/** @returns The constants of a twin that weighs experts. */
export function routingConstants(test: RoutingCase): {
  readonly BRANCHES: number;
  readonly ROUTING: number;
  readonly NUM_EXPERTS: number;
  readonly GATE_STRIDE: number;
} {
  return {
    BRANCHES: test.numBranches,
    ROUTING: ROUTING[test.routing],
    NUM_EXPERTS: test.numExperts,
    GATE_STRIDE: gateStride(test),
  };
}

/** @returns What the op takes, with the gate's values in a buffer. */
export function routedBy(test: RoutingCase, gates: GPUBuffer): {
  readonly routing: Routing;
  readonly numExperts: number;
  readonly gates: GPUBuffer;
  readonly numBranches: 1 | 2;
} | null {
  const { routing, numExperts, numBranches } = test;
  return routing === "none"
    ? null
    : { routing, numExperts, gates, numBranches };
}
