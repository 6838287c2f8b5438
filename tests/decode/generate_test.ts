import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
} from "@std/assert";
import { type GenerateOptions, loadModel, type Model } from "../../mod.ts";
import { collect } from "./_collect.ts";
import { TargetRun } from "../model/_target_run.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const PLAIN = { draft: "none" } as const;
const PROMPT = [1, 403, 407, 261, 378];

interface GoldenCase {
  readonly prompt: readonly number[];
  readonly plain_greedy: readonly number[];
}

async function readGolden(): Promise<readonly GoldenCase[]> {
  const url = new URL("../golden/stories260k_jakiro.json", import.meta.url);
  return JSON.parse(await Deno.readTextFile(url)).cases;
}

async function run(
  model: Model,
  options: GenerateOptions,
  prompt: string | readonly number[] = PROMPT,
) {
  return (await collect(model.generate(prompt, options))).statistics;
}

Deno.test("Model.generate() gives the greedy ids of the authors' code", async () => {
  using model = await loadModel(STORIES, PLAIN);
  for (const { prompt, plain_greedy } of await readGolden()) {
    const { chunks, statistics } = await collect(
      model.generate(prompt, { temperature: 0, maxTokens: 120 }),
    );
    assertEquals(statistics.tokens, plain_greedy.slice(0, 120));
    assertEquals(chunks.flatMap(({ tokens }) => tokens), statistics.tokens);
    assertEquals(chunks.map(({ text }) => text).join(""), statistics.text);
    assertEquals(statistics.stop, "length");
    assertEquals(statistics.generatedTokens, 120);
    assertEquals(statistics.rounds, 119);
    assertEquals(statistics.tokensPerRound, 1);
  }
});

Deno.test("Model.generate() says how the rounds went, in chunks up to there and at the end of all", async () => {
  using model = await loadModel(STORIES, {
    tree: { numNodes: 16, depth: 3, topK: 4 },
  });
  for (const maxTokens of [1, 2, 90]) {
    const { chunks, statistics } = await collect(
      model.generate(PROMPT, { temperature: 0, maxTokens }),
    );
    const [first] = chunks;
    assertEquals([first?.tokens.length, first?.soFar.rounds], [1, 0]);
    assertEquals(first?.soFar.roundMs, null);
    let numTokens = 0;
    let numDrafted = 0;
    for (const { tokens, drafted, soFar } of chunks) {
      numTokens += tokens.length;
      numDrafted += drafted.filter((isDrafted) => isDrafted).length;
      const { rounds, tokensPerRound, acceptedPerDepth } = soFar;
      // Each round adds a token of the target's own to those of the drafter, unless the text ends before it.
      const numMissing = rounds + numDrafted - (numTokens - 1);
      assert(numMissing === 0 || numMissing === 1 && numTokens === maxTokens);
      assertAlmostEquals(rounds * tokensPerRound, numTokens - 1);
      assertEquals(acceptedPerDepth.reduce((a, b) => a + b, 0), numDrafted);
      assertEquals(
        acceptedPerDepth.toSorted((a, b) => b - a),
        acceptedPerDepth,
      );
    }
    const { rounds, tokensPerRound, acceptedPerDepth, roundMs, idleShare } =
      statistics;
    const { draftedTokens } = statistics;
    // All nodes of a tree but its root.
    assertEquals(draftedTokens, rounds * 15);
    assertEquals(chunks.at(-1)?.soFar, {
      rounds,
      tokensPerRound,
      acceptedPerDepth,
      draftedTokens,
      roundMs,
      idleShare,
    });
    assertEquals(numTokens, maxTokens);
  }
});

Deno.test("Model.generate() gives the same text for the same seed, and others for others", async () => {
  using model = await loadModel(STORIES, PLAIN);
  const options = { temperature: 1, topP: 0.95, maxTokens: 40 };
  const first = await run(model, { ...options, seed: 7 });
  const texts = new Set<string>();
  for (let seed = 0; seed < 5; seed++) {
    texts.add((await run(model, { ...options, seed })).text);
  }
  assertEquals(texts.size, 5);
  assertEquals((await run(model, { ...options, seed: 7 })).text, first.text);
  const random = await run(model, options);
  const again = await run(model, { ...options, seed: random.seed });
  assertEquals(again.text, random.text);
});

Deno.test("Model.generate() reuses the common prefix and still writes the same text", async () => {
  using model = await loadModel(STORIES, { ...PLAIN, maxSessions: 1 });
  using fresh = await loadModel(STORIES, PLAIN);
  const options = { temperature: 0.8, seed: 1, maxTokens: 30 };
  const first = await run(model, options);
  assertEquals(first.cachedTokens, 0);
  const longer = [...PROMPT, ...first.tokens, 426, 338];
  const second = await run(model, options, longer);
  assertEquals(second.cachedTokens, PROMPT.length + first.tokens.length - 1);
  const expected = await run(fresh, options, longer);
  assertEquals(expected.cachedTokens, 0);
  assertEquals(second.tokens, expected.tokens);
  const other = await run(model, options, [1, 291, 280]);
  assertEquals(other.cachedTokens, 1);
});

