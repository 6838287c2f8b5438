import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import type { Learnt } from "../../src/decode/learnt.ts";
import { TreePolicy } from "../../src/decode/tree_policy.ts";
import { Random } from "../ops/_random.ts";

const GEARS = [
  { numNodes: 1, numLevels: 0 },
  { numNodes: 8, numLevels: 4 },
  { numNodes: 3, numLevels: 3 },
  { numNodes: 16, numLevels: 4 },
  { numNodes: 60, numLevels: 6 },
] as const;
/** Milliseconds of a round, as measured on llvmpipe and on a GPU. */
const COSTS = {
  software: [1, 2.4, 1.8, 3.5, 9],
  hardware: [1, 1.9, 1.7, 2.2, 3.4],
} as const;

/** A world in which level by level a drafted token is right with a chance, at a rank that is drawn. */
class World {
  time = 0;
  numTokens = 0;
  readonly numRounds: number[] = GEARS.map(() => 0);
  readonly kept: Learnt[] = [];
  #policy: TreePolicy;
  readonly #costs: readonly number[];
  readonly #random = new Random(7);

  constructor(costs: readonly number[], known: readonly number[] = costs) {
    this.#costs = costs;
    this.#policy = this.#open({ costs: known });
  }

  #open(known: ConstructorParameters<typeof TreePolicy>[1]): TreePolicy {
    return new TreePolicy(GEARS, known, (learnt) => {
      this.kept.push(structuredClone(learnt));
    });
  }

  /** Goes on as another process that knows what this one has kept. */
  restart(): void {
    this.#policy.keep();
    const known = this.kept.at(-1);
    assert(known !== undefined);
    this.#policy = this.#open(known);
  }

  /** Writes texts; accepted is what of the largest tree would be. */
  write(
    numTexts: number,
    options: { readonly chance: number; readonly maxTokens: number },
  ): void {
    for (let text = 0; text < numTexts; text++) this.#write(options);
  }

  #write(
    { chance, maxTokens }: {
      readonly chance: number;
      readonly maxTokens: number;
    },
  ): void {
    const run = this.#policy.start();
    for (let length = 0; length < maxTokens;) {
      const { gear, roundMs, isTrial } = run.next();
      assert(roundMs !== null);
      const count = Math.max(1, Math.round((isTrial ? 10 : 16) / roundMs));
      const { numNodes, numLevels } = GEARS[gear] ?? GEARS[0];
      const ranks = Array.from({ length: count }, () => {
        const path: number[] = [];
        let rank = 0;
        while (
          path.length < numLevels && this.#random.below(1e6) < chance * 1e6
        ) {
          rank += 1 + this.#random.below(3);
          if (rank >= numNodes) break;
          path.push(rank);
        }
        return path;
      });
      run.observe(gear, ranks);
      run.observeCost(gear, this.#costs[gear] ?? NaN);
      this.time += count * (this.#costs[gear] ?? NaN);
      const numTokens = ranks.reduce((sum, { length }) => sum + length + 1, 0);
      this.numTokens += numTokens;
      length += numTokens;
      this.numRounds[gear] = (this.numRounds[gear] ?? 0) + count;
    }
  }

  /** The gear with the most rounds. */
  get usual(): number {
    return this.numRounds.indexOf(Math.max(...this.numRounds));
  }
}

/** Tokens a millisecond of a gear alone. */
function speed(costs: readonly number[], gear: number, chance: number): number {
  const random = new Random(9);
  const { numNodes, numLevels } = GEARS[gear] ?? GEARS[0];
  let total = 0;
  for (let round = 0; round < 20000; round++) {
    total++;
    let [level, rank] = [0, 0];
    while (level < numLevels && random.below(1e6) < chance * 1e6) {
      rank += 1 + random.below(3);
      if (rank >= numNodes) break;
      total++;
      level++;
    }
  }
  return total / 20000 / (costs[gear] ?? NaN);
}

for (const [name, costs] of Object.entries(COSTS)) {
  for (const chance of [0, 0.3, 0.5, 0.7, 0.9]) {
    Deno.test(`TreePolicy comes close to the fastest gear on ${name} where ${chance} of the drafted is right`, () => {
      const world = new World(costs);
      world.write(60, { chance, maxTokens: 120 });
      const best = Math.max(
        ...GEARS.keys().map((gear) => speed(costs, gear, chance)),
      );
      assertGreater(world.numTokens / world.time, 0.93 * best);
      assertGreater(world.numTokens / world.time, 0.97 * speed(costs, 0, 0));
    });
  }
}

Deno.test("TreePolicy decodes plainly with a useless drafter, and seldom tries again", () => {
  const world = new World(COSTS.software);
  world.write(40, { chance: 0, maxTokens: 500 });
  const [plain = 0, ...drafted] = world.numRounds;
  assertLess(drafted.reduce((sum, count) => sum + count), 60);
  assertGreater(plain, 19000);
});

Deno.test("TreePolicy tries a useless drafter but once, though each text is another process", () => {
  const world = new World(COSTS.software);
  for (let text = 0; text < 8; text++) {
    world.write(1, { chance: 0, maxTokens: 120 });
    world.restart();
  }
  const [plain = 0, ...drafted] = world.numRounds;
  assertLess(drafted.reduce((sum, count) => sum + count), 12);
  assertGreater(plain, 940);
  // Not for ever.
  for (let text = 0; text < 20; text++) {
    world.write(1, { chance: 0.9, maxTokens: 120 });
    world.restart();
  }
  world.numRounds.fill(0);
  world.write(1, { chance: 0.9, maxTokens: 120 });
  assertGreater(world.usual, 0);
});

Deno.test("TreePolicy keeps what it learns seldom", () => {
  const world = new World(COSTS.hardware);
  world.restart();
  assertEquals(world.kept.length, 1, "what rounds cost was measured");
  world.restart();
  assertEquals(world.kept.length, 1);
  world.write(1, { chance: 0.5, maxTokens: 120 });
  world.restart();
  world.restart();
  assertEquals(world.kept.length, 2);
});

Deno.test("TreePolicy keeps that it tries trees again, however soon the text ends", () => {
  const kept: Learnt[] = [];
  const policy = new TreePolicy(GEARS, {
    costs: COSTS.software,
    sums: GEARS.map(() => ({ weight: 16, tokens: 24 })),
    isPlain: true,
    numPlainTokens: 300,
    retryAfter: 256,
  }, (learnt) => kept.push(structuredClone(learnt)));
  policy.keep();
  assertEquals(kept, []);
  assertGreater(policy.start().next().gear, 0);
  policy.keep();
  assertEquals(kept.map(({ numPlainTokens }) => numPlainTokens), [0]);
  assertEquals(
    new TreePolicy(GEARS, kept[0] ?? { costs: [] }).start().next().gear,
    0,
  );
});

Deno.test("TreePolicy goes back to trees once they are worth it", () => {
  const world = new World(COSTS.hardware);
  world.write(20, { chance: 0, maxTokens: 120 });
  assertEquals(world.usual, 0);
  world.numRounds.fill(0);
  world.write(60, { chance: 0.9, maxTokens: 120 });
  assertGreater(world.usual, 0);
});

Deno.test("TreePolicy learns what rounds take where it was told wrongly", () => {
  const world = new World(COSTS.software, [1, 1.1, 1.1, 1.2, 1.3]);
  world.write(40, { chance: 0.7, maxTokens: 120 });
  world.numRounds.fill(0);
  world.write(40, { chance: 0.7, maxTokens: 120 });
  // A tree of 60 takes nine plain rounds, and cannot pay.
  assertLess(world.numRounds[4] ?? NaN, 40);
});

Deno.test("TreePolicy gives up a useless drafter though plain rounds were timed on a busy machine", () => {
  const world = new World(COSTS.software, [4.6, 3.6, 2, 2.1, 6.3]);
  world.write(40, { chance: 0, maxTokens: 200 });
  const [plain = 0] = world.numRounds;
  assertGreater(plain, 7500);
});
