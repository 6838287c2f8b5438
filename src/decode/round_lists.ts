import type { Dispatch } from "../gpu/dispatch.ts";
import type { DraftPlan } from "../draft/mod.ts";
import type { ForwardOps } from "../model/mod.ts";
import { type Op, roundKeys } from "../ops/mod.ts";

/** Launches of one round, part by part. */
export interface RoundParts {
  /** The target's pass over the tree, up to the logits. */
  readonly verify: readonly Dispatch[];
  /** Choices, the walk, the caches' commitment. */
  readonly accept: readonly Dispatch[];
  /** The next tree; empty without a drafter. */
  readonly draft: readonly Dispatch[];
}

/** What rounds are made of. */
export interface RoundListsArgs {
  /** The target's pass. */
  readonly forward: ForwardOps;
  /** Steps that move what was accepted into its place. */
  readonly commit: readonly Op[];
  /** Shapes of trees. */
  readonly plans: readonly DraftPlan[];
}

/** The launches of a generation's rounds, for each shape of trees. */
export class RoundLists {
  /** How trees are drafted from now on; null for none. */
  plan: DraftPlan | null;
  /** How the tree that waits to be verified was drafted; null of a root alone. */
  waiting: DraftPlan | null;
  readonly #args: RoundListsArgs;
  #choosing: readonly Op[] = [];
  #numKeys = 0;
  /** By number of nodes. */
  #verifying = new Map<number, Omit<RoundParts, "draft">>();
  /** By plan, and by how many rows were committed at most. */
  #proposing = new Map<DraftPlan, Map<number, readonly Dispatch[]>>();

  /** @param args What rounds are made of. */
  constructor(args: RoundListsArgs) {
    this.#args = args;
    this.plan = args.plans[0] ?? null;
    this.waiting = this.plan;
  }

  /**
   * Begins a generation.
   *
   * @param choosing Steps from logits to what is accepted.
   */
  start(choosing: readonly Op[]): void {
    this.#choosing = choosing;
    this.#numKeys = 0;
    this.#forget();
  }

  /**
   * Says how many keys the rows of the next rounds attend to at most, so that those of long texts are split.
   *
   * @param numKeys How many; what was said before in this generation is forgotten only where they are more.
   */
  reach(numKeys: number): void {
    const rounded = roundKeys(numKeys);
    if (rounded <= this.#numKeys) return;
    this.#numKeys = rounded;
    this.#forget();
  }

  #forget(): void {
    this.#verifying = new Map();
    this.#proposing = new Map();
  }

  /** Steps from logits to what is accepted. */
  get choosing(): readonly Op[] {
    return this.#choosing;
  }

  /** The next round. */
  get parts(): RoundParts {
    const { plan, waiting } = this;
    return {
      ...this.#verify(waiting?.tree.numNodes ?? 1),
      draft: plan === null
        ? []
        : this.#propose(plan, waiting?.maxCommitted ?? 1),
    };
  }

  /** Number of a plan: 0 for none. */
  gearOf(plan: DraftPlan | null): number {
    return plan === null ? 0 : 1 + this.#args.plans.indexOf(plan);
  }

  #verify(numNodes: number): Omit<RoundParts, "draft"> {
    const known = this.#verifying.get(numNodes);
    if (known !== undefined) return known;
    const { layers, norm, lmHead } = this.#args.forward;
    const reach = { numKeys: this.#numKeys };
    const list = (ops: readonly Op[]): readonly Dispatch[] =>
      ops.flatMap((op) => op(numNodes, reach));
    // A root alone is where it belongs.
    const commit = numNodes === 1 ? [] : this.#args.commit;
    const parts = {
      verify: list([...layers, norm, lmHead]),
      accept: list([...this.#choosing, ...commit]),
    };
    this.#verifying.set(numNodes, parts);
    return parts;
  }

  #propose(plan: DraftPlan, numCommitted: number): readonly Dispatch[] {
    const lists = this.#proposing.get(plan) ?? new Map();
    this.#proposing.set(plan, lists);
    const launches = lists.get(numCommitted) ??
      plan.propose(numCommitted, { numKeys: this.#numKeys });
    lists.set(numCommitted, launches);
    return launches;
  }
}
