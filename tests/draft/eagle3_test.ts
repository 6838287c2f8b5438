import {
  assertEquals,
  assertGreater,
  assertLess,
  assertRejects,
} from "@std/assert";
import { assertLossless, SAMPLINGS } from "./_lossless.ts";
import { DraftRun } from "./_draft_run.ts";
import { TARGET_IDS, writeRandomDrafter } from "./_random_drafter.ts";
import { readReferenceTensors } from "./_reference_tensors.ts";
import type { DraftTree } from "../../src/decode/draft_tree.ts";
import { draftPass } from "../../src/draft/draft_pass.ts";
import { openDraftCheckpoint } from "../../src/checkpoint/mod.ts";
import { KvCache, ropeFrequencies } from "../../src/model/mod.ts";
import { type Op, packRows, rowTableBytes } from "../../src/ops/mod.ts";
import { readBuffer } from "../../src/gpu/read_buffer.ts";
import { submitPass } from "../../src/gpu/submit_pass.ts";
import { maxDifference } from "../model/_target_run.ts";
import {
  eagle3,
  type Eagle3Config,
  type Eagle3Row,
} from "../reference/eagle3.ts";
import { llama } from "../reference/llama.ts";
import { type Row, rowWords } from "../reference/lib/rows.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const TAPS = [1, 2, 4];

/** The target's last state in place of several layers' inputs. */
const NO_TAPS = {
  eagle_config: { use_aux_hidden_state: false },
  eagle_aux_hidden_state_layer_ids: [],
};

const VARIANTS: readonly {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
}[] = [
  { name: "three taps", config: {} },
  { name: "a normed residual", config: { norm_before_residual: true } },
  { name: "the target's last state", config: NO_TAPS },
  {
    name: "a width and embeddings of its own",
    config: { hidden_size: 32, target_hidden_size: 64 },
  },
];

const TREE = { numNodes: 60, depth: 3, topK: 16 };
const PROMPT = [1, 403, 407, 261, 378, 300, 291, 420, 277, 266, 288, 301];

for (const { name, config } of VARIANTS) {
  Deno.test(`draftPass() of EAGLE-3 with ${name} is the published definition, behind the target and twice behind itself`, async () => {
    await withDrafter(config, async ({ directory, run }) => {
      const reference = await openReference(directory, run);
      const passes = await openPasses(run);
      const compare = async (
        pass: number,
        options: { first: number; count: number; at: number },
      ): Promise<void> => {
        const expected = reference.compute(expectedRows);
        const { states, logits } = await passes.read(pass);
        for (let i = 0; i < options.count; i++) {
          const [state, logit] = [states[options.at + i], logits[i]];
          const y = expected.states[options.first + i] ?? [];
          const scores = expected.logits[options.first + i] ?? [];
          // f32 sums of at most 192 terms against f64, of states below 10 and logits below 1.
          assertLess(maxDifference(state ?? [], y), 1e-4, `state ${i}`);
          assertLess(maxDifference(logit ?? [], scores), 1e-4, `logits ${i}`);
        }
      };
      const length = PROMPT.length - 1;
      const expectedRows: Eagle3Row[] = [];
      const context = (): number[] =>
        Array.from({ length: expectedRows.length }, (_, index) => index);
      reference.continued(PROMPT).slice(0, length).forEach((continues, t) =>
        expectedRows.push({
          token: PROMPT[t + 1] ?? 0,
          position: t,
          continues,
          sees: context(),
        })
      );
      // Behind the target, in two chunks: the second ends with the last row.
      for (const [first, end] of [[0, 7], [7, length]] as const) {
        const table = (ids: readonly number[]): Uint32Array<ArrayBuffer> =>
          packRows(
            ids.map((token, t) => ({ token, position: first + t })),
            ids.length - 1,
          );
        await passes.runTarget(table(PROMPT.slice(first, end)));
        await passes.run(0, table(PROMPT.slice(first + 1, end + 1)));
      }
      await compare(0, { first: length - 1, count: 1, at: length - 7 - 1 });
      // Behind itself: three rows that continue the last one, then four that continue some of these.
      const committed = context();
      const tokens = [TARGET_IDS[3], TARGET_IDS[37], TARGET_IDS[20]];
      const level1: Row[] = tokens.map((token, r) => ({
        token: token ?? 0,
        position: length,
        slot: length + r,
        base: length,
        hiddenRow: length - 7 - 1,
        path: [length + r],
      }));
      for (const { token } of level1) {
        expectedRows.push({
          token,
          position: length,
          continues: length - 1,
          sees: committed,
        });
      }
      await passes.run(1, rowWords({ row: level1, firstLogitRow: 0 }));
      await compare(1, { first: length, count: 3, at: 0 });
      const level2: Row[] = [2, 0, 2, 1].map((parent, r) => ({
        token: TARGET_IDS[10 * r] ?? 0,
        position: length + 1,
        slot: length + 3 + r,
        base: length,
        hiddenRow: parent,
        path: [length + parent, length + 3 + r],
      }));
      for (const { token, hiddenRow = 0 } of level2) {
        expectedRows.push({
          token,
          position: length + 1,
          continues: length + hiddenRow,
          sees: [...committed, length + hiddenRow],
        });
      }
      await passes.run(2, rowWords({ row: level2, firstLogitRow: 0 }));
      await compare(2, { first: length + 3, count: 4, at: 0 });
    });
  });

  Deno.test(`Session.round drafts with EAGLE-3 and ${name} the tokens and scores of its definition`, async () => {
    await withDrafter(config, async ({ directory, run }) => {
      const reference = await openReference(directory, run);
      // Longer than the 64 rows of a pass.
      const prompt = Array.from({ length: 70 }, (_, t) => PROMPT[t % 12] ?? 0);
      run.begin(prompt);
      const ids = [...prompt];
      let numAccepted = 0;
      for (let round = 0; round < 16; round++) {
        const tree = await run.round();
        const [root] = tree.nodes;
        ids.push(root?.token ?? -1);
        assertScores(tree, reference, ids);
        const accepted = tree.nodes.filter(({ isAccepted }) => isAccepted);
        numAccepted += accepted.length;
        ids.push(...accepted.map(({ token }) => token));
      }
      // Rounds that commit several rows gather the states of any nodes.
      assertGreater(numAccepted, 0);
    });
  });
}

