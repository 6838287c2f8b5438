import type { Elem } from "../../src/gpu/shader.ts";
import type { ResolvedTree } from "../../src/draft/mod.ts";
import { STATIC_TREE } from "../../src/draft/mod.ts";
import type { SamplingParams } from "../../src/ops/mod.ts";
import type { writeGraftedDrafter } from "./_grafted_drafter.ts";
import type { writeRandomDrafter } from "./_random_drafter.ts";

/** One way to draft, to compute and to choose. */
export interface Combination {
  readonly drafter: DrafterName;
  readonly tree: ResolvedTree;
  readonly elem: Elem;
  /** Name of one of {@linkcode CHOICES}. */
  readonly choice: ChoiceName;
}

/** Drafters of random weights, by name. */
export const RANDOM_DRAFTERS = {
  "random jakiro": { kind: "jakiro" },
  "random jakiro of 4 experts": { kind: "jakiro", numExperts: 4 },
  "random jakiro*": { kind: "jakiro_star" },
  "random eagle": { kind: "eagle" },
  "random eagle3": { kind: "eagle3" },
} as const satisfies Record<string, Parameters<typeof writeRandomDrafter>[1]>;

/** Drafters of other kinds with trained attention, by name. */
export const GRAFTED_DRAFTERS = {
  "grafted jakiro*": "jakiro_star",
  "grafted eagle": "eagle",
} as const satisfies Record<string, Parameters<typeof writeGraftedDrafter>[1]>;

/** The drafter that comes with stories260k, or another. */
export type DrafterName =
  | "trained jakiro"
  | keyof typeof RANDOM_DRAFTERS
  | keyof typeof GRAFTED_DRAFTERS;

/** Ways to choose tokens. */
export const CHOICES = {
  greedy: { temperature: 0 },
  cool: { temperature: 0.7, topP: 0.9, seed: 11_000 },
  penalised: {
    temperature: 1,
    topP: 0.95,
    repetitionPenalty: 1.1,
    frequencyPenalty: 0.2,
    presencePenalty: 0.1,
    seed: 12_000,
  },
} as const satisfies Record<string, Partial<SamplingParams>>;

/** Name of one of {@linkcode CHOICES}. */
export type ChoiceName = keyof typeof CHOICES;

const CHOICE_NAMES: readonly ChoiceName[] = ["greedy", "cool", "penalised"];
const dynamic = (
  numNodes: number,
  depth: number,
  topK: number,
): ResolvedTree => ({ numNodes, depth, topK });

const DRAFTINGS: readonly (readonly [DrafterName, ResolvedTree])[] = [
  ["trained jakiro", dynamic(60, 5, 8)],
  ["trained jakiro", dynamic(1, 2, 1)],
  ["trained jakiro", dynamic(2, 2, 2)],
  ["trained jakiro", dynamic(8, 6, 1)],
  ["trained jakiro", dynamic(16, 4, 4)],
  ["trained jakiro", dynamic(33, 3, 10)],
  ["trained jakiro", dynamic(60, 6, 10)],
  ["trained jakiro", { ...STATIC_TREE, shape: "static" }],
  ["random jakiro", dynamic(33, 2, 8)],
  ["random jakiro of 4 experts", dynamic(16, 3, 2)],
  ["random jakiro*", dynamic(60, 6, 10)],
  ["random jakiro*", { ...STATIC_TREE, shape: "static" }],
  ["grafted jakiro*", dynamic(33, 5, 8)],
  ["grafted jakiro*", { ...STATIC_TREE, shape: "static" }],
  ["random eagle", dynamic(8, 5, 3)],
  ["grafted eagle", dynamic(33, 4, 4)],
  ["random eagle3", dynamic(33, 4, 8)],
];

/**
 * What is compared with plain decoding: every way to draft in either number type, with two of the ways to choose,
 * which take turns so that each occurs with each number type.
 */
export const COMBINATIONS: readonly Combination[] = DRAFTINGS.flatMap(
  ([drafter, tree], index) =>
    (["f32", "f16"] as const).map((elem, other): Combination => ({
      drafter,
      tree,
      elem,
      choice: CHOICE_NAMES[(index + other) % CHOICE_NAMES.length] ?? "greedy",
    })),
);

/** Says what a combination is, in a line. */
export function describeCombination(combination: Combination): string {
  const { drafter, tree, elem, choice } = combination;
  const { numNodes, depth, topK, shape = "dynamic" } = tree;
  const sampling = Object.entries(CHOICES[choice])
    .filter(([name]) => name !== "seed")
    .map(([name, value]) => `${name} ${value}`).join(", ");
  return `${elem}, ${drafter}, ${shape} tree of ${numNodes}, depth ${depth}, top ${topK}, ${sampling}`;
}
