import type { Drafter, ResolvedTree } from "../draft/mod.ts";

/** Who drafts, and trees of what shape. */
export interface Drafting {
  readonly drafter: Drafter;
  /** The shape that a session begins with. */
  readonly tree: ResolvedTree;
  /** Shapes that it can change to. Default: none. */
  readonly others?: readonly ResolvedTree[];
}
