import { assertEquals, assertThrows } from "@std/assert";
import { COMMANDS } from "../../src/cli/command_table.ts";
import {
  generateOptions,
  GENERATION_OPTIONS,
  loadOptions,
  optionFlag,
  type OptionName,
  OPTIONS,
  samplingOptions,
} from "../../src/cli/option_table.ts";
import {
  checkStop,
  resolveSampling,
} from "../../src/decode/sampling_params.ts";
import { resolveTreeOptions } from "../../src/draft/mod.ts";
import { UsageError } from "../../src/cli/usage_error.ts";

const NAMES = Object.keys(OPTIONS) as OptionName[];
const PROBES = [-1e5, -101, -100, -1, -0.5, 0, 1e-9, 0.5, 1, 1.5, 2, 100, 101]
  .concat(1e4, 10001, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 1, 2 ** 32);
const DEFAULTS = {
  temperature: 0,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
};

function isAccepted(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch {
    return false;
  }
}

Deno.test("optionFlag() puts dashes before and between words", () => {
  assertEquals(optionFlag("topK"), "--top-k");
  assertEquals(optionFlag("repetitionPenalty"), "--repetition-penalty");
  assertEquals(optionFlag("json"), "--json");
  assertEquals(optionFlag("benchTrees"), "--tree");
});

Deno.test("COMMANDS has commands whose options all have names of their own", () => {
  for (const { options } of COMMANDS) {
    assertEquals(new Set(options.map(optionFlag)).size, options.length);
  }
});

Deno.test("OPTIONS accepts the numbers that the core accepts, and no others", () => {
  const model = { defaults: DEFAULTS, vocabSize: 512 };
  for (const name of GENERATION_OPTIONS) {
    const { read } = OPTIONS[name].kind;
    if (["stop", "logitBias", "ignoreEos"].includes(name)) continue;
    for (const value of PROBES) {
      const isCore = isAccepted(() =>
        resolveSampling({ [name]: value }, model)
      );
      const isOurs = read([String(value)]) !== undefined;
      assertEquals([name, value, isOurs], [name, value, isCore]);
    }
  }
});

Deno.test("OPTIONS accepts the biases and stop strings that the core accepts", () => {
  const model = { defaults: DEFAULTS, vocabSize: 512 };
  for (const value of PROBES) {
    const logitBias = new Map([[5, value]]);
    assertEquals(
      OPTIONS.logitBias.kind.read([`5=${value}`]) !== undefined,
      isAccepted(() => resolveSampling({ logitBias }, model)),
    );
  }
  for (const given of [["a"], [""], Array(64).fill("a"), Array(65).fill("a")]) {
    assertEquals(
      OPTIONS.stop.kind.read(given) !== undefined,
      isAccepted(() => checkStop(given)),
    );
  }
});

Deno.test("OPTIONS accepts the trees that the core accepts, and no others", () => {
  const names = [
    ["tree", "numNodes"],
    ["treeDepth", "depth"],
    ["treeTopK", "topK"],
  ] as const;
  for (const [name, field] of names) {
    for (let value = -1; value <= 70; value += 0.5) {
      const isCore = isAccepted(() =>
        resolveTreeOptions({ [field]: value }, {
          vocabSize: 512,
          isSoftware: true,
        })
      );
      const isOurs = OPTIONS[name].kind.read([String(value)]) !== undefined;
      assertEquals([name, value, isOurs], [name, value, isCore]);
    }
  }
});

Deno.test("COMMANDS uses every option, and shows it unless it is hidden", () => {
  const used = new Set(COMMANDS.flatMap(({ options }) => options));
  assertEquals(NAMES.filter((name) => !used.has(name)), []);
  assertEquals(NAMES.filter((name) => OPTIONS[name].help === null), ["debug"]);
});

Deno.test("generateOptions() keeps what a generation takes", () => {
  assertEquals(
    generateOptions({ model: "m", json: true, topK: 0, stop: ["a"] }),
    { topK: 0, stop: ["a"] },
  );
  assertEquals(generateOptions({}), {});
});

Deno.test("samplingOptions() keeps what chooses tokens", () => {
  const values = { temperature: 1, seed: 2, maxTokens: 3, stop: ["a"] };
  assertEquals(samplingOptions(values), { temperature: 1, seed: 2 });
});

Deno.test("loadOptions() keeps what loading takes", () => {
  assertEquals(loadOptions({ seed: 1 }), { dtype: "auto", tree: "auto" });
  assertEquals(
    loadOptions({
      dtype: "f32",
      kvCache: "q8",
      context: 9,
      draft: "none",
      tree: 8,
      treeDepth: 3,
      treeTopK: 4,
    }),
    {
      dtype: "f32",
      kvCache: "q8",
      contextLength: 9,
      draft: "none",
      tree: { numNodes: 8, depth: 3, topK: 4 },
    },
  );
});

Deno.test("loadOptions() takes a static tree, whose sizes are not to be set", () => {
  const { tree } = loadOptions({ tree: "static" });
  assertEquals(tree, { shape: "static" });
  const facts = { vocabSize: 512, isSoftware: true };
  assertEquals(
    resolveTreeOptions({ shape: "static" }, facts).numNodes,
    27,
  );
  const error = assertThrows(
    () => loadOptions({ tree: "static", treeTopK: 4 }),
    UsageError,
  );
  assertEquals(
    error.message,
    "Cannot draft a static tree as its sizes are fixed: found --tree-top-k",
  );
});
