/**
 * Measures `jakiro serve` under load: `deno task bench:serve [--model DIR] [--connections N] [--seconds N] [--tokens N]
 * [--running N] [--json]`.
 *
 * Clients on loopback ask for streamed answers side by side; every answer is compared with the one that the service gave
 * to a client alone. Then more requests come at once than it takes.
 *
 * @module
 */

import {
  measureServing,
  overload,
  processMemory,
  type ServingMeasurement,
} from "./measure_serving.ts";
import { DEFAULT_MODEL } from "../mod.ts";
import { parseArgs } from "@std/cli/parse-args";
import { startService } from "./start_service.ts";

const args = parseArgs(Deno.args, {
  string: ["model", "connections", "seconds", "tokens", "running"],
  boolean: ["json"],
});
const numConnections = Number(args.connections ?? 64);
const seconds = Number(args.seconds ?? 60);
const numRunning = Number(args.running ?? 16);
const numQueued = numConnections - numRunning;
const CONTENTS = [
  "Tell me a story about a dog.",
  "Find me a restaurant in Oakland.",
  "I need a flight to New York on Friday.",
  "What movies are playing tonight?",
];
const service = await startService(args.model ?? DEFAULT_MODEL, [
  `--max-running=${numRunning}`,
  `--max-queue=${numQueued}`,
]);
const origin = `http://127.0.0.1:${service.port}`;
const measurement = await measureServing(origin, {
  numConnections,
  seconds,
  requests: Array.from({ length: 16 }, (_, seed) => ({
    content: CONTENTS[seed % CONTENTS.length] ?? "",
    seed,
  })),
  maxTokens: Number(args.tokens ?? 60),
  readMemory: () => processMemory(service.pid),
});
const beyond = await overload(origin, numConnections + 10);
await service.end("SIGTERM");
if (args.json) console.log(JSON.stringify({ ...measurement, beyond }));
else print(measurement);

function print(measured: ServingMeasurement): void {
  const { numRight, numWrong, failures, firstMs, betweenMs, memory } = measured;
  const failed = Object.entries(failures)
    .map(([why, count]) => `${count} x ${why}`).join(", ");
  console.log(
    `${numConnections} connections for ${seconds} s, ${numRunning} answers side by side`,
  );
  console.log(
    `answers: ${numRight} right, ${numWrong} wrong, failed: ${
      failed || "none"
    }`,
  );
  console.log(`${measured.tokensPerSecond.toFixed(0)} tokens/s in all`);
  console.log(`first text: ${describe(firstMs)}`);
  console.log(`between two pieces of text: ${describe(betweenMs)}`);
  const third = Math.ceil(memory.length / 3);
  const mean = (values: readonly number[]): string =>
    (values.reduce((sum, value) => sum + value, 0) / values.length / 2 ** 20)
      .toFixed(0);
  console.log(
    `memory: ${mean(memory.slice(0, third))} MiB in the first third, ${
      mean(memory.slice(-third))
    } in the last`,
  );
  console.log(
    `${numConnections + 10} requests at once: ${
      Object.entries(beyond.statuses)
        .map(([status, count]) => `${count} x ${status}`).join(", ")
    }; ${beyond.numTold} of them were told when to come again`,
  );
}

/** Median and 99th percentile of ascending times. */
function describe(times: readonly number[]): string {
  const at = (share: number): string =>
    (times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? NaN)
      .toFixed(0);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}
