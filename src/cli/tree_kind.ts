import { numberOr, type OptionKind } from "./option_kinds.ts";

/** Shapes of trees: a number of nodes, the fastest of several, or the static one. */
export const TREE_KIND: OptionKind<number | "auto" | "static"> = numberOr(
  "N|auto|static",
  ["auto", "static"],
  { min: 1, max: 64, isInteger: true },
);
