import { assertEquals } from "@std/assert";
import { handlerOptions } from "../../src/cli/service_settings.ts";
import type { OptionValues } from "../../src/cli/option_table.ts";

function settings(values: OptionValues, hostname: string | null): object {
  const { onAccess: _, ...options } = handlerOptions(values, { hostname });
  return options;
}

Deno.test("handlerOptions() passes every option of the command line on", () => {
  assertEquals(
    settings({
      cors: ["https://a.example"],
      allowHost: ["Proxy"],
      maxRunning: 1,
      maxQueue: 2,
      deadline: 1.5,
      maxBody: 3,
      bodyTimeout: 0.5,
      maxPrompt: 4,
      maxMessages: 5,
      maxChoices: 6,
      maxInputs: 7,
      maxStops: 8,
      logPrompts: true,
    }, "0.0.0.0"),
    {
      apiKeys: [],
      corsOrigins: ["https://a.example"],
      allowedHosts: ["proxy"],
      maxRunning: 1,
      maxQueued: 2,
      deadlineMs: 1500,
      limits: {
        maxBodyBytes: 3,
        bodyTimeoutMs: 500,
        maxPromptTokens: 4,
        maxMessages: 5,
        maxChoices: 6,
        maxInputs: 7,
        maxStops: 8,
      },
      logsPrompts: true,
    },
  );
});

Deno.test("handlerOptions() answers to the names of loopback alone where that is listened on", () => {
  const names = ["localhost", "127.0.0.1", "[::1]"];
  for (
    const [hostname, allowedHosts] of [
      ["127.0.0.1", names],
      ["127.0.0.2", [...names, "127.0.0.2"]],
      ["localhost", names],
      ["::1", names],
      ["0.0.0.0", undefined],
      [null, undefined],
    ] as const
  ) {
    assertEquals(
      handlerOptions({}, { hostname }).allowedHosts,
      allowedHosts,
    );
  }
});
