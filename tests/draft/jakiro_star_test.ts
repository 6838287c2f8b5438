import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { assertLossless, SAMPLINGS } from "./_lossless.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { jakiroStar, type StarInput, times } from "../reference/jakiro_star.ts";
import { KvCache, ropeFrequencies, Target } from "../../src/model/mod.ts";
import { maxDifference } from "../model/_target_run.ts";
import { openCheckpoint } from "../../src/checkpoint/mod.ts";
import { openDrafter } from "../../src/draft/mod.ts";
import { draftPass } from "../../src/draft/draft_pass.ts";
import { DraftRun } from "./_draft_run.ts";
import { packRows } from "../../src/ops/mod.ts";
import { Random } from "../ops/_random.ts";
import { readBuffer } from "../../src/gpu/read_buffer.ts";
import { readPlainly } from "../checkpoint/oracle.ts";
import type { ReferenceTensor } from "../reference/llama.ts";
import { submitPass } from "../../src/gpu/submit_pass.ts";
import { writeRandomDrafter } from "./_random_drafter.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const EMBEDDINGS = "model.embed_tokens.weight";

const CONFIG = {
  numHeads: 8,
  numKvHeads: 4,
  headDim: 8,
  rmsNormEps: 1e-5,
  frequencies: ropeFrequencies({
    headDim: 8,
    ropeTheta: 10000,
    ropeScaling: null,
  }),
};

