import type { Checkpoint } from "../checkpoint/mod.ts";
import type { Drafting } from "./drafting.ts";
import { FixedPolicy } from "./fixed_policy.ts";
import type { Gear, GearPolicy } from "./gears.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { measureGears } from "./measure_gears.ts";
import { openPolicyFile } from "./policy_file.ts";
import {
  loadDraftHead,
  openDrafter,
  resolveTreeOptions,
  treeLadder,
  type TreeOptions,
} from "../draft/mod.ts";
import type { Session } from "./session.ts";
import type { Target } from "../model/mod.ts";
import { TreePolicy } from "./tree_policy.ts";

/**
 * Loads a drafter, with the shapes of trees that are wanted of it.
 *
 * @param gpu Device.
 * @param target The model it drafts for.
 * @param args Its directory, or `none`; one shape, or `auto` for those from which the fastest is taken; what it proposes
 *   from.
 * @returns The drafter and its trees, or null.
 * @throws As `openDrafter` and `resolveTreeOptions` do.
 */
export async function openDrafting(
  gpu: Gpu,
  target: Target,
  args: {
    readonly draft: string | URL;
    readonly tree: "auto" | TreeOptions;
    /** Tokens that it proposes from; undefined for all. */
    readonly draftVocab: number | undefined;
    /** Where the model's weights are. */
    readonly checkpoint: Checkpoint;
  },
): Promise<Drafting | null> {
  const { draft, tree, draftVocab, checkpoint } = args;
  const facts = {
    vocabSize: target.config.vocabSize,
    isSoftware: gpu.adapter.isSoftware,
  };
  const [first, ...others] = tree === "auto"
    ? treeLadder(facts)
    : [resolveTreeOptions(tree, facts)];
  if (String(draft) === "none" || first === undefined) return null;
  const head = draftVocab === undefined
    ? null
    : await loadDraftHead(gpu, target, { checkpoint, numTokens: draftVocab });
  const drafter = await openDrafter(gpu, target, { directory: draft, head });
  return { drafter, tree: first, others };
}

/**
 * What a choice of trees begins with: there is none, what was measured just now, or what an earlier process kept.
 */
export type PolicyOrigin = "fixed" | "measured" | "kept";

/**
 * Makes what chooses the shape of trees, and compiles what it is about to choose. Where there are several, what each costs
 * is measured, or known from before.
 *
 * @param gpu Device.
 * @param session An idle session with all of them.
 * @param args The model, and who drafts.
 * @returns What chooses, and what it begins with.
 * @throws {GpuError} If the device fails.
 */
export async function createPolicy(
  gpu: Gpu,
  session: Session,
  args: {
    readonly checkpoint: Checkpoint;
    readonly target: Target;
    readonly drafting: Drafting | null;
    /** The drafter's directory: what it accepts is learnt of it alone. */
    readonly draft: string | URL;
    /** Compiles what plain decoding needs, or all. */
    readonly compile: (needs: "plain" | "all") => Promise<void>;
  },
): Promise<{ readonly policy: GearPolicy; readonly origin: PolicyOrigin }> {
  const { checkpoint, target, drafting } = args;
  const { others = [] } = drafting ?? {};
  if (drafting === null || others.length === 0) {
    await args.compile("all");
    return fix(drafting === null ? 0 : 1);
  }
  const { drafter, tree } = drafting;
  const trees = [tree, ...others];
  const plain: Gear = { numNodes: 1, numLevels: 0 };
  const gears = [
    plain,
    ...trees.map(({ numNodes, depth }) => ({ numNodes, numLevels: depth + 1 })),
  ];
  const file = await openPolicyFile({
    deno: Deno.version.deno,
    device: [gpu.adapter.name, gpu.adapter.isInline],
    target: checkpoint.config,
    elem: target.elem,
    cache: target.cacheFormat,
    format: [target.quantization, target.lmHead.slices.map((s) => s.format)],
    drafter: [
      String(args.draft),
      drafter.kind,
      drafter.weights.down.numCols,
      drafter.head.lmHead.numRows,
    ],
    trees,
  });
  const numGears = gears.length;
  const known = await file.read(numGears);
  const { contextLength } = target;
  await args.compile(known?.isPlain ? "plain" : "all");
  const costs = known?.costs ??
    await measureGears(gpu, session, { numGears, contextLength });
  if (costs === null) return fix(1);
  const policy = new TreePolicy(gears, known ?? { costs }, file.write);
  if (known === null) policy.keep();
  return { policy, origin: known === null ? "measured" : "kept" };
}

function fix(gear: number): { policy: GearPolicy; origin: PolicyOrigin } {
  return { policy: new FixedPolicy(gear), origin: "fixed" };
}
