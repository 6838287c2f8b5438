import { assert, assertEquals, assertLess } from "@std/assert";
import { DraftRun, tokenPaths } from "./_draft_run.ts";
import { draftPass } from "../../src/draft/draft_pass.ts";
import { KvCache } from "../../src/model/mod.ts";
import { maxDifference } from "../model/_target_run.ts";
import { packRows, rowTableBytes } from "../../src/ops/mod.ts";
import { readBuffer } from "../../src/gpu/read_buffer.ts";
import { submitPass } from "../../src/gpu/submit_pass.ts";

interface GoldenRound {
  readonly accept_length: number;
  readonly committed: readonly number[];
  readonly next_root: number;
  readonly draft_tokens?: readonly number[];
  readonly retrieve_indices?: readonly (readonly number[])[];
}

interface Golden {
  readonly tree: {
    readonly total_tokens: number;
    readonly depth: number;
    readonly top_k: number;
  };
  readonly cases: readonly {
    readonly prompt: readonly number[];
    readonly plain_greedy: readonly number[];
    readonly rounds: readonly GoldenRound[];
  }[];
}

const MODELS = [
  {
    golden: "upstream_random/golden.json",
    target: new URL("../golden/upstream_random/", import.meta.url),
  },
  {
    golden: "stories260k_jakiro.json",
    target: new URL("../../weights/stories260k/", import.meta.url),
  },
];

for (const { golden, target } of MODELS) {
  Deno.test(`Session.round drafts the trees of ${golden}, accepts as many tokens and writes the greedy ids`, async () => {
    const url = new URL(`../golden/${golden}`, import.meta.url);
    const { tree, cases }: Golden = JSON.parse(await Deno.readTextFile(url));
    using run = await DraftRun.open({
      target,
      drafter: new URL("drafter/", target),
      tree: {
        numNodes: tree.total_tokens,
        depth: tree.depth,
        topK: tree.top_k,
      },
    });
    let numTraced = 0;
    for (const { prompt, plain_greedy, rounds } of cases) {
      run.begin(prompt);
      const ids: number[] = [];
      for (const expected of rounds) {
        const actual = await run.round();
        if (expected.draft_tokens !== undefined) {
          numTraced++;
          assertEquals(
            tokenPaths(actual).sort(),
            upstreamPaths(expected).sort(),
          );
        }
        const accepted = actual.nodes.filter(({ isAccepted }) => isAccepted);
        assertEquals(accepted.length, expected.accept_length);
        const committed = [actual.nodes[0], ...accepted];
        assertEquals(
          committed.map((node) => node?.token ?? -1),
          expected.committed,
        );
        assertEquals(actual.next, expected.next_root);
        ids.push(...expected.committed);
      }
      assertEquals(
        ids.slice(0, plain_greedy.length),
        plain_greedy.slice(0, ids.length),
      );
    }
    assertEquals(numTraced, golden.startsWith("upstream") ? 9 : 8);
  });
}

Deno.test("Session.round drafts the same trees where embeddings lie in slices, and another kernel gathers them", async () => {
  const target = new URL("../../weights/stories260k/", import.meta.url);
  const options = {
    target,
    drafter: new URL("drafter/", target),
    tree: { numNodes: 16, depth: 3, topK: 4 },
  };
  const rounds = async (maxBindingBytes: number): Promise<unknown[]> => {
    using run = await DraftRun.open({ ...options, maxBindingBytes });
    const { embedTokens } = run.target;
    const isSliced = maxBindingBytes < Infinity;
    assertEquals(embedTokens.slices.length, isSliced ? 2 : 1);
    run.begin([1, 403, 407, 261, 378]);
    const trees: unknown[] = [];
    for (let i = 0; i < 8; i++) trees.push(await run.round());
    return trees;
  };
  assertEquals(await rounds(65536), await rounds(Infinity));
});

Deno.test("draftPass() in f32 gives both branches of upstream_random/golden.json", async () => {
  const target = new URL("../golden/upstream_random/", import.meta.url);
  const { cases }: {
    cases: {
      prompt: number[];
      draft_forward: {
        input_ids: number[];
        mixture_branch_last: number[];
        contrastive_branch_last: number[];
      };
    }[];
  } = JSON.parse(await Deno.readTextFile(new URL("golden.json", target)));
  using run = await DraftRun.open({
    target,
    drafter: new URL("drafter/", target),
    tree: { numNodes: 4, depth: 2, topK: 2 },
  });
  const { gpu, drafter } = run;
  const { weights, workspace } = drafter;
  const numSlots = 64;
  using cache = new KvCache(gpu, weights.cacheShape, {
    numSlots,
    format: "f32",
  });
  const rows = gpu.createBuffer("rows", rowTableBytes(numSlots));
  const [layer] = cache.layers;
  assert(layer !== undefined);
  const { absorb, finish } = draftPass(gpu, weights, {
    workspace,
    absorbed: rows,
    rows,
    cache: layer,
    rope: drafter.rope,
    embedTokens: run.target.embedTokens,
    lmHead: run.target.lmHead,
    targetHidden: run.target.workspace.normed,
    pass: 0,
    contextLength: numSlots,
    partials: run.target.workspace.partials,
    numBranches: 2,
  });
  for (const { prompt, draft_forward: expected } of cases) {
    run.begin(prompt);
    const numRows = expected.input_ids.length;
    const table = packRows(
      expected.input_ids.map((token, position) => ({ token, position })),
      0,
    );
    gpu.device.queue.writeBuffer(rows, 0, table);
    submitPass(gpu, [...absorb, ...finish].flatMap((op) => op(numRows)));
    const hidden = new Float32Array(await readBuffer(gpu, workspace.hidden));
    const row = (index: number): Float32Array =>
      hidden.slice(
        index * weights.hiddenSize,
        (index + 1) * weights.hiddenSize,
      );
    const branches = [
      [row(numRows - 1), expected.mixture_branch_last],
      [row(2 * numRows - 1), expected.contrastive_branch_last],
    ] as const;
    // f32 against f32 in another order of summation: golden vectors are held to 1e-4.
    for (const [actual, values] of branches) {
      assertLess(maxDifference(actual, values), 1e-4);
    }
  }
});

/** Each node's path of tokens, from the rows of leaf paths. */
function upstreamPaths(round: GoldenRound): string[] {
  const paths = new Map<number, string>();
  for (const row of round.retrieve_indices ?? []) {
    let path = "";
    for (const node of row) {
      if (node < 0) break;
      const token = round.draft_tokens?.[node];
      path = path === "" ? `${token}` : `${path},${token}`;
      paths.set(node, path);
    }
  }
  return [...paths.values()];
}
