import {
  assert,
  assertEquals,
  assertGreater,
  assertLessOrEqual,
  assertRejects,
} from "@std/assert";
import { loadModel } from "../../mod.ts";
import { matmulTuning } from "../../src/ops/mod.ts";
import { DraftRun } from "../draft/_draft_run.ts";
import type {
  FoundVariants,
  TuningFile,
} from "../../src/decode/tuning_file.ts";
import {
  groupProducts,
  type ProductGroup,
} from "../../src/decode/product_group.ts";
import { Session } from "../../src/decode/session.ts";
import { tuneProducts } from "../../src/decode/tune_products.ts";
import { warmUp } from "../../src/decode/warm_up.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const PROMPT = [1, 403, 407, 261, 378, 403, 407, 261, 378];
const NUM_ROUNDS = 4;

/** A file in memory. */
class FakeFile implements TuningFile {
  found: FoundVariants;
  numWritten = 0;

  constructor(found: FoundVariants = new Map()) {
    this.found = found;
  }

  read(): Promise<FoundVariants> {
    return Promise.resolve(this.found);
  }

  write(found: FoundVariants): void {
    this.found = found;
    this.numWritten++;
  }
}

/** Opens a run whose session cuts its work as for the device that there is, or as for a GPU. */
async function openRun(isAsForGpu = false): Promise<DraftRun> {
  const tree = { numNodes: 8, depth: 3, topK: 4 };
  const run = await DraftRun.open({
    target: STORIES,
    drafter: new URL("drafter/", STORIES),
    tree,
  });
  if (!isAsForGpu) return run;
  const { gpu, target, drafter } = run;
  Object.assign(gpu, { adapter: { ...gpu.adapter, isSoftware: false } });
  const session = new Session(gpu, target, { drafter, tree });
  return Object.assign(run, { session });
}

/** Tunes a new run; gives what its rounds compute, bit for bit, and how many kernels were compiled up to them. */
async function runTuned(
  args: {
    readonly budgetMs: number;
    readonly file: TuningFile;
    readonly isAsForGpu?: boolean;
  },
): Promise<{
  readonly rounds: string;
  readonly numTuned: number;
  readonly numKernels: number;
}> {
  using run = await openRun(args.isAsForGpu);
  const { gpu, session } = run;
  const compile = () => warmUp(gpu, session, { onProgress: () => {} });
  await tuneProducts(gpu, { ...args, compile });
  const numKernels = gpu.kernels.size;
  run.begin(PROMPT);
  const rounds: unknown[] = [];
  for (let round = 0; round < NUM_ROUNDS; round++) {
    const { tree, logits } = await run.roundWithLogits();
    rounds.push(tree, logits.map((bits) => bits.join()));
  }
  assertEquals(gpu.kernels.size, numKernels, "compiled behind the load");
  return {
    rounds: JSON.stringify(rounds),
    numTuned: matmulTuning(gpu).tuned.length,
    numKernels,
  };
}

async function listGroups(
  isAsForGpu?: boolean,
): Promise<readonly ProductGroup[]> {
  using run = await openRun(isAsForGpu);
  const { gpu, session } = run;
  const asked = await matmulTuning(gpu)
    .listUnknown(() => warmUp(gpu, session, { onProgress: () => {} }));
  return groupProducts(gpu, asked);
}

for (const isAsForGpu of [false, true]) {
  const name = isAsForGpu ? ", cut as for a GPU" : "";
  Deno.test(`tuneProducts() finds cuts that change no bit, and a second time looks for none${name}`, async () => {
    const byRule = await runTuned({
      budgetMs: 0,
      file: new FakeFile(),
      isAsForGpu,
    });
    assertEquals(byRule.numTuned, 0);
    const file = new FakeFile();
    const budgetMs = 3000;
    const first = await runTuned({ budgetMs, file, isAsForGpu });
    assertEquals([first.rounds, file.numWritten], [byRule.rounds, 1]);
    const groups = await listGroups(isAsForGpu);
    const keys = groups.map(({ key }) => key);
    assertEquals([...file.found.keys()].sort(), keys.sort());
    const found = groups.filter(({ key }) => file.found.get(key) !== budgetMs);
    assertGreater(found.length, 0);
    for (const { key, variants } of found) {
      const text = JSON.stringify(file.found.get(key));
      assert(variants.some((each) => JSON.stringify(each) === text), key);
    }
    const second = await runTuned({ budgetMs, file, isAsForGpu });
    assertEquals([second.rounds, file.numWritten], [byRule.rounds, 1]);
    // Nothing is compiled to be compared.
    assertLessOrEqual(second.numKernels, byRule.numKernels + second.numTuned);
  });

  Deno.test(`tuneProducts() cuts every product as was kept, and changes no bit${name}`, async () => {
    const rule = new FakeFile();
    const byRule = await runTuned({ budgetMs: 0, file: rule, isAsForGpu });
    const groups = await listGroups(isAsForGpu);
    const others = groups.filter(({ variants }) => variants.length > 1);
    assertGreater(others.length, groups.length / 2);
    const kept = groups.map(({ key, variants }) =>
      [key, variants.length > 1 ? variants.at(-1) ?? 5 : 5] as const
    );
    const file = new FakeFile(new Map(kept));
    const tuned = await runTuned({ budgetMs: 5, file, isAsForGpu });
    assertEquals(tuned.rounds, byRule.rounds);
    assertEquals([tuned.numTuned, file.numWritten], [others.length, 0]);
  });
}

Deno.test("tuneProducts() looks again where it has more time, or what was kept is no cut of the product", async () => {
  const groups = await listGroups();
  const keys = groups.map(({ key }) => key);
  const late = new FakeFile(new Map(keys.map((key) => [key, 2])));
  await runTuned({ budgetMs: 2, file: late });
  assertEquals(late.numWritten, 0);
  await runTuned({ budgetMs: 3, file: late });
  assertEquals(late.found, new Map(keys.map((key) => [key, 3])));
  const wrong = { TILE: 3, SPAN: 7, GROUPS: 5 };
  const broken = new FakeFile(new Map(keys.map((key) => [key, wrong])));
  await runTuned({ budgetMs: 3, file: broken });
  assertEquals(broken.found, late.found);
});

Deno.test("loadModel() refuses to look for cuts in what is no time", async () => {
  for (const tuneMs of [-1, NaN, Infinity]) {
    await assertRejects(
      () => loadModel(STORIES, { tuneMs }),
      RangeError,
      `Cannot load the model as "tuneMs" must be a number of at least 0: ${tuneMs}`,
    );
  }
});
