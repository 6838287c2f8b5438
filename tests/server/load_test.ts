import { assertEquals, assertGreater } from "@std/assert";
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
