import { assertEquals, assertThrows } from "@std/assert";
import type { OptionName } from "../../src/cli/option_table.ts";
import { parseOptions } from "../../src/cli/parse_options.ts";
import { UsageError } from "../../src/cli/usage_error.ts";

const COMMAND = {
  name: "generate",
  options: [
    "model",
    "topK",
    "presencePenalty",
    "stop",
    "logitBias",
    "json",
    "promptIds",
    "dtype",
    "help",
  ] satisfies OptionName[],
};

Deno.test("parseOptions() reads options and operands in any order", () => {
  const cases: [string[], unknown, string[]][] = [
    [[], {}, []],
    [["hi"], {}, ["hi"]],
    [["--model", "m", "hi", "--json"], { model: "m", json: true }, ["hi"]],
    [["--model=m", "--top-k=5"], { model: "m", topK: 5 }, []],
    [["--model=a=b"], { model: "a=b" }, []],
    [["--model=--json"], { model: "--json" }, []],
    [["--model", "-"], { model: "-" }, []],
    [["-"], {}, ["-"]],
    [["--json", "--", "--json", "-x", "--"], { json: true }, [
      "--json",
      "-x",
      "--",
    ]],
    [["-h"], { help: true }, []],
    [["--top-k", "5", "--top-k", "6"], { topK: 6 }, []],
    [["--stop", "a", "--stop=b\nc"], { stop: ["a", "b\nc"] }, []],
    [["--stop=="], { stop: ["="] }, []],
    [[""], {}, [""]],
  ];
  for (const [args, values, operands] of cases) {
    assertEquals(parseOptions(args, COMMAND), { values, operands } as unknown);
  }
});

Deno.test("parseOptions() takes negative numbers as values", () => {
  const { values } = parseOptions(
    [
      "--presence-penalty",
      "-0.5",
      "--logit-bias",
      "3=-2",
      "--logit-bias=4=-.5",
    ],
    COMMAND,
  );
  assertEquals(values, {
    presencePenalty: -0.5,
    logitBias: new Map([[3, -2], [4, -0.5]]),
  });
});

Deno.test("parseOptions() says what was expected and what was found", () => {
  const cases: [string[], string][] = [
    [
      ["--jsn"],
      'Cannot parse "--jsn" as it must be an option of generate: see jakiro generate --help',
    ],
    [
      ["--seed", "1"],
      'Cannot parse "--seed" as it must be an option of generate: see jakiro generate --help',
    ],
    [
      ["-5"],
      'Cannot parse "-5" as it must be an option of generate: see jakiro generate --help',
    ],
    [
      ["--topK", "5"],
      'Cannot parse "--topK" as it must be an option of generate: see jakiro generate --help',
    ],
    [
      ["--top-k", "-1"],
      'Cannot set --top-k as it must be an integer in [0, 4294967295]: found "-1"',
    ],
    [
      ["--top-k", "five"],
      'Cannot set --top-k as it must be an integer in [0, 4294967295]: found "five"',
    ],
    [
      ["--top-k="],
      'Cannot set --top-k as it must be an integer in [0, 4294967295]: found ""',
    ],
    [
      ["--top-k"],
      "Cannot set --top-k as N must follow it, an integer in [0, 4294967295]: found nothing",
    ],
    [
      ["--model", "--json"],
      'Cannot set --model as MODEL must follow it, a text that is not empty: found "--json"',
    ],
    [
      ["--json=yes"],
      'Cannot set --json as it must be given without a value: found "yes"',
    ],
    [
      ["--dtype", "f64"],
      'Cannot set --dtype as it must be one of auto, f16, f32: found "f64"',
    ],
    [
      ["--prompt-ids", "1,x"],
      'Cannot set --prompt-ids as it must be token ids separated by commas, such as 1,403,407: found "1,x"',
    ],
    [
      ["--logit-bias", "1=2", "--logit-bias", "3"],
      'Cannot set --logit-bias as it must be a token id, "=" and a number in [-10000, 10000]: found "3"',
    ],
  ];
  for (const [args, message] of cases) {
    const error = assertThrows(() => parseOptions(args, COMMAND), UsageError);
    assertEquals(error.message, message);
  }
});
