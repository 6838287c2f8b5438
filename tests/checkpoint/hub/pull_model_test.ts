import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "node:path";
import { resolveModel } from "../../../src/checkpoint/hub/resolve_model.ts";
import type { ResolveModelOptions } from "../../../src/checkpoint/hub/resolve_model.ts";
import { COMMIT, cutAfter, FakeHub, noise, POLICY } from "./_fake_hub.ts";

const TEXT = new TextEncoder().encode('{"a": 1}');
const WEIGHTS = noise(50_000);
const FILES = {
  "README.md": TEXT,
  "config.json": TEXT,
  "tokenizer.json": noise(2000, 7),
  "model.safetensors": WEIGHTS,
  "pytorch_model.bin": noise(3000, 8),
  "onnx/model.onnx": noise(3000, 9),
};
const RANGE_BYTES = 4096;

function pull(
  hub: FakeHub,
  options: ResolveModelOptions = {},
  spec = "hf:test/stories",
): Promise<string | URL> {
  return resolveModel(spec, {
    settings: hub.settings,
    policy: POLICY,
    rangeBytes: RANGE_BYTES,
    ...options,
  });
}

/** Asserts that nothing is under a final name but what belongs there. */
async function assertNoFalseFile(hub: FakeHub): Promise<void> {
  const right = new Set(
    Object.keys(hub.options.files).map((name) => hub.hash(name)),
  );
  for await (const { name } of readFolder(join(hub.folder, "blobs"))) {
    if (name.endsWith(".incomplete")) continue;
    assert(right.has(name), name);
    const file = Object.entries(hub.options.files)
      .find(([path]) => hub.hash(path) === name);
    assertEquals(
      await Deno.readFile(join(hub.folder, "blobs", name)),
      file?.[1],
    );
  }
}