/** Runs a test with a random Jakiro* drafter for stories260k. */
async function withDrafter(
  action: (drafter: URL) => Promise<void>,
  value?: number,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    const kind = "jakiro_star";
    await writeRandomDrafter(
      directory,
      value === undefined ? { kind } : { kind, value },
    );
    await action(new URL(`file://${directory}/`));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Reads the F32 tensors of a model and of its drafter. */
async function readTensors(
  drafter: URL,
): Promise<ReadonlyMap<string, ReferenceTensor>> {
  const tensors = new Map<string, ReferenceTensor>();
  for (const folder of [STORIES, drafter]) {
    const bytes = await Deno.readFile(new URL("model.safetensors", folder));
    for (const [name, { shape, start, end }] of readPlainly(bytes) ?? []) {
      const values = new Float32Array(bytes.slice(start, end).buffer);
      tensors.set(name, { shape, values });
    }
  }
  return tensors;
}

function embedding(
  tensors: ReadonlyMap<string, ReferenceTensor>,
  token: number,
): number[] {
  const { values } = tensors.get(EMBEDDINGS) ?? { values: [] };
  return Array.from(values).slice(64 * token, 64 * (token + 1));
}

Deno.test("draftPass() computes both hidden states of a Jakiro* drafter", async () => {
  await withDrafter(async (directory) => {
    const tensors = await readTensors(directory);
    using checkpoint = await openCheckpoint(STORIES);
    using gpu = await Gpu.open();
    const target = await Target.load(gpu, checkpoint, {
      elem: "f32",
      contextLength: 64,
      maxRows: 64,
      maxLogitRows: 64,
      onProgress: () => {},
    });
    const { weights, workspace, rope } = await openDrafter(
      gpu,
      target,
      { directory },
    );
    const random = new Random(1);
    for (const T of [1, 5, 33]) {
      const tokens = Array.from({ length: T }, () => random.below(512));
      const hidden = random.uniform("f32", 64 * T, 2);
      const table = packRows(
        tokens.map((token, position) => ({ token, position })),
        T - 1,
      );
      const rows = gpu.createBuffer("rows", 64 * 64);
      const hiddenBuffer = gpu.createBuffer("hidden", hidden.byteLength);
      gpu.device.queue.writeBuffer(rows, 0, table);
      gpu.device.queue.writeBuffer(hiddenBuffer, 0, hidden);
      using caches = new KvCache(gpu, weights.cacheShape, {
        numSlots: 64,
        format: "f32",
      });
      const [cache] = caches.layers;
      assert(cache !== undefined);
      const pass = draftPass(gpu, weights, {
        workspace,
        absorbed: rows,
        rows,
        cache,
        rope,
        embedTokens: target.embedTokens,
        lmHead: target.lmHead,
        targetHidden: hiddenBuffer,
        pass: 0,
        contextLength: 64,
        partials: target.workspace.partials,
        numBranches: 2,
      });
      submitPass(gpu, [
        ...[...pass.absorb, ...pass.finish].flatMap((op) => op(T)),
        ...pass.lmHead(1),
      ]);
      const expected = jakiroStar(
        tensors,
        CONFIG,
        tokens.map((token, t) => ({
          embedding: embedding(tensors, token),
          hidden: [...hidden.slice(64 * t, 64 * (t + 1))],
        })),
      );
      const states = new Float32Array(await readBuffer(gpu, workspace.hidden));
      const logits = new Float32Array(await readBuffer(gpu, workspace.logits));
      for (const [branch, name] of (["top", "other"] as const).entries()) {
        const first = 64 * (branch * T + T - 1);
        const state = expected[name];
        // f32 sums of at most 128 terms against f64.
        assertLess(
          maxDifference(states.slice(first, first + 64), state),
          1e-4,
        );
        assertLess(
          maxDifference(
            logits.slice(512 * branch, 512 * (branch + 1)),
            times(tensors, EMBEDDINGS, state),
          ),
          1e-3,
        );
      }
      assertGreater(maxDifference(expected.top, expected.other), 0.01);
    }
  });
});

Deno.test("Session.round drafts the tree that both experts' distributions make", async () => {
  await withDrafter(async (drafter) => {
    const tensors = await readTensors(drafter);
    const tree = { numNodes: 40, depth: 3, topK: 4 };
    using run = await DraftRun.open({ target: STORIES, drafter, tree });
    const prompt = [1, 403, 407, 261, 378];
    run.begin(prompt);
    const { normed } = run.target.workspace;
    const hidden = new Float32Array(await readBuffer(run.gpu, normed));
    const { nodes } = await run.round();
    assertEquals(nodes.length, tree.numNodes);
    const following = [...prompt.slice(1), nodes[0]?.token ?? NaN];
    const committed = following.map((token, t): StarInput => ({
      embedding: embedding(tensors, token),
      hidden: [...hidden.slice(64 * t, 64 * (t + 1))],
    }));
    // By node: the drafter's sequence up to it, and what it proposes behind.
    const sequences: (readonly StarInput[])[] = [];
    let numDecided = 0;
    const outputs: ReturnType<typeof jakiroStar>[] = [];
    nodes.forEach(({ token, parent, depth, score, branch }, index) => {
      const before = parent === null ? committed : [
        ...sequences[parent] ?? [],
        {
          embedding: embedding(tensors, token),
          hidden: outputs[parent]?.top ?? [],
        },
      ];
      sequences.push(before);
      outputs.push(jakiroStar(tensors, CONFIG, before));
      if (parent === null) return;
      const state = outputs[parent];
      assert(state !== undefined);
      const top = logSoftmax(times(tensors, EMBEDDINGS, state.top))[token] ??
        NaN;
      const other =
        logSoftmax(times(tensors, EMBEDDINGS, state.other))[token] ?? NaN;
      const above = nodes[parent]?.score ?? NaN;
      // The states of random weights grow tenfold in two levels: a millionth of one is 3e-3 of a score there.
      const tolerance = depth < 3 ? 1e-3 : 0.05;
      const expected = above + Math.max(top, other);
      assertLess(Math.abs(expected - score), tolerance, `node ${index}`);
      // Closer than that, either expert may count.
      if (Math.abs(top - other) < 2 * tolerance) return;
      numDecided++;
      assertEquals(branch, top > other ? "top" : "other", `node ${index}`);
    });
    assertGreater(numDecided, 20);
    const firstLevel = bestTokens(tensors, outputs[0]);
    assertEquals(
      nodes.filter(({ depth }) => depth === 1).map(({ token }) => token),
      firstLevel.slice(0, tree.topK),
    );
    const branches = new Set(nodes.map(({ branch }) => branch));
    assertEquals(branches, new Set([null, "top", "other"]));
    // No token follows a node twice.
    const children = nodes.map(({ parent, token }) => `${parent} ${token}`);
    assertEquals(new Set(children).size, nodes.length);
  });
});

/** Tokens by the better of their log probabilities. */
function bestTokens(
  tensors: ReadonlyMap<string, ReferenceTensor>,
  state: ReturnType<typeof jakiroStar> | undefined,
): number[] {
  const [top = [], other = []] = [state?.top ?? [], state?.other ?? []]
    .map((hidden) => logSoftmax(times(tensors, EMBEDDINGS, hidden)));
  const best = top.map((score, token) => Math.max(score, other[token] ?? NaN));
  return [...best.keys()].sort((a, b) => (best[b] ?? NaN) - (best[a] ?? NaN));
}

function logSoftmax(logits: readonly number[]): number[] {
  const highest = Math.max(...logits);
  const sum = logits.reduce((total, x) => total + Math.exp(x - highest), 0);
  return logits.map((x) => x - highest - Math.log(sum));
}

for (const dtype of ["f32", "f16"] as const) {
  Deno.test(`Model.generate() writes the same ids in ${dtype} with Jakiro* chains of two nodes`, async () => {
    await withDrafter(async (draft) => {
      const tree = { numNodes: 2, depth: 2, topK: 1 };
      await assertLossless({ dtype, draft, tree }, {
        numPrompts: 1,
        maxTokens: 40,
        samplings: SAMPLINGS,
      });
    });
  });
}
