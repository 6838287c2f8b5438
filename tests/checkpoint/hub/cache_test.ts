import { assert, assertEquals, assertRejects } from "@std/assert";
import { dirname, join, relative } from "node:path";
import { listModels } from "../../../src/checkpoint/hub/list_models.ts";
import { removeModel } from "../../../src/checkpoint/hub/remove_model.ts";

const [OLD, NEW] = ["a".repeat(40), "b".repeat(40)] as const;

function symlink(source: string, place: string): Promise<void> {
  return Deno.symlink(relative(dirname(place), source), place);
}

/** Makes a cache as the Hub's own tools leave it: two commits that share a file. */
async function withCache(
  action: (cacheFolder: string) => Promise<void>,
  linkFile: typeof symlink = symlink,
): Promise<void> {
  const cacheFolder = await Deno.makeTempDir();
  const repo = join(cacheFolder, "models--org--name");
  const write = async (path: string, text: string): Promise<void> => {
    await Deno.mkdir(dirname(join(repo, path)), { recursive: true });
    await Deno.writeTextFile(join(repo, path), text);
  };
  const link = async (path: string, blob: string): Promise<void> => {
    const place = join(repo, "snapshots", path);
    await Deno.mkdir(dirname(place), { recursive: true });
    await linkFile(join(repo, "blobs", blob), place);
  };
  try {
    await write("blobs/shared", "12345");
    await write("blobs/old", "123");
    await write("blobs/new", "1234567");
    await write("refs/main", NEW);
    await write("refs/refs/pr/1", OLD);
    await link(`${OLD}/config.json`, "shared");
    await link(`${OLD}/dir/model.safetensors`, "old");
    await link(`${NEW}/config.json`, "shared");
    await link(`${NEW}/dir/model.safetensors`, "new");
    await Deno.mkdir(join(cacheFolder, "datasets--org--name"));
    await Deno.mkdir(join(cacheFolder, ".locks"));
    await action(cacheFolder);
  } finally {
    await Deno.remove(cacheFolder, { recursive: true });
  }
}

Deno.test("listModels() lists what other tools have put into the cache", async () => {
  await withCache(async (cacheFolder) => {
    const models = await listModels(cacheFolder);
    assert(models.every(({ lastUsed }) => Date.now() - Number(lastUsed) < 6e4));
    assertEquals(
      models.map(({ lastUsed: _, ...others }) => others),
      [
        { repo: "org/name", commit: OLD, refs: ["refs/pr/1"], sizeBytes: 8 },
        { repo: "org/name", commit: NEW, refs: ["main"], sizeBytes: 12 },
      ],
    );
    assertEquals(await listModels(join(cacheFolder, "none")), []);
  });
});

for (
  const [kind, linkFile] of [["links", symlink], ["names", Deno.link]] as const
) {
  Deno.test(`removeModel() removes a revision, and what no other has ${kind} to`, async () => {
    await withCache(async (cacheFolder) => {
      const repo = "org/name";
      const freed = await removeModel(cacheFolder, {
        repo,
        revision: "refs/pr/1",
      });
      assertEquals(freed, 3);
      const folder = join(cacheFolder, "models--org--name");
      const names = await Array.fromAsync(Deno.readDir(join(folder, "blobs")));
      assertEquals(names.map(({ name }) => name).sort(), ["new", "shared"]);
      const [model, ...others] = await listModels(cacheFolder);
      assertEquals([model?.commit, model?.sizeBytes, others], [NEW, 12, []]);
      assertEquals(await removeModel(cacheFolder, { repo, revision: NEW }), 12);
      assertEquals(await listModels(cacheFolder), []);
      await assertRejects(() => Deno.stat(folder), Deno.errors.NotFound);
    }, linkFile);
  });
}

Deno.test("removeModel() removes all of a model, and refuses what is not there", async () => {
  await withCache(async (cacheFolder) => {
    const model = { repo: "org/name", revision: null };
    for (
      const other of [
        { ...model, repo: "org/other" },
        { ...model, revision: "v2" },
        { ...model, revision: "c".repeat(40) },
      ]
    ) {
      await assertRejects(
        () => removeModel(cacheFolder, other),
        ReferenceError,
        "as the cache must hold it",
      );
    }
    assertEquals(await removeModel(cacheFolder, model), 15);
    const names = await Array.fromAsync(Deno.readDir(cacheFolder));
    assertEquals(
      names.map(({ name }) => name).sort(),
      [".locks", "datasets--org--name"],
    );
  });
});