Deno.test("Model.generate() ends at a stop string that crosses token borders, and emits nothing of it", async () => {
  using model = await loadModel(STORIES, PLAIN);
  const whole = await run(model, { maxTokens: 60, temperature: 0 });
  // "girl named" spans several tokens; the text before it must be there, whole.
  const cut = whole.text.indexOf("irl nam");
  assert(cut > 0, whole.text);
  const options = { maxTokens: 60, temperature: 0, stop: ["zebra", "irl nam"] };
  const { chunks, statistics } = await collect(model.generate(PROMPT, options));
  assertEquals(statistics.stop, "stop");
  assertEquals(statistics.text, whole.text.slice(0, cut));
  assertEquals(chunks.map(({ text }) => text).join(""), statistics.text);
  assertEquals(
    statistics.tokens,
    whole.tokens.slice(0, statistics.tokens.length),
  );
  const next = await run(model, { maxTokens: 60, temperature: 0 });
  assertEquals(next.text, whole.text);
});

Deno.test("Model.generate() ends at an end-of-text id, or goes on past it when told to", async () => {
  using model = await loadModel(STORIES, PLAIN);
  const logitBias = new Map([[2, 1000]]);
  const ended = await run(model, { logitBias, maxTokens: 9 });
  assertEquals([ended.stop, ended.tokens, ended.text], ["eos", [2], ""]);
  const ignored = await run(model, {
    logitBias,
    maxTokens: 9,
    ignoreEos: true,
  });
  assertEquals(ignored.stop, "length");
  assertEquals(ignored.tokens, Array(9).fill(2));
});

Deno.test("Model.generate() ends at the token limit and when the context is full", async () => {
  using model = await loadModel(STORIES, { ...PLAIN, contextLength: 24 });
  for (const maxTokens of [0, 1, 2, 19]) {
    const { stop, tokens } = await run(model, { maxTokens });
    assertEquals([stop, tokens.length], ["length", maxTokens]);
  }
  const full = await run(model, {});
  assertEquals([full.stop, full.tokens.length], ["context", 19]);
  await assertRejects(
    () => run(model, {}, Array(24).fill(5)),
    RangeError,
    "prompt must be shorter than the context of 24 tokens: it has 24",
  );
  const last = await run(model, {}, Array(23).fill(5));
  assertEquals([last.stop, last.tokens.length], ["context", 1]);
});

Deno.test("Model.generate() takes a prompt longer than a pass, and one of a single id", async () => {
  using model = await loadModel(STORIES, PLAIN);
  const ids = Array.from({ length: 200 }, (_, index) => (index * 37) % 500 + 3);
  const options = { maxTokens: 5, temperature: 0 };
  const chunked = await run(model, options, ids);
  assertEquals(chunked.promptTokens, 200);
  using other = await loadModel(STORIES, PLAIN);
  await run(other, options, ids.slice(0, 77));
  const reused = await run(other, options, ids);
  assertEquals(reused.cachedTokens, 77);
  assertEquals(reused.tokens, chunked.tokens);
  assertEquals((await run(model, options, [1])).tokens.length, 5);
});

Deno.test("Model.generate() stops when aborted, and when its loop is left, and frees its session", async () => {
  using model = await loadModel(STORIES, PLAIN);
  const expected = await run(model, { temperature: 0, maxTokens: 50 });
  const bytes = model.allocatedBytes;
  const aborted = await run(model, { signal: AbortSignal.abort() });
  assertEquals([aborted.stop, aborted.tokens.length], ["abort", 0]);
  const controller = new AbortController();
  const generator = model.generate(PROMPT, {
    temperature: 0,
    signal: controller.signal,
  });
  await generator.next();
  controller.abort();
  const { statistics } = await collect(generator);
  assertEquals(statistics.stop, "abort");
  assert(statistics.tokens.length > 0);
  assert(expected.text.startsWith(statistics.text));
  for await (const _ of model.generate(PROMPT, { temperature: 0 })) break;
  const again = await run(model, { temperature: 0, maxTokens: 50 });
  assertEquals(again.tokens, expected.tokens);
  assertEquals(model.allocatedBytes, bytes);
});

Deno.test("Model.generate() runs several generators side by side, each as if alone", async () => {
  using model = await loadModel(STORIES, PLAIN);
  const prompts = ["Once upon a time", "The cat", "One day, Tom", "A dog"];
  const options = { temperature: 0.9, seed: 3, maxTokens: 60 };
  const alone: string[] = [];
  for (const prompt of prompts) {
    alone.push((await run(model, options, prompt)).text);
  }
  const together = await Promise.all(
    prompts.map((prompt) => run(model, options, prompt)),
  );
  assertEquals(together.map(({ text }) => text), alone);
  const bytes = model.allocatedBytes;
  for (let round = 0; round < 3; round++) {
    await Promise.all(prompts.map((prompt) => run(model, options, prompt)));
  }
  assertEquals(model.allocatedBytes, bytes);
});

