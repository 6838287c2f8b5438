import { assert, assertEquals } from "@std/assert";
import {
  draftExpand,
  draftTree,
  MAX_NODES,
  NODE_BYTES,
  poolBytes,
} from "../../src/ops/mod.ts";
import { staticTreeBits } from "../../src/draft/mod.ts";
import { draftExpand as expandTwin } from "../reference/draft_expand.ts";
import { draftTree as twin } from "../reference/draft_tree.ts";
import { at } from "../reference/lib/at.ts";
import { HISTORY_WORDS } from "../reference/lib/history.ts";
import { readRows, rowWords } from "../reference/lib/rows.ts";
import { STATE, STOP } from "../reference/lib/state.ts";
import { candidateWords, NO_PARENT, readNodes } from "../reference/lib/tree.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
import {
  type Drafted,
  type Levels,
  plainTree,
  randomLevels,
  SCORES,
  type TreeShape,
} from "./_plain_tree.ts";
import { Random } from "./_random.ts";
import { sequence } from "./_rows.ts";

const harness = await openHarness();
const ROOT = 4321;

interface Words {
  readonly state: Uint32Array<ArrayBuffer>;
  readonly history: Uint32Array<ArrayBuffer>;
  readonly draftRows: Uint32Array<ArrayBuffer>;
  readonly pool: Uint32Array<ArrayBuffer>;
  readonly rows: Uint32Array<ArrayBuffer>;
  readonly nodes: Uint32Array<ArrayBuffer>;
}

/** The bindings before a tree is drafted behind some positions. */
function emptyWords(shape: TreeShape, length: number, stop = 0): Words {
  const { fanout, depth } = shape;
  const state = new Uint32Array(8);
  state[STATE.length] = length;
  state[STATE.stop] = stop;
  const history = new Uint32Array((length + 20) * HISTORY_WORDS).fill(99);
  history[length * HISTORY_WORDS] = ROOT;
  const root = [{ token: ROOT, position: length }];
  return {
    state,
    history,
    draftRows: rowWords({ row: sequence(2, length - 2), firstLogitRow: 1 }, 16),
    pool: new Uint32Array(poolBytes(fanout, depth) / 4),
    rows: rowWords({ row: root, firstLogitRow: 0 }, MAX_NODES),
    nodes: new Uint32Array(MAX_NODES * NODE_BYTES / 4),
  };
}

/** Drafts on the device, in one pass, and by the twins; gives the device's buffers and the twins'. */
async function draft(
  levels: Levels,
  options: {
    /** With the bits of the entries that are kept where the tree is static. */
    readonly shape: TreeShape & { readonly bits?: Uint32Array };
    readonly words: () => Words;
  },
): Promise<{ readonly actual: Words; readonly expected: Words }> {
  const { shape, words } = options;
  const { fanout, depth, numNodes, fromContrast, bits = [] } = shape;
  const isStatic = shape.bits !== undefined;
  const [actual, expected] = [words(), words()];
  const buffers = {
    state: harness.upload(actual.state),
    history: harness.upload(actual.history),
    draftRows: harness.upload(actual.draftRows),
    pool: harness.upload(actual.pool),
    rows: harness.upload(actual.rows),
    nodes: harness.upload(actual.nodes),
  };
  const steps = levels.map((rows, level) => {
    const isLast = level === depth;
    const room = fanout * fanout * (isLast && fromContrast ? 2 : 1);
    const padded = candidateWords(rows.flat());
    const candidates = harness.empty(room * 8);
    harness.write(candidates, padded);
    const param = Uint32Array.of(isLast ? numNodes : level, ...bits);
    const params = harness.uniform(param);
    const shared = { ...buffers, candidates, params, fanout, isStatic };
    const twins = { params: param, candidates: padded };
    if (isLast) {
      twin({ ...expected, ...twins }, {
        FANOUT: fanout,
        DEPTH: depth,
        FROM_CONTRAST: Number(fromContrast),
        STATIC: Number(isStatic),
      });
      return draftTree(harness.gpu, { ...shared, depth, fromContrast });
    }
    expandTwin(
      { ...expected, ...twins, rows: expected.draftRows },
      { FANOUT: fanout, STATIC: Number(isStatic) },
    );
    return draftExpand(harness.gpu, { ...shared, rows: buffers.draftRows });
  });
  await harness.run(() => steps.flatMap((op) => op(fanout)));
  const names = Object.keys(buffers) as (keyof Words)[];
  await harness.readAll(names.map((name) => [buffers[name], actual[name]]));
  for (const buffer of Object.values(buffers)) {
    harness.gpu.destroyBuffer(buffer);
  }
  return { actual, expected };
}