for (const { name, config } of VARIANTS) {
  for (const dtype of ["f32", "f16"] as const) {
    Deno.test(`Model.generate() writes the same ids in ${dtype} with a random EAGLE-3 drafter on ${name}`, async () => {
      const draft = await Deno.makeTempDir();
      try {
        await writeRandomDrafter(draft, { kind: "eagle3", config });
        const { numTexts } = await assertLossless({
          dtype,
          draft,
          tree: { numNodes: 33, depth: 4, topK: 8 },
        }, { numPrompts: 2, maxTokens: 60, samplings: SAMPLINGS });
        assertEquals(numTexts, 6);
      } finally {
        await Deno.remove(draft, { recursive: true });
      }
    });
  }
}

/** Passes of a target and its drafter over row tables, and what a drafter's pass computed. */
interface Passes {
  readonly runTarget: (table: Uint32Array<ArrayBuffer>) => Promise<void>;
  readonly run: (
    pass: number,
    table: Uint32Array<ArrayBuffer>,
  ) => Promise<void>;
  readonly read: (
    pass: number,
  ) => Promise<Readonly<Record<"states" | "logits", Float32Array[]>>>;
}

async function openPasses(
  { gpu, target, drafter }: DraftRun,
): Promise<Passes> {
  const { workspace, weights, rope, taps } = drafter;
  const rows = gpu.createBuffer("rows", rowTableBytes(72));
  const sizes = { numSlots: 200, format: "f32" } as const;
  const [cache] = new KvCache(gpu, weights.cacheShape, sizes).layers;
  if (cache === undefined) throw new Error("there is no cache");
  const { layers, norm } = target.forward(
    rows,
    new KvCache(gpu, target.config, sizes),
    taps,
  );
  const passes = await gpu.guard(
    "bind the passes",
    () =>
      [0, 1, 2].map((pass) =>
        draftPass(gpu, weights, {
          workspace,
          absorbed: rows,
          rows,
          cache,
          rope,
          embedTokens: target.embedTokens,
          lmHead: target.lmHead,
          targetHidden: target.workspace.normed,
          contextLength: target.contextLength,
          partials: target.workspace.partials,
          pass,
          numBranches: 1,
        })
      ),
  );
  const submit = async (
    table: Uint32Array<ArrayBuffer>,
    steps: readonly Op[],
  ): Promise<void> => {
    gpu.device.queue.writeBuffer(rows, 0, table);
    const [count = 0] = table;
    await gpu.guard(
      "run a pass",
      () => submitPass(gpu, steps.flatMap((op) => op(count))),
    );
  };
  const readRows = async (
    buffer: GPUBuffer,
    size: number,
  ): Promise<Float32Array[]> => {
    const values = new Float32Array(await readBuffer(gpu, buffer));
    return Array.from(
      { length: Math.floor(values.length / size) },
      (_, row) => values.slice(row * size, (row + 1) * size),
    );
  };
  return {
    runTarget: (table) => submit(table, [...layers, norm]),
    run: async (pass, table) => {
      const steps = passes[pass];
      if (steps === undefined) throw new Error("there is no such pass");
      await submit(table, [...steps.absorb, ...steps.finish, steps.lmHead]);
    },
    read: async (pass) => ({
      states: await readRows(
        workspace.residuals[pass % 2 === 0 ? 0 : 1],
        weights.hiddenSize,
      ),
      logits: await readRows(workspace.logits, TARGET_IDS.length),
    }),
  };
}

