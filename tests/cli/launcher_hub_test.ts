import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { finish, spawnLauncher } from "./_launch.ts";
import { FakeHub, noise } from "../checkpoint/hub/_fake_hub.ts";

const FILES = {
  "config.json": new TextEncoder().encode("{}"),
  "model.safetensors": noise(5000),
};

function spawn(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Deno.ChildProcess {
  return spawnLauncher(args, { env });
}

Deno.test("jakiro permits pull the Hub and its cache, and no other server", async () => {
  await using hub = await FakeHub.start({ files: FILES, largeBytes: Infinity });
  const pull = ["pull", "hf:test/stories"];
  const pulled = await finish(spawn(pull, hub.env));
  assertEquals([pulled.status, pulled.stderr], [0, ""]);
  assert(pulled.stdout.startsWith(hub.cacheFolder));
  // It is on the disk once.
  const [kept, named] = await Promise.all([
    Deno.stat(`${hub.folder}/blobs/${hub.hash("model.safetensors")}`),
    Deno.stat(`${pulled.stdout.trim()}/model.safetensors`),
  ]);
  assertEquals([named.dev, named.ino], [kept.dev, kept.ino]);
  const listed = await finish(spawn(["list"], hub.env));
  assertStringIncludes(listed.stdout, "hf:test/stories");
  // Its large files are on a server that is not known to be one of the Hub's.
  await using other = await FakeHub.start({ files: FILES });
  const refused = await finish(spawn(pull, other.env));
  assertEquals([refused.status, refused.stdout], [1, ""]);
  assertStringIncludes(refused.stderr, "Requires net access");
  const commas = { ...hub.env, HF_HUB_CACHE: "/a,b" };
  assertEquals((await finish(spawn(["list"], commas))).status, 2);
});

Deno.test("jakiro pull ends at Ctrl-C, and goes on", async () => {
  await using hub = await FakeHub.start({ files: FILES, largeBytes: Infinity });
  const { promise, resolve } = Promise.withResolvers<void>();
  hub.fault = ({ path }) => {
    if (!path.endsWith("model.safetensors")) return null;
    resolve();
    // Never goes on.
    return new Response(new ReadableStream());
  };
  const child = spawn(["pull", "hf:test/stories"], hub.env);
  await promise;
  child.kill("SIGINT");
  assertEquals(await finish(child), {
    status: 130,
    stdout: "",
    stderr: "stopped; the same command goes on\n",
  });
  hub.fault = () => null;
  const again = await finish(spawn(["pull", "hf:test/stories"], hub.env));
  assertEquals([again.status, again.stderr], [0, ""]);
});
