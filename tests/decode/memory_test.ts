import { assert, assertEquals, assertLess } from "@std/assert";
import type { MemorySample } from "./_memory_run.ts";

const SCRIPT = new URL("_memory_run.ts", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;
/**
 * How much a process may grow behind its first fifth: what V8 and malloc keep for themselves moves by 2 MiB. A KiB
 * for each token, or a twentieth of each session, would be more.
 */
const MAX_GROWTH = 8 * 2 ** 20;

/** Runs the script in a process of its own: other tests use memory, too. */
async function run(): Promise<readonly MemorySample[]> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--config", CONFIG, "--v8-flags=--expose-gc"],
      ...["--allow-read", "--allow-env", SCRIPT],
    ],
    env: { XDG_RUNTIME_DIR: "/tmp", NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  assert(success, text.decode(stderr));
  return text.decode(stdout).trim().split("\n").map((line) => JSON.parse(line));
}

/** Compares each sample behind the first fifth with the one there. */
function assertFlat(samples: readonly MemorySample[]): void {
  const [, , first, ...others] = samples;
  assert(first !== undefined && others.length >= 8);
  for (const { numBuffers, bufferBytes, rssBytes } of others) {
    assertEquals(numBuffers, first.numBuffers);
    assertEquals(bufferBytes, first.bufferBytes);
    assertLess(rssBytes - first.rssBytes, MAX_GROWTH);
  }
}

Deno.test("memory does not grow over 10,000 tokens and 200 generations, nor over 200 sessions", async () => {
  const samples = await run();
  const generating = samples.filter(({ phase }) => phase === "generate");
  const opening = samples.filter(({ phase }) => phase === "open");
  const last = generating.at(-1);
  assert(last !== undefined);
  assertLess(199, last.numSessions);
  assertLess(9_999, last.numTokens);
  assertEquals(opening.at(-1)?.numSessions, 200);
  assertFlat(generating);
  assertFlat(opening);
  // What was counted is what the models had, and the first was freed with all that it had.
  const [opened] = opening;
  assert(opened !== undefined && opened.numBuffers > 0);
  assertLess(opened.bufferBytes, last.bufferBytes);
});