/** A drafter's definition, on the text of its target. */
interface Reference {
  /** What each position's row continues, of a text without its last token. */
  readonly continued: (ids: readonly number[]) => number[][];
  readonly compute: (rows: readonly Eagle3Row[]) => ReturnType<typeof eagle3>;
}

async function openReference(
  directory: string,
  { target, drafter }: DraftRun,
): Promise<Reference> {
  const targetTensors = await readReferenceTensors(
    decodeURIComponent(STORIES.pathname),
  );
  const embed = targetTensors.get("model.embed_tokens.weight");
  if (embed === undefined) throw new Error("the target has no embeddings");
  const tensors = await readReferenceTensors(directory);
  if (!tensors.has("embed_tokens.weight")) {
    tensors.set("embed_tokens.weight", embed);
  }
  using checkpoint = await openDraftCheckpoint(directory);
  const config: Eagle3Config = checkpoint.config;
  const frequencies = ropeFrequencies(checkpoint.config);
  return {
    continued: (ids) => {
      const { inputs, hidden } = llama(targetTensors, target.config, {
        ids,
        frequencies: ropeFrequencies(target.config),
      });
      if (drafter.taps === null) return hidden;
      return ids.map((_, t) => TAPS.flatMap((id) => inputs[id]?.[t] ?? []));
    },
    compute: (rows) => eagle3(tensors, config, { rows, frequencies }),
  };
}

/** Throws unless a tree behind a text, its root the last token, has the scores of the definition. */
function assertScores(
  tree: DraftTree,
  reference: Reference,
  ids: readonly number[],
): void {
  const length = ids.length - 1;
  const rows: Eagle3Row[] = reference.continued(ids).slice(0, length)
    .map((continues, t) => ({
      token: ids[t + 1] ?? 0,
      position: t,
      continues,
      sees: Array.from({ length: t }, (_, index) => index),
    }));
  const { nodes } = tree;
  // The root's row is the last committed one; each further node has the row `length - 1 + node`.
  nodes.slice(1).forEach(({ token, parent, depth }) => {
    const path: number[] = [];
    for (let at = parent ?? 0; at > 0; at = nodes[at]?.parent ?? 0) {
      path.push(length - 1 + at);
    }
    rows.push({
      token,
      position: length - 1 + depth,
      continues: length - 1 + (parent ?? 0),
      sees: [...Array.from({ length }, (_, index) => index), ...path],
    });
  });
  const { logits } = reference.compute(rows);
  nodes.forEach(({ token, parent, score }) => {
    if (parent === null) return;
    const row = logits[length - 1 + parent] ?? [];
    const total = row.reduce((sum, logit) => sum + Math.exp(logit), 0);
    const logProb = (row[TARGET_IDS.indexOf(token)] ?? NaN) - Math.log(total);
    const before = nodes[parent]?.parent === null ? 0 : nodes[parent]?.score;
    // Sums of at most four log probabilities, each as close as the logits.
    assertLess(Math.abs(score - (before ?? NaN) - logProb), 1e-4);
  });
}

async function withDrafter(
  config: Readonly<Record<string, unknown>>,
  action: (
    args: { readonly directory: string; readonly run: DraftRun },
  ) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await writeRandomDrafter(directory, { kind: "eagle3", config });
    using run = await DraftRun.open({
      target: STORIES,
      drafter: new URL(`file://${directory}/`),
      tree: TREE,
    });
    await action({ directory, run });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("openDrafter() refuses an EAGLE-3 drafter with fewer tokens than a node may have children", async () => {
  await assertRejects(
    () => withDrafter({ draft_vocab_size: 15 }, () => Promise.resolve()),
    RangeError,
    "as its head must have at least 16 tokens: found 15",
  );
});