async function* readFolder(path: string): AsyncGenerator<Deno.DirEntry> {
  try {
    yield* Deno.readDir(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function assertWhole(path: string | URL): Promise<void> {
  assertEquals(await Deno.readFile(`${path}/model.safetensors`), WEIGHTS);
  assertEquals(await Deno.readFile(`${path}/config.json`), TEXT);
}

Deno.test("resolveModel() brings the files that a model takes into the Hub's layout", async () => {
  await using hub = await FakeHub.start({ files: FILES });
  const shown = new Map<string, number>();
  const path = await pull(hub, {
    onProgress: ({ file, done, total }) => {
      assert(done >= (shown.get(file) ?? 0) && done <= total);
      shown.set(file, done);
    },
  });
  assertEquals(path, join(hub.folder, "snapshots", COMMIT));
  await assertWhole(path);
  assertEquals(
    (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name).sort(),
    ["config.json", "model.safetensors", "tokenizer.json"],
  );
  assertEquals(
    await Deno.readLink(`${path}/model.safetensors`),
    `../../blobs/${hub.hash("model.safetensors")}`,
  );
  assertEquals(
    await Deno.readTextFile(join(hub.folder, "refs", "main")),
    COMMIT,
  );
  assertEquals([...shown.values()], [TEXT.length, 2000, WEIGHTS.length]);
  const numRanges =
    hub.contents.filter(({ path, server }) =>
      server === "cdn" && path === "/model.safetensors"
    ).length;
  assertEquals(numRanges, Math.ceil(WEIGHTS.length / RANGE_BYTES));
  // Where it lies is asked for once.
  const asked = hub.contents.filter(({ path, server }) =>
    server === "hub" && path.endsWith("model.safetensors")
  );
  assertEquals(asked.length, 1);
  const { numSent } = hub;
  await pull(hub);
  assertEquals(hub.numSent, numSent);
});

Deno.test("resolveModel() uses what other tools have put into the cache", async () => {
  await using hub = await FakeHub.start({ files: FILES });
  const blob = join(hub.folder, "blobs", hub.hash("model.safetensors"));
  await Deno.mkdir(join(hub.folder, "blobs"), { recursive: true });
  await Deno.writeFile(blob, WEIGHTS);
  await assertWhole(await pull(hub));
  assertEquals(
    hub.contents.filter(({ path }) => path.includes("model.safetensors")),
    [],
  );
});

Deno.test("resolveModel() gives the token to the Hub, and not to where it leads", async () => {
  await using hub = await FakeHub.start({ files: FILES, token: "hf_secret" });
  await assertWhole(await pull(hub));
  for (const { server, authorization } of hub.asked) {
    assertEquals(authorization, server === "hub" ? "Bearer hf_secret" : null);
  }
  const settings = { ...hub.settings, token: null };
  const error = await assertRejects(() => pull(hub, { settings }), TypeError);
  assertStringIncludes(error.message, 'answered 401 "RepoNotFound"');
  assertStringIncludes(error.message, "set HF_TOKEN");
});

Deno.test("resolveModel() goes on where it was cut off", async () => {
  await using hub = await FakeHub.start({ files: FILES });
  const controller = new AbortController();
  const stopped = await assertRejects(() =>
    pull(hub, {
      signal: controller.signal,
      onProgress: ({ file, done }) => {
        if (file === "model.safetensors" && done >= 20_000) controller.abort();
      },
    })
  );
  assertEquals(stopped, controller.signal.reason);
  const partial = join(
    hub.folder,
    "blobs",
    `${hub.hash("model.safetensors")}.incomplete`,
  );
  const { size } = await Deno.stat(partial);
  assert(size >= 20_000 && size < WEIGHTS.length, `${size} bytes`);
  await assertNoFalseFile(hub);
  const numAsked = hub.asked.length;
  await assertWhole(await pull(hub));
  // What was on the way may still be asked for once more, in the same ranges.
  const ranges = new Set(
    hub.asked.slice(numAsked)
      .filter(({ path, server }) =>
        server === "cdn" && path === "/model.safetensors"
      ).map(({ range }) => range ?? ""),
  );
  const numBytes = [...ranges].map((range) => range.match(/\d+/g) ?? [])
    .reduce((sum, [from, last]) => sum + Number(last) - Number(from) + 1, 0);
  assertEquals(numBytes, WEIGHTS.length - size);
  await assertRejects(() => Deno.stat(partial), Deno.errors.NotFound);
});

Deno.test("resolveModel() does not trust a beginning that another left", async () => {
  await using hub = await FakeHub.start({ files: FILES });
  await Deno.mkdir(join(hub.folder, "blobs"), { recursive: true });
  for (const numBytes of [9000, WEIGHTS.length, WEIGHTS.length + 5]) {
    const hash = hub.hash("model.safetensors");
    const blob = join(hub.folder, "blobs", hash);
    await Deno.writeFile(`${blob}.incomplete`, noise(numBytes, 99));
    await assertWhole(await pull(hub));
    await Deno.remove(blob);
  }
});

Deno.test("resolveModel() lets faults pass that may pass", async () => {
  await using hub = await FakeHub.start({ files: FILES });
  const numSeen = new Map<string, number>();
  hub.fault = ({ path, range, server }, right) => {
    // What is left of a range that was cut has the same end.
    const key = `${server} ${path} ${range?.split("-")[1]}`;
    const count = (numSeen.get(key) ?? 0) + 1;
    numSeen.set(key, count);
    if (count === 1) {
      const headers = { "retry-after": "0" };
      return new Response("slow down", { status: 429, headers });
    }
    if (count === 2) return new Response("oh", { status: 503 });
    return server === "cdn" && count === 3 && !path.includes("tokenizer")
      ? cutAfter(right(), 100)
      : null;
  };
  await assertWhole(await pull(hub, { policy: { ...POLICY, maxAttempts: 7 } }));
  // Behind the hundred bytes that came before the cut.
  const ranges = hub.contents.map(({ range }) => range);
  assert(ranges.includes("bytes=4196-8191"), ranges.join());
});

Deno.test("resolveModel() asks the Hub again where an address is good no longer", async () => {
  await using hub = await FakeHub.start({ files: FILES });
  // Each that it gives is good for three requests.
  const numUses = new Map<string, number>();
  hub.fault = ({ path, server, query }, right) => {
    if (!path.endsWith("model.safetensors")) return null;
    if (server === "hub") {
      const headers = new Headers(right().headers);
      headers.set("location", `${headers.get("location")}?${numUses.size}`);
      numUses.set(`?${numUses.size}`, 0);
      return new Response(null, { status: 302, headers });
    }
    const count = 1 + (numUses.get(query) ?? 0);
    numUses.set(query, count);
    return count > 3 ? new Response("", { status: 403 }) : null;
  };
  await assertWhole(await pull(hub));
  assert([...numUses.values()].some((count) => count > 3));
});

Deno.test("resolveModel() takes a file as a whole where there are no ranges, cuts included", async () => {
  await using hub = await FakeHub.start({ files: FILES });
  let numWhole = 0;
  hub.fault = ({ path, server }) => {
    if (server !== "cdn") return null;
    const bytes = FILES[path.slice(1) as keyof typeof FILES];
    // Cuts each time, the first included.
    numWhole++;
    return numWhole % 2 === 1
      ? cutAfter(new Response(bytes), Math.floor(bytes.length / 2))
      : new Response(bytes);
  };
  await assertWhole(await pull(hub));
});

Deno.test("resolveModel() uses nothing that is not what was announced", async () => {
  const isWeights = (path: string): boolean => path === "/model.safetensors";
  const wrong = WEIGHTS.slice();
  wrong[30_000] = 1 + (wrong[30_000] ?? 0);
  const whole = (bytes: Uint8Array<ArrayBuffer>) => () => new Response(bytes);
  const cases = {
    "sha256 hash must be": whole(wrong),
    "as it must have the announced 50000 bytes: found more": whole(
      noise(WEIGHTS.length + 1),
    ),
    "must send all of it: cut off": whole(WEIGHTS.slice(0, -1)),
    'found range "bytes 0-4095/49999"': () =>
      new Response(WEIGHTS.slice(0, 4096), {
        status: 206,
        headers: { "content-range": "bytes 0-4095/49999" },
      }),
    "a range that is longer than asked for": () =>
      new Response(WEIGHTS.slice(0, 5000), {
        status: 206,
        headers: { "content-range": "bytes 0-4095/50000" },
      }),
    "as its server must answer 200: answered 500": () =>
      new Response("", { status: 500 }),
    "as it must exist: answered 404": () => new Response("", { status: 404 }),
    "set HF_TOKEN to a token that may read it": () =>
      new Response("", { status: 403 }),
  };
  for (const [message, answer] of Object.entries(cases)) {
    await using hub = await FakeHub.start({ files: FILES });
    hub.fault = ({ path, server }) =>
      server === "cdn" && isWeights(path) ? answer() : null;
    const error = await assertRejects(
      () => pull(hub),
      Error,
      undefined,
      message,
    );
    assertStringIncludes(error.message, message);
    await assertNoFalseFile(hub);
    const names = Array.fromAsync(readFolder(join(hub.folder, "refs")));
    assertEquals(await names, []);
    hub.fault = () => null;
    await assertWhole(await pull(hub));
  }
});

Deno.test("resolveModel() counts a connection that stays silent as cut", async () => {
  await using hub = await FakeHub.start({ files: FILES });
  let isSilent = true;
  hub.fault = ({ path }) => {
    if (!path.endsWith("model.safetensors") || !isSilent) return null;
    isSilent = false;
    // Begins, and never goes on.
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(WEIGHTS.slice(0, 10)),
    });
    const headers = { "content-range": "bytes 0-4095/50000" };
    return new Response(body, { status: 206, headers });
  };
  await assertWhole(await pull(hub, { policy: { ...POLICY, idleMs: 100 } }));
  assert(!isSilent);
});

Deno.test("resolveModel() refuses a listing that leads out of the cache", async () => {
  for (
    const name of [
      "../../evil.gguf",
      "/etc/evil.gguf",
      "..\\evil.gguf",
      "C:\\evil.gguf",
      "drafter/../../../model.safetensors",
      "a\0.gguf",
    ]
  ) {
    await using hub = await FakeHub.start({ files: FILES, listed: [name] });
    const error = await assertRejects(() => pull(hub), RangeError);
    assertStringIncludes(error.message, "must have plain relative names");
    assertEquals(hub.contents, []);
  }
});

Deno.test("resolveModel() refuses a listing that does not say what it must", async () => {
  const entry = { type: "file", path: "config.json", size: 8, oid: COMMIT };
  const lfs = { oid: COMMIT, size: 8, pointerSize: 1 };
  const cases: ReadonlyArray<readonly [string, unknown, string]> = [
    [
      "/revision/",
      { id: "x", sha: "../../x" },
      'must name a commit: found "../../x"',
    ],
    ["/tree/", [{ ...entry, oid: "../../evil" }], "must give the hash of"],
    ["/tree/", [{ ...entry, lfs }], "must give the hash of"],
    ["/tree/", [{ ...entry, size: -1 }], "must give the length of"],
    ["/tree/", [{ ...entry, path: 5 }], "must name at most 10000 files"],
    ["/tree/", [], "must hold config.json with model.safetensors"],
  ];
  for (const [part, answer, message] of cases) {
    await using hub = await FakeHub.start({ files: FILES });
    hub.fault = ({ path }) =>
      path.includes(part) ? Response.json(answer) : null;
    const error = await assertRejects(
      () => pull(hub),
      Error,
      undefined,
      message,
    );
    assertStringIncludes(error.message, message);
    assertEquals(hub.contents, []);
  }
});

Deno.test("resolveModel() uses what was pulled where the Hub does not answer, and says so", async () => {
  const hub = await FakeHub.start({ files: FILES });
  const remarks: string[] = [];
  const onRemark = (text: string): number => remarks.push(text);
  const fresh = await assertRejects(async () => {
    await using other = await FakeHub.start({ files: FILES });
    await pull(other, {
      settings: { ...other.settings, endpoint: "http://127.0.0.1:9" },
    });
  }, TypeError);
  assertStringIncludes(fresh.message, "as its server must be reached");
  const path = await pull(hub, { onRemark });
  assertEquals(remarks, []);
  await hub.stop();
  assertEquals(await pull(hub, { onRemark }), path);
  assertEquals(remarks, [
    "the Hub does not answer: using hf:test/stories as it was pulled, commit 0123456789ab",
  ]);
  const settings = { ...hub.settings, isOffline: true };
  assertEquals(await pull(hub, { settings }), path);
  await Deno.remove(`${path}/model.safetensors`);
  const error = await assertRejects(
    () => pull(hub, { settings }),
    ReferenceError,
  );
  assertStringIncludes(error.message, "HF_HUB_OFFLINE");
  await Deno.remove(hub.cacheFolder, { recursive: true });
});

Deno.test("resolveModel() takes one GGUF file, with those that it is split into", async () => {
  const names = ["q4.gguf", "q8-00001-of-00002.gguf", "q8-00002-of-00002.gguf"];
  const files = Object.fromEntries(
    names.map((name, seed) => [name, noise(2000, seed)]),
  );
  await using hub = await FakeHub.start({ files });
  const error = await assertRejects(() => pull(hub), RangeError);
  assertStringIncludes(error.message, '"hf:test/stories:q4.gguf"');
  const path = await pull(hub, {}, "hf:test/stories:q8-00001-of-00002.gguf");
  assertEquals(
    path,
    join(hub.folder, "snapshots", COMMIT, "q8-00001-of-00002.gguf"),
  );
  const asked = new Set(hub.contents.map((asked) => asked.path));
  assert(asked.has("/q8-00002-of-00002.gguf") && !asked.has("/q4.gguf"));
});

Deno.test("resolveModel() takes a GGUF file from any server", async () => {
  const bytes = noise(9000);
  await using hub = await FakeHub.start({
    files: { "m.gguf": bytes },
    largeBytes: Infinity,
  });
  const url = `${hub.endpoint}/test/stories/resolve/${COMMIT}/m.gguf`;
  hub.fault = ({ server, path }, right) =>
    server === "hub" && path.endsWith("m.gguf") ? right() : null;
  const path = await pull(hub, {}, url);
  assert(String(path).endsWith("/m.gguf"));
  assertEquals(await Deno.readFile(path), bytes);
  const { numSent } = hub;
  assertEquals(await pull(hub, {}, url), path);
  assertEquals(hub.numSent, numSent);
  const settings = { ...hub.settings, isOffline: true };
  assertEquals(await pull(hub, { settings }, url), path);
  await assertRejects(
    () => pull(hub, { settings }, `${hub.endpoint}/other.gguf`),
    ReferenceError,
    "HF_HUB_OFFLINE",
  );
});

Deno.test("resolveModel() leaves other sources as they are", async () => {
  const url = new URL("https://example.com/model/");
  for (const source of ["dir", "dir/m.gguf", "https://example.com/m", url]) {
    assertEquals(await resolveModel(source), source);
  }
});
