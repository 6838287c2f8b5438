import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { runCli } from "./_run_cli.ts";
import { withChatModel } from "./_chat_model.ts";

const STORIES = new URL("../../weights/stories260k", import.meta.url).pathname;
const KEYS = [
  "promptTokens",
  "generatedTokens",
  "rounds",
  "tokensPerRound",
  "prefillMs",
  "decodeMs",
  "tokensPerSecond",
  "loadMs",
  "compileMs",
  "seed",
  "cachedTokens",
  "acceptedPerDepth",
  "roundMs",
  "idleShare",
];

async function readGolden(): Promise<{ prompt: number[]; ids: number[] }> {
  const url = new URL("../golden/stories260k_jakiro.json", import.meta.url);
  const { cases } = JSON.parse(await Deno.readTextFile(url));
  return { prompt: cases[0].prompt, ids: cases[0].plain_greedy };
}

Deno.test("generate prints the golden ids as one JSON object", async () => {
  const { prompt, ids } = await readGolden();
  const { status, stdout, stderr } = await runCli([
    "generate",
    "--model",
    STORIES,
    "--prompt-ids",
    prompt.join(),
    "--max-tokens=20",
    "--json",
    "--quiet",
  ]);
  assertEquals([status, stderr], [0, ""]);
  assertEquals(stdout.indexOf("\n"), stdout.length - 1);
  const result = JSON.parse(stdout);
  assertEquals(
    Object.keys(result),
    ["text", "tokens", "stop", "stats", "drafter"],
  );
  assertEquals(Object.keys(result.stats), KEYS);
  assertEquals(result.tokens, ids.slice(0, 20));
  assertEquals(result.stop, "length");
  assertEquals(result.stats.promptTokens, prompt.length);
  assertEquals(result.stats.generatedTokens, 20);
  assertEquals(result.drafter, "jakiro");
  // What is accepted to a depth is accepted to all before it.
  const { acceptedPerDepth, rounds } = result.stats;
  assert(rounds < 19 && acceptedPerDepth.length > 0);
  assertEquals(
    acceptedPerDepth.toSorted((a: number, b: number) => b - a),
    acceptedPerDepth,
  );
  const { roundMs, idleShare, decodeMs } = result.stats;
  if (roundMs === null) return assertEquals(idleShare, null);
  assertEquals(Object.keys(roundMs), ["verify", "accept", "draft"]);
  assert(roundMs.verify > 0 && roundMs.accept > 0 && roundMs.draft > 0);
  // No part of a round takes longer than all rounds and what is between them.
  assert(roundMs.verify + roundMs.accept + roundMs.draft < decodeMs);
  assert(idleShare >= 0 && idleShare < 1);
});

Deno.test("generate prints the same text whatever drafts, and says what does nothing", async () => {
  await withChatModel(async (model) => {
    const args = ["generate", "--model", model, "--seed=5", "--ignore-eos"]
      .concat("--temperature=0.7", "--max-tokens=24", "Hi");
    const drafting = await runCli([...args, "--tree=5", "--show-drafts"]);
    const plain = await runCli([
      ...args,
      "--draft=none",
      "--tree-depth=2",
      "--show-drafts",
    ]);
    assertEquals([drafting.status, plain.status], [0, 0]);
    assertEquals(plain.stdout, drafting.stdout);
    const nothing = "--show-drafts does nothing as";
    assertMatch(
      drafting.stderr,
      new RegExp(`^${nothing} text goes to no terminal .*\n24 tokens, `),
    );
    assertMatch(
      plain.stderr,
      new RegExp(
        `^--tree-depth does nothing as there is no drafter\n${nothing} there is no drafter\n24 tokens, `,
      ),
    );
  }, { hasDrafter: true });
});

Deno.test("generate continues text from standard input, and says how fast", async () => {
  const { status, stdout, stderr } = await runCli(
    ["generate", "--model", STORIES, "-", "--max-tokens", "12"].concat(
      "--presence-penalty",
      "-0.5",
    ),
    { input: "Once upon a time\n" },
  );
  assertEquals(status, 0);
  assertMatch(stdout, /^, there was a little girl named Lily\..*\n$/);
  assertMatch(
    stderr,
    /^12 tokens, [\d.]+ tokens\/s, [\d.]+ tokens\/round, first token after \d+ ms, loaded in \d+ ms \(compiling \d+ ms\), ended by length\n$/,
  );
});

Deno.test("generate puts a message into the chat template, but for --raw and ids", async () => {
  await withChatModel(async (model) => {
    const options = ["--model", model, "--max-tokens=2", "--json", "--quiet"];
    const numTokens: number[] = [];
    for (const prompt of [["Hi"], ["--raw", "Hi"], ["--prompt-ids=1,5"]]) {
      const { status, stdout, stderr } = await runCli(
        ["generate", ...options, ...prompt],
      );
      assertEquals([status, stderr], [0, ""]);
      numTokens.push(JSON.parse(stdout).stats.promptTokens);
    }
    const [templated = 0, raw = 0, ids = 0] = numTokens;
    assert(templated > raw + 8, `${templated} and ${raw} tokens`);
    assertEquals(ids, 2);
  });
});

Deno.test("generate prints what there is on Ctrl-C", async () => {
  await withChatModel(async (model) => {
    const args = ["generate", "--model", model, "--context=32000"]
      .concat("--ignore-eos", "--temperature=1", "--raw", "Hi");
    const text = await runCli(args, { interruptAfter: 30 });
    assertEquals(text.status, 130);
    assert(text.stdout.length >= 30 && text.stdout.endsWith("\n"));
    assertStringIncludes(text.stderr, "ended by abort");
  });
});

Deno.test("generate ends quietly when its reader has gone", async () => {
  const { status, stderr } = await runCli(["generate", "Once", "--quiet"], {
    closeAfter: 1,
  });
  assertEquals([status, stderr], [0, ""]);
});
