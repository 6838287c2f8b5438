import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type CliResult, runCli } from "./_run_cli.ts";
import { f32Bytes, ggufBytes } from "../checkpoint/_gguf_writer.ts";
import { COMMIT, FakeHub } from "../checkpoint/hub/_fake_hub.ts";
import { ggufOfDirectory } from "../checkpoint/_gguf_model.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);

async function readFiles(
  folder: string,
): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
  const files: Record<string, Uint8Array<ArrayBuffer>> = {};
  for await (
    const { name, isDirectory } of Deno.readDir(new URL(folder, STORIES))
  ) {
    const path = `${folder}${name}`;
    if (isDirectory) Object.assign(files, await readFiles(`${path}/`));
    else files[path] = await Deno.readFile(new URL(path, STORIES));
  }
  return files;
}

async function startHub(): Promise<FakeHub> {
  return await FakeHub.start({ files: await readFiles("") });
}

function run(hub: FakeHub, args: readonly string[]): Promise<CliResult> {
  const names = ["HF_ENDPOINT", "HF_TOKEN", "HF_TOKEN_PATH", "HF_HOME"]
    .concat("HF_HUB_CACHE", "HF_HUB_OFFLINE", "XDG_CACHE_HOME", "HOME");
  return runCli(args, {
    env: hub.env,
    permissions: [
      "--allow-net=127.0.0.1",
      `--allow-env=${names.join()},USERPROFILE`,
      `--allow-write=${hub.cacheFolder}`,
    ],
  });
}

Deno.test("generate writes the same text with a model of the Hub as with its folder", async () => {
  await using hub = await startHub();
  const args = ["--max-tokens=12", "--quiet", "Once"];
  const folder = await runCli([
    "generate",
    "--model",
    STORIES.pathname,
    ...args,
  ]);
  const pulled = await run(hub, [
    "generate",
    "--model=hf:test/stories",
    ...args,
  ]);
  assert(folder.stdout.length > 20);
  assertEquals(pulled, folder);
  // From the cache, and with the drafter of another name in it.
  const { numSent } = hub;
  const again = await run(hub, [
    "generate",
    "--model=hf:test/stories@main",
    `--draft=${new URL("drafter", STORIES).pathname}`,
    ...args,
  ]);
  assertEquals([again, hub.numSent], [folder, numSent]);
});

Deno.test("pull, list and rm bring a model into the cache, show and remove it", async () => {
  await using hub = await startHub();
  const pulled = await run(hub, ["pull", "hf:test/stories"]);
  assertEquals([pulled.status, pulled.stderr], [0, ""]);
  const path = pulled.stdout.trim();
  assert((await Deno.stat(`${path}/model.safetensors`)).isFile);
  const listed = await run(hub, ["list"]);
  assertStringIncludes(
    listed.stdout,
    "hf:test/stories  main      0123456789ab",
  );
  const json = JSON.parse((await run(hub, ["list", "--json"])).stdout);
  assertEquals(json.models[0].repo, "test/stories");
  const removed = await run(hub, ["rm", "hf:test/stories"]);
  assertEquals([removed.status, removed.stdout], [0, ""]);
  assertStringIncludes(removed.stderr, "MiB are free");
  const again = await run(hub, ["rm", "hf:test/stories"]);
  assertEquals(again.status, 1);
  assertStringIncludes(again.stderr, "as the cache must hold it");
  assertStringIncludes((await run(hub, ["list"])).stdout, "no models in ");
});

Deno.test("pull says what is wrong with a name on one line", async () => {
  await using hub = await startHub();
  const cases = [
    [["hf:test/../x"], 1, "must be hf:org/name[@revision][:file]"],
    [["hf:test/other"], 1, 'answered 404 "RepoNotFound"'],
    [["hf:test/stories@v9"], 1, 'answered 404 "RevisionNotFound"'],
    [["hf:test/stories:x.gguf"], 1, 'must hold "x.gguf"'],
    [["weights"], 2, 'found "weights"'],
    [[], 2, 'found "nothing"'],
    [["hf:a/b", "hf:c/d"], 2, "found 2 names"],
  ] as const;
  for (const [operands, status, message] of cases) {
    const result = await run(hub, ["pull", ...operands]);
    assertEquals([result.status, result.stdout], [status, ""]);
    assertStringIncludes(result.stderr, message);
    assertEquals(result.stderr.split("\n").length, 2);
  }
});

Deno.test("inspect estimates a model of the Hub without downloading its weights", async () => {
  await using hub = await startHub();
  const ours = JSON.parse(
    (await runCli(["inspect", "--model", STORIES.pathname, "--json"])).stdout,
  );
  const { status, stdout, stderr } = await run(hub, [
    "inspect",
    "--model=hf:test/stories",
    "--json",
  ]);
  assertEquals([status, stderr], [0, ""]);
  const found = JSON.parse(stdout);
  assertEquals(found.directory, "hf:test/stories");
  assertEquals(found.memory, ours.memory);
  assertEquals(found.config, ours.config);
  assertEquals(found.drafter.storedBytes, ours.drafter.storedBytes);
  const numBytes = Object.values(hub.options.files)
    .reduce((sum, { length }) => sum + length, 0);
  assert(hub.numSent < numBytes / 10, `${hub.numSent} of ${numBytes} bytes`);
  // Nothing is left that could be taken for the model.
  assertStringIncludes((await run(hub, ["list"])).stdout, "no models in ");
});

