import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { benchOptions, benchStatus } from "../../src/cli/bench.ts";
import { runCli } from "./_run_cli.ts";
import { withDirectory } from "../checkpoint/tiny_model.ts";

const STORIES = new URL("../../weights/stories260k", import.meta.url).pathname;
const PROMPTS = [
  {
    question_id: 81,
    category: "writing",
    turns: ["Once upon a time", "Go on."],
  },
  { prompt: "A dog", category: "qa" },
];
const KEYS = ["model", "device", "dtype", "quantize", "kvCache"]
  .concat("loadMs", "numPrompts", "maxTokens")
  .concat("temperature", "seed", "repeat", "isFinished", "stepBytes")
  .concat(
    "copyBytesPerSecond",
    "rows",
    "tuned",
    "isIdentical",
    "differences",
    "ways",
  )
  .concat("categories", "turns");
const WAY_KEYS = ["name", "drafter", "policy", "memoryBytes", "tokensPerSecond"]
  .concat("ratio")
  .concat("tokensPerRound", "firstTokenMs", "roundsPerSecond")
  .concat("acceptedPerDepth", "roundMs", "idleShare", "bandwidthShare");

Deno.test("bench --json measures a file's prompts in every way, one JSON object", async () => {
  await withDirectory(async (directory) => {
    const lines = PROMPTS.map((prompt) => JSON.stringify(prompt)).join("\n");
    await Deno.writeTextFile(`${directory}/prompts.jsonl`, lines);
    const { status, stdout, stderr } = await runCli([
      "bench",
      "--model",
      STORIES,
      "--prompts=prompts.jsonl",
      "--tree=4",
      "--tree=static",
      "--max-tokens=6",
      "--repeat=1",
      "--temperature=0.8",
      "--seed=5",
      "--context=64",
      "--report=r.svg",
      "--json",
      "--quiet",
    ], { directory, timeoutMs: 180_000 });
    assertEquals([status, stderr], [0, ""]);
    assertEquals(stdout.indexOf("\n"), stdout.length - 1);
    const result = JSON.parse(stdout);
    assertEquals(Object.keys(result), KEYS);
    for (const way of result.ways) assertEquals(Object.keys(way), WAY_KEYS);
    const names = ["plain", "jakiro, tree 4", "jakiro, static"];
    assertEquals(result.ways.map(({ name }: { name: string }) => name), names);
    assertEquals([result.numPrompts, result.repeat, result.seed], [2, 1, 5]);
    assertEquals([result.isIdentical, result.isFinished], [true, true]);
    assertEquals(result.turns.length, 2);
    const categories: readonly { category: string; numPrompts: number }[] =
      result.categories;
    assertEquals(
      categories.map(({ category, numPrompts }) => [category, numPrompts]),
      [["writing", 1], ["qa", 1]],
    );
    for (const { runs } of result.turns) {
      const each: readonly { way: string; generatedTokens: number }[] = runs;
      assertEquals(each.map(({ way }) => way), names);
      assert(each.every(({ generatedTokens }) => generatedTokens === 6));
    }
    assertMatch(
      await Deno.readTextFile(`${directory}/r.svg`),
      /^<svg [^]*<\/svg>\n$/,
    );
  });
});

Deno.test("bench prints what there is on Ctrl-C", async () => {
  const { status, stdout, stderr } = await runCli(
    ["bench", "--model", STORIES, "--draft=none", "--repeat=1000"],
    { signalOn: { text: "measuring 4000 texts", signal: "SIGINT" } },
  );
  assertEquals([status, stderr], [130, "measuring 4000 texts\n"]);
  assertStringIncludes(stdout, "4 prompts, 1000 turns each, stopped after ");
  assertStringIncludes(stdout, "only plain decoding was measured");
});

