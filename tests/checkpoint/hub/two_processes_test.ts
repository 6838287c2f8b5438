import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { FakeHub, noise } from "./_fake_hub.ts";

const PULL = `
import { resolveModel } from ${
  JSON.stringify(import.meta.resolve("../../../src/checkpoint/hub/mod.ts"))
};
console.log(await resolveModel("hf:test/stories", { rangeBytes: 4096 }));
`;
const WEIGHTS = noise(200_000);
const FILES = {
  "config.json": new TextEncoder().encode("{}"),
  "model.safetensors": WEIGHTS,
};

function spawn(hub: FakeHub): Deno.ChildProcess {
  const config = new URL("../../../deno.json", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--config", config, "-"],
    env: hub.env,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  writer.write(new TextEncoder().encode(PULL)).then(() => writer.close());
  return child;
}

async function assertPulled(child: Deno.ChildProcess): Promise<void> {
  const { success, stdout, stderr } = await child.output();
  assert(success, new TextDecoder().decode(stderr));
  const path = new TextDecoder().decode(stdout).trim();
  assertEquals(await Deno.readFile(`${path}/model.safetensors`), WEIGHTS);
}

/** Each range takes a while, so that the processes meet. */
function slowHub(): Promise<FakeHub> {
  return FakeHub.start({
    files: FILES,
    fault: async ({ server }) => {
      if (server === "cdn") await new Promise((done) => setTimeout(done, 30));
      return null;
    },
  });
}

Deno.test("resolveModel() of two processes at once fetches every byte once", async () => {
  await using hub = await slowHub();
  await Promise.all([spawn(hub), spawn(hub)].map(assertPulled));
  assertEquals(hub.numSent, WEIGHTS.length + FILES["config.json"].length);
  const blobs = await Array.fromAsync(Deno.readDir(join(hub.folder, "blobs")));
  assertEquals(
    blobs.map(({ name }) => name).sort(),
    [hub.hash("config.json"), hub.hash("model.safetensors")].sort(),
  );
});

Deno.test("resolveModel() goes on where a process was killed, which another was waiting for", async () => {
  await using hub = await slowHub();
  const killed = spawn(hub);
  const { fault } = hub;
  const { promise, resolve } = Promise.withResolvers<void>();
  hub.fault = (asked, right) => {
    if (hub.numSent > 60_000) resolve();
    return fault(asked, right);
  };
  await promise;
  const waiting = spawn(hub);
  killed.kill("SIGKILL");
  assertEquals((await killed.output()).success, false);
  await assertPulled(waiting);
  // What was on the way to the killed one is fetched again, and no more.
  assert(hub.numSent < 1.6 * WEIGHTS.length, `${hub.numSent} bytes`);
});
