import { STATIC_TREE } from "./static_tree.ts";
import { MAX_FANOUT, MAX_NODES, MAX_PATH } from "../ops/mod.ts";

/** Shape of the trees that a drafter proposes. */
export interface TreeOptions {
  /**
   * `dynamic` (the default) keeps the best of what is drafted; `static` drafts the 26 places of the reference
   * implementation's `mc_sim_7b_63` (Jakiro*, EAGLE-1), whose sizes are not to be set. Either is lossless.
   */
  readonly shape?: "dynamic" | "static";
  /** Most nodes checked in one pass, root included, `N`. Default: 32, on a software adapter 8. */
  readonly numNodes?: number;
  /** Levels drafted before the last. Default: 3. */
  readonly depth?: number;
  /** Candidates per node, and nodes expanded per level, `K`. Default: 8, on a software adapter 2. */
  readonly topK?: number;
}

/** A tree's shape, filled in and checked. */
export type ResolvedTree =
  & Required<Omit<TreeOptions, "shape">>
  & Pick<TreeOptions, "shape">;

const BOUNDS = {
  numNodes: { min: 1, max: MAX_NODES },
  depth: { min: 2, max: MAX_PATH - 2 },
  topK: { min: 1, max: MAX_FANOUT },
} as const;

/** What was best in SPEED.md, on a GPU and on a software adapter, which has no free rows. */
const DEFAULTS = {
  hardware: { numNodes: 32, depth: 3, topK: 8 },
  software: { numNodes: 8, depth: 3, topK: 2 },
} as const;

/**
 * Fills in and checks the shape of trees.
 *
 * @param options Shape as the caller gave it.
 * @param facts Tokens that a drafter can propose, which bounds the candidates, and whether the adapter is
 *   software, which sets the defaults.
 * @returns The shape.
 * @throws {TypeError} If an option is not a number.
 * @throws {RangeError} If an option is out of its range.
 */
export function resolveTreeOptions(
  options: TreeOptions,
  facts: { readonly vocabSize: number; readonly isSoftware: boolean },
): ResolvedTree {
  const defaults = DEFAULTS[facts.isSoftware ? "software" : "hardware"];
  checkShape(options);
  const isStatic = options.shape === "static";
  const sizes = isStatic ? STATIC_TREE : defaults;
  const resolved = { ...sizes, ...options };
  for (const name of ["numNodes", "depth", "topK"] as const) {
    const value: unknown = resolved[name];
    const { min } = BOUNDS[name];
    const max = name === "topK"
      ? Math.min(facts.vocabSize, BOUNDS[name].max)
      : BOUNDS[name].max;
    if (typeof value !== "number") {
      throw new TypeError(
        `Cannot draft as "${name}" of the tree must be a number: ${typeof value}`,
      );
    }
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new RangeError(
        `Cannot draft as "${name}" of the tree must be an integer in [${min}, ${max}]: ${value}`,
      );
    }
  }
  return resolved;
}

function checkShape(options: TreeOptions): void {
  const shape: unknown = options.shape ?? "dynamic";
  if (shape !== "dynamic" && shape !== "static") {
    throw new RangeError(
      `Cannot draft as "shape" of the tree must be dynamic or static: ${shape}`,
    );
  }
  const sizes = ["numNodes", "depth", "topK"] as const;
  const size = sizes.find((name) => options[name] !== undefined);
  if (shape === "static" && size !== undefined) {
    throw new RangeError(
      `Cannot draft a static tree as its sizes are fixed: "${size}" is ${
        options[size]
      }`,
    );
  }
}