Deno.test("bench ends with one line where it cannot begin", async () => {
  await withDirectory(async (directory) => {
    await Deno.mkdir(`${directory}/folder.html`);
    await Deno.writeTextFile(`${directory}/empty.txt`, " \n");
    await Deno.writeTextFile(
      `${directory}/role.jsonl`,
      '{"messages": [{"role": 1}]}',
    );
    const cases: [string[], number, string][] = [
      [
        ["--report=r.pdf"],
        2,
        'Cannot write a report as --report must end with .html or .svg: found "r.pdf"',
      ],
      [
        ["--report=none/r.html"],
        1,
        'Cannot write "none/r.html" as the directory that it is to be in must exist: found nothing there',
      ],
      [
        ["--report=folder.html"],
        1,
        'Cannot write "folder.html" as it must be a file: found a directory',
      ],
      [
        ["--report=/r.html"],
        1,
        'Cannot write "/r.html" as the directory that it is to be in must be one that can be written to: found NotCapable',
      ],
      [
        ["--prompts=none.txt"],
        1,
        'Cannot read "none.txt" as it must exist: found nothing there',
      ],
      [
        ["--prompts=empty.txt"],
        1,
        'Cannot read "empty.txt" as it must hold a text: found none',
      ],
      [
        ["--prompts=role.jsonl"],
        1,
        'Cannot take a prompt from line 1 of "role.jsonl": Cannot read messages[0].role as it must be a string: got number',
      ],
      [
        ["--max-tokens=512", "--draft=none", "--quiet"],
        1,
        "Cannot measure as the context must hold a prompt and 512 tokens more: it holds 512",
      ],
      [
        ["--tree=8", "--tree=65"],
        2,
        'Cannot set --tree as it must be an integer in [1, 64], or auto or static: found "65"',
      ],
      [
        ["--tree=static", "--tree-depth=3"],
        2,
        "Cannot draft a static tree as its sizes are fixed: found --tree-depth",
      ],
      [
        ["--max-tokens=1"],
        2,
        'Cannot set --max-tokens as it must be an integer in [2, 134217728]: found "1"',
      ],
    ];
    for (const [args, status, message] of cases) {
      const result = await runCli(["bench", ...args], { directory });
      assertEquals([result.status, result.stdout], [status, ""]);
      assertEquals(result.stderr, `jakiro: ${message}\n`);
    }
    const left = (await Array.fromAsync(Deno.readDir(directory))).map((
      { name },
    ) => name);
    assertEquals(left.sort(), ["empty.txt", "folder.html", "role.jsonl"]);
  });
});

Deno.test("benchOptions() compares each drafter with each tree, each once", () => {
  const { ways, maxTokens, repeat, temperature, seed } = benchOptions({
    benchDrafts: ["a", "none", "b", "a"],
    benchTrees: ["auto", 8, 8, "static"],
    draftVocab: 99,
  }, null);
  assertEquals([maxTokens, repeat, temperature, seed], [128, 3, 0, 0]);
  const sizes = { numNodes: 8 };
  assertEquals<unknown>(
    ways.map(({ name, ...way }) => [name({ drafter: "eagle" }), way]),
    ["a", "b"].flatMap((draft) => [
      [`${draft}, auto, first 99 tokens`, {
        draft,
        draftVocab: 99,
        tree: "auto",
      }],
      [`${draft}, tree 8, first 99 tokens`, {
        draft,
        draftVocab: 99,
        tree: sizes,
      }],
      [`${draft}, static, first 99 tokens`, {
        draft,
        draftVocab: 99,
        tree: { shape: "static" },
      }],
    ]),
  );
});

Deno.test("benchOptions() takes the model's own drafter unless told otherwise", () => {
  const [way, ...others] =
    benchOptions({ treeDepth: 3, treeTopK: 2 }, null).ways;
  assertEquals(others, []);
  assertEquals(way?.tree, { depth: 3, topK: 2 });
  assertEquals(
    way?.name({ drafter: "jakiro" }),
    "jakiro, tree, depth 3, top 2",
  );
  assertEquals(benchOptions({ benchDrafts: ["none"] }, null).ways, []);
});

Deno.test("benchStatus() is a failure where texts differ", () => {
  const difference = { way: 1, prompt: 0, repetition: 0, numCommon: 2 };
  const cases: [number, boolean, number][] = [[0, true, 0], [0, false, 130], [
    1,
    true,
    1,
  ], [1, false, 1]];
  for (const [count, isFinished, status] of cases) {
    const differences = Array(count).fill(difference);
    assertEquals(benchStatus({ differences, isFinished }), status);
  }
});
