import { assert, assertEquals, assertGreater } from "@std/assert";
import {
  measureServing,
  overload,
  processMemory,
} from "../../bench/measure_serving.ts";
import { startService } from "../../bench/start_service.ts";

const CHAT = new URL("../../weights/chat/", import.meta.url);

Deno.test("a service under load answers everybody as it answers each alone, and refuses exactly what is too many", async () => {
  const service = await startService(CHAT, [
    "--max-running=3",
    "--max-queue=5",
  ]);
  const origin = `http://127.0.0.1:${service.port}`;
  const { numRight, numWrong, failures, firstMs, memory } =
    await measureServing(
      origin,
      {
        numConnections: 8,
        seconds: 3,
        requests: [0, 1, 2].map((seed) => ({ content: "Hello!", seed })),
        maxTokens: 24,
        readMemory: () => processMemory(service.pid),
      },
    );
  assertGreater(numRight, 8);
  assertEquals([numWrong, failures], [0, {}]);
  assertEquals(firstMs.length, numRight);
  assertGreater(Math.min(...memory), 2 ** 20);
  const { statuses, numTold } = await overload(origin, 13);
  assertEquals(statuses, { 200: 8, 429: 5 });
  assertEquals(numTold, 5);
  assertEquals((await service.end("SIGTERM")).code, 0);
});

Deno.test("a service that is told to end under load finishes what runs, as it answers it alone, and refuses what waits", async () => {
  const service = await startService(CHAT, [
    "--max-running=3",
    "--max-queue=20",
  ]);
  const ask = async (seed: number): Promise<[number, string]> => {
    const response = await fetch(
      `http://127.0.0.1:${service.port}/v1/chat/completions`,
      {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          model: "chat",
          messages: [{ role: "user", content: "Hello!" }],
          seed,
          max_tokens: 60,
          ignore_eos: true,
        }),
      },
    );
    const { choices, error } = await response.json();
    return [response.status, choices?.[0].message.content ?? error.code];
  };
  const seeds = [0, 1, 2];
  const alone: string[] = [];
  for (const seed of seeds) alone.push((await ask(seed))[1]);
  const answers = Array.from({ length: 12 }, (_, index) => ask(index % 3));
  // Some have been answered, some run, and others wait.
  await Promise.any(answers);
  const ended = service.end("SIGTERM");
  const found = await Promise.all(answers);
  assertEquals((await ended).code, 0);
  for (const [index, [status, text]] of found.entries()) {
    assertEquals(
      text,
      status === 200 ? alone[index % 3] : "shutting_down",
    );
  }
  const numOf = (wanted: number): number =>
    found.filter(([status]) => status === wanted).length;
  assert(numOf(200) >= 3 && numOf(503) >= 3, JSON.stringify(found));
  assertEquals(numOf(200) + numOf(503), 12);
});