/** A model whose configuration follows from factors far behind the header. */
async function ggufWithFactors(): Promise<Uint8Array<ArrayBuffer>> {
  const content = await ggufOfDirectory(STORIES.pathname);
  const numRows = 2 ** 14;
  const tensors = (content.tensors ?? []).map((tensor) =>
    tensor.name === "token_embd.weight"
      ? {
        ...tensor,
        shape: [numRows, 64],
        bytes: new Uint8Array(numRows * 256),
      }
      : tensor
  ).concat({
    name: "rope_freqs.weight",
    type: 0,
    shape: [4],
    bytes: f32Bytes([1, 2, 4, 8]),
  });
  return ggufBytes({ ...content, tensors });
}

for (const isOnHub of [true, false]) {
  const where = isOnHub ? "of the Hub" : "at an address";
  Deno.test(`inspect estimates a GGUF file ${where} from its header and its factors`, async () => {
    const bytes = await ggufWithFactors();
    await using hub = await FakeHub.start({ files: { "m.gguf": bytes } });
    const file = `${hub.cacheFolder}/m.gguf`;
    await Deno.writeFile(file, bytes);
    const name = isOnHub
      ? "hf:test/stories:m.gguf"
      : `${hub.endpoint}/test/stories/resolve/${COMMIT}/m.gguf`;
    const inspect = async (model: string): Promise<Record<string, unknown>> => {
      const args = ["inspect", "--model", model, "--json"];
      const { status, stdout, stderr } = await run(hub, args);
      assertEquals([status, stderr], [0, ""]);
      return JSON.parse(stdout);
    };
    const expected = { ...await inspect(file), directory: name };
    assertEquals(await inspect(name), expected);
    assert(hub.numSent < bytes.length / 2, `${hub.numSent} bytes`);
    // Nothing is left that could be taken for the model; what is pulled is not fetched again.
    assertStringIncludes((await run(hub, ["list"])).stdout, "no models in ");
    assertEquals((await run(hub, ["pull", name])).status, 0);
    const { numSent } = hub;
    assertEquals(await inspect(name), expected);
    assertEquals(hub.numSent, numSent);
  });
}

Deno.test("inspect takes the header of a GGUF file from a server that knows no ranges", async () => {
  const bytes = await ggufWithFactors();
  await using hub = await FakeHub.start({
    files: { "m.gguf": bytes },
    fault: ({ range }) => range === null ? null : new Response(bytes),
  });
  const model = `${hub.endpoint}/test/stories/resolve/${COMMIT}/m.gguf`;
  const args = ["inspect", "--model", model, "--json"];
  const { status, stdout } = await run(hub, args);
  assertEquals(status, 0);
  assertEquals(JSON.parse(stdout).config.hiddenSize, 64);
});

Deno.test("inspect names what is wrong with a model by what it was called", async () => {
  const text = (text: string) => new TextEncoder().encode(text);
  const gguf = await ggufWithFactors();
  const shape = await Deno.readFile(new URL("config.json", STORIES));
  await using hub = await FakeHub.start({
    files: {
      "bad.gguf": text("no model".repeat(400)),
      // Its header promises more tensors than there are bytes.
      "cut.gguf": gguf.slice(0, 3000),
      "config.json": shape,
      "model.safetensors": text(`\x10\0\0\0\0\0\0\0${"{".repeat(2000)}`),
    },
  });
  const address = `${hub.endpoint}/test/stories/resolve/${COMMIT}`;
  const cases = [
    ["hf:test/stories:bad.gguf", "hf:test/stories:bad.gguf"],
    ["hf:test/stories@main:cut.gguf", "hf:test/stories:cut.gguf"],
    ["hf:test/stories", "hf:test/stories:model.safetensors"],
    [`${address}/bad.gguf`, `${address}/bad.gguf`],
    [`${address}/cut.gguf`, `${address}/cut.gguf`],
  ] as const;
  for (const [model, name] of cases) {
    const { status, stderr } = await run(hub, ["inspect", "--model", model]);
    assertEquals(status, 1);
    assertStringIncludes(stderr, `"${name}"`);
    assert(!stderr.includes(hub.cacheFolder), stderr);
    assertEquals(stderr.split("\n").length, 2);
  }
  const { stderr } = await run(hub, [
    "inspect",
    `--model=${STORIES.pathname}`,
    "--draft=hf:test/stories",
  ]);
  assertStringIncludes(stderr, '"hf:test/stories');
  assert(!stderr.includes(hub.cacheFolder), stderr);
});
