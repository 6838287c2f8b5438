import { assertEquals } from "@std/assert";
import { DraftRun, tokenPaths } from "./_draft_run.ts";

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