Deno.test("Model.generate() reports log probabilities of the unprocessed distribution", async () => {
  using model = await loadModel(STORIES, PLAIN);
  const { chunks, statistics } = await collect(model.generate(PROMPT, {
    logProbs: true,
    temperature: 1.5,
    topK: 20,
    repetitionPenalty: 1.3,
    seed: 5,
    maxTokens: 20,
  }));
  const logProbs = chunks.flatMap((chunk) => chunk.logProbs ?? []);
  assertEquals(logProbs.length, 20);
  using target = await TargetRun.open(
    STORIES,
  );
  const { logits } = await target.pass([...PROMPT, ...statistics.tokens], 0);
  statistics.tokens.forEach((token, index) => {
    const row = [...logits[PROMPT.length - 1 + index] ?? []];
    const sum = row.reduce((total, logit) => total + Math.exp(logit), 0);
    const expected = (row[token] ?? NaN) - Math.log(sum);
    // f32 sums of 512 exponentials.
    assertAlmostEquals(logProbs[index] ?? NaN, expected, 1e-4);
  });
  const { chunks: plain } = await collect(
    model.generate(PROMPT, { maxTokens: 2 }),
  );
  assertEquals(plain.some((chunk) => "logProbs" in chunk), false);
});

Deno.test("Model.generate() applies penalties to what the prompt and the text hold", async () => {
  using model = await loadModel(STORIES, PLAIN);
  using target = await TargetRun.open(
    STORIES,
  );
  const { tokens } = await run(model, {
    temperature: 0,
    repetitionPenalty: 1.2,
    presencePenalty: 0.5,
    frequencyPenalty: 0.25,
    logitBias: new Map([[432, -3], [426, 1.5]]),
    maxTokens: 40,
  });
  const ids = [...PROMPT];
  const { logits } = await target.pass([...PROMPT, ...tokens], 0);
  for (const [index, token] of tokens.entries()) {
    const counts = new Map<number, number>();
    tokens.slice(0, index).forEach((id) =>
      counts.set(id, (counts.get(id) ?? 0) + 1)
    );
    const row = [...logits[PROMPT.length - 1 + index] ?? []].map((raw, id) => {
      let logit = raw + (id === 432 ? -3 : id === 426 ? 1.5 : 0);
      if (ids.includes(id)) logit = logit > 0 ? logit / 1.2 : logit * 1.2;
      const count = counts.get(id) ?? 0;
      return count > 0 ? logit - 0.5 - 0.25 * count : logit;
    });
    assertEquals(token, row.indexOf(Math.max(...row)));
    ids.push(token);
  }
});

Deno.test("Model.generate() refuses bad prompts and options by name, and works afterwards", async () => {
  using model = await loadModel(STORIES, PLAIN);
  const cases: [GenerateOptions, RegExp][] = [
    [{ temperature: -1 }, /"temperature" must be a number in \[0, 100\]: -1/],
    [{ temperature: NaN }, /"temperature" .*: NaN/],
    [{ topK: 1.5 }, /"topK" must be an integer in \[0, 4294967295\]: 1.5/],
    [{ topP: 0 }, /"topP" must be a number in \(0, 1\]: 0/],
    [{ minP: 2 }, /"minP" must be a number in \[0, 1\]: 2/],
    [{ seed: 2 ** 32 }, /"seed" must be an integer/],
    [{ maxTokens: -1 }, /"maxTokens" must be an integer/],
    [{ repetitionPenalty: 0 }, /"repetitionPenalty" must be/],
    [{ logitBias: new Map([[512, 1]]) }, /"logitBias id" .*\[0, 511\]: 512/],
    [{ stop: [""] }, /"stop" strings must not be empty/],
  ];
  for (const [options, message] of cases) {
    const error = await assertRejects(() => run(model, options), RangeError);
    assert(message.test(error.message), error.message);
  }
  const prompts: [readonly number[], RegExp][] = [
    [[], /prompt must have at least one token: it has none/],
    [[1, 512], /prompt ids must be integers in \[0, 511\]: 512/],
    [[1.5], /: 1.5/],
  ];
  for (const [prompt, message] of prompts) {
    const error = await assertRejects(
      () => run(model, {}, prompt),
      RangeError,
    );
    assert(message.test(error.message), error.message);
  }
  await assertRejects(
    () => collect(model.chat([{ role: "user", content: "hi" }])),
    TypeError,
    "must have a chat template",
  );
  assertEquals((await run(model, { maxTokens: 3 })).tokens.length, 3);
});
