import { assertEquals, assertThrows } from "@std/assert";
import { environmentValues } from "../../src/cli/environment_values.ts";
import type { OptionName } from "../../src/cli/option_table.ts";
import { UsageError } from "../../src/cli/usage_error.ts";

const NAMES: readonly OptionName[] = [
  "model",
  "maxQueue",
  "cors",
  "logPrompts",
  "tree",
];

function read(variables: Readonly<Record<string, string>>): unknown {
  return environmentValues(NAMES, (name) => variables[name]);
}

Deno.test("environmentValues() reads options by the names of variables", () => {
  assertEquals(
    read({
      JAKIRO_MODEL: "/models/a,b",
      JAKIRO_MAX_QUEUE: "7",
      JAKIRO_CORS: "https://a.example,https://b.example",
      JAKIRO_LOG_PROMPTS: "1",
      JAKIRO_TREE: "auto",
      JAKIRO_PORT: "not one of these options",
    }),
    {
      model: "/models/a,b",
      maxQueue: 7,
      cors: ["https://a.example", "https://b.example"],
      logPrompts: true,
      tree: "auto",
    },
  );
  assertEquals(read({ JAKIRO_MODEL: "" }), {});
});

Deno.test("environmentValues() refuses what breaks an option's rule, by the variable's name", () => {
  assertThrows(
    () => read({ JAKIRO_MAX_QUEUE: "-1" }),
    UsageError,
    'Cannot set JAKIRO_MAX_QUEUE as it must be an integer in [0, 65536]: found "-1"',
  );
  assertThrows(
    () => read({ JAKIRO_LOG_PROMPTS: "no" }),
    UsageError,
    'Cannot set JAKIRO_LOG_PROMPTS as it must be 1, or not set: found "no"',
  );
});
