import { assertEquals, assertThrows } from "@std/assert";
import { ChatOptionSettings } from "../../src/cli/chat_option_settings.ts";
import { UsageError } from "../../src/cli/usage_error.ts";

Deno.test("ChatOptionSettings takes names as on the command line and in code", () => {
  const settings = new ChatOptionSettings({ model: "m", seed: 1 });
  assertEquals(settings.set("top-k", "5"), "top-k 5");
  assertEquals(settings.set("topP", "0.5"), "top-p 0.5");
  assertEquals(settings.set("--min-p", "0"), "min-p 0");
  assertEquals(settings.options, { seed: 1, topK: 5, topP: 0.5, minP: 0 });
});

Deno.test("ChatOptionSettings replaces values and takes them back", () => {
  const settings = new ChatOptionSettings({ stop: ["a", "b"] });
  assertEquals(settings.set("stop", "c d"), 'stop ["c d"]');
  assertEquals(settings.set("logit-bias", "5=-1"), "logit-bias 5=-1");
  assertEquals(settings.options, {
    stop: ["c d"],
    logitBias: new Map([[5, -1]]),
  });
  assertEquals(settings.set("stop", "default"), "stop default");
  assertEquals(settings.set("logitBias", "default"), "logit-bias default");
  assertEquals(settings.options, {});
});

Deno.test("ChatOptionSettings turns flags on and off", () => {
  const settings = new ChatOptionSettings({});
  assertEquals(settings.set("ignore-eos", "on"), "ignore-eos on");
  assertEquals(settings.options, { ignoreEos: true });
  assertEquals(settings.set("ignoreEos", "off"), "ignore-eos default");
  assertThrows(() => settings.set("ignore-eos", "maybe"), UsageError);
});

Deno.test("ChatOptionSettings leaves everything as it was after an error", () => {
  const settings = new ChatOptionSettings({ seed: 1 });
  const cases: [string, string, string][] = [
    ["seed", "-1", 'must be an integer in [0, 4294967295]: found "-1"'],
    ["seed", "", 'must be an integer in [0, 4294967295]: found ""'],
    ["model", "x", 'Cannot set "model" as it must be one of max-tokens'],
    ["", "x", 'Cannot set ""'],
  ];
  for (const [name, value, message] of cases) {
    assertThrows(() => settings.set(name, value), UsageError, message);
  }
  assertEquals(settings.options, { seed: 1 });
});

Deno.test("ChatOptionSettings describes every setting", () => {
  const settings = new ChatOptionSettings({ temperature: 0.8 });
  const lines = settings.describe();
  assertEquals(lines.length, 12);
  assertEquals(lines[0], "max-tokens          default");
  assertEquals(lines[1], "temperature         0.8");
});