/** Throws unless nodes and rows are those of a tree. */
function assertTree(
  { nodes, rows }: Words,
  drafted: readonly Drafted[],
  options: { readonly length: number; readonly label: string },
): void {
  const { length, label } = options;
  const { row, firstLogitRow } = readRows(rows);
  const node = readNodes(nodes).slice(0, row.length);
  assertEquals([row.length, firstLogitRow], [drafted.length + 1, 0], label);
  assertEquals([row[0]?.token, node[0]?.parent], [ROOT, NO_PARENT], label);
  drafted.forEach((should, index) => {
    const self = index + 1;
    const parent = should.parent === null ? -1 : drafted.indexOf(should.parent);
    assert(parent >= 0 || should.parent === null, `${label}: no parent kept`);
    assert(parent < index, `${label}: a parent behind its child`);
    const is = row[self];
    const above = row[parent + 1];
    assert(is !== undefined && above !== undefined);
    assertEquals(
      [is.token, node[self]?.parent, node[self]?.score],
      [should.token, parent + 1, should.score],
      `${label}: node ${self}`,
    );
    assertEquals(
      [is.position, is.slot, is.base, is.hiddenRow],
      [length + should.depth, length + self, length, self],
      `${label}: node ${self}`,
    );
    assertEquals(
      is.path.slice(0, should.depth + 1),
      [...above.path.slice(0, should.depth), is.slot],
      `${label}: path of node ${self}`,
    );
  });
}

const SHAPES = {
  contrastive: [[1, 2], [2, 7], [8, 5], [10, 9], [16, 4], [16, 9]],
  mixture: [[1, 9], [2, 2], [8, 2], [10, 3]],
} as const;

for (const [branch, shapes] of Object.entries(SHAPES)) {
  testBothCuts(
    harness,
    `draftTree() keeps what sorting keeps, the last level from the ${branch} branch`,
    async () => {
      const fromContrast = branch === "contrastive";
      const random = new Random(fromContrast ? 1 : 2);
      for (const [fanout, depth] of shapes) {
        const numbers = [1, 2, 8, 16, 33, 60, 64];
        for (const [index, [name, score]] of Object.entries(SCORES).entries()) {
          const numNodes = at(numbers, (index + fanout + depth) % 7);
          const shape = { fanout, depth, numNodes, fromContrast };
          const levels = randomLevels(random, shape, score);
          const length = 2 + random.below(500);
          const { actual, expected } = await draft(levels, {
            shape,
            words: () => emptyWords(shape, length),
          });
          const label = `${JSON.stringify(shape)}, ${name}`;
          const drafted = plainTree(levels, shape);
          assertTree(actual, drafted, { length, label });
          for (const name of ["pool", "rows", "nodes", "draftRows"] as const) {
            assertEquals(actual[name], expected[name], `${name}: ${label}`);
          }
        }
      }
    },
  );
}

Deno.test("draftTree() keeps every number of nodes, all of the pool where it is smaller", async () => {
  const random = new Random(3);
  for (const numNodes of [1, 2, 8, 16, 33, 60, 64]) {
    for (const [fanout, fromContrast] of [[2, false], [8, true]] as const) {
      const shape = { fanout, depth: 2, numNodes, fromContrast };
      const levels = randomLevels(random, shape, SCORES["tied"] ?? (() => 0));
      const { actual } = await draft(levels, {
        shape,
        words: () => emptyWords(shape, 30),
      });
      const label = JSON.stringify(shape);
      assertTree(actual, plainTree(levels, shape), { length: 30, label });
    }
  }
});

Deno.test("draftTree() leaves the target's rows as they are when the generation has ended", async () => {
  const shape = { fanout: 4, depth: 2, numNodes: 8, fromContrast: true };
  const levels = randomLevels(new Random(4), shape, () => -1);
  const ended = emptyWords(shape, 30, STOP.end);
  const empty = emptyWords(shape, 30);
  empty.rows[0] = 0;
  for (const words of [ended, empty]) {
    const { actual } = await draft(levels, {
      shape,
      words: () => structuredClone(words),
    });
    assertEquals([actual.rows, actual.nodes], [words.rows, words.nodes]);
  }
});

testBothCuts(
  harness,
  "draftTree() keeps the entries that it is told to, in a static tree",
  async () => {
    const [fanout, depth, length] = [4, 5, 30];
    const shape = { fanout, depth, numNodes: 27, fromContrast: false };
    const random = new Random(9);
    const levels = randomLevels(random, shape, (random) => -random.next());
    const { actual, expected } = await draft(levels, {
      shape: { ...shape, bits: staticTreeBits() },
      words: () => emptyWords(shape, length),
    });
    assertEquals(actual.nodes, expected.nodes);
    assertEquals(actual.rows, expected.rows);
    assertEquals(actual.pool, expected.pool);
    assertEquals(readRows(actual.rows).row.length, 27);
  },
);
