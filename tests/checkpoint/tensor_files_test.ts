import { assertEquals } from "@std/assert";
import {
  openTensorFiles,
  type TensorFiles,
  type TensorToWrite,
  writeSafetensors,
} from "../../src/checkpoint/mod.ts";
import { assertErrorAsync } from "./assert_error.ts";
import {
  shardName,
  tinyTensors,
  withDirectory,
  writeJson,
  writeTinyModel,
} from "./tiny_model.ts";

const INDEX = "model.safetensors.index.json";

async function assertHolds(
  files: TensorFiles,
  tensors: readonly TensorToWrite[],
): Promise<void> {
  assertEquals(
    [...files.tensors.keys()].sort(),
    tensors.map((tensor) => tensor.name).sort(),
  );
  await Promise.all(tensors.map(async ({ name, bytes }) => {
    const entry = files.tensors.get(name);
    if (entry === undefined || typeof bytes === "function") return;
    const whole = new Uint8Array(entry.sizeBytes);
    await files.readTensorBytes(entry, { into: whole });
    assertEquals(whole, bytes);
    const part = new Uint8Array(5);
    await files.readTensorBytes(entry, { startBytes: 3, into: part });
    assertEquals(part, bytes.slice(3, 8));
  }));
}

Deno.test("openTensorFiles() reads one file and any number of shards alike", async () => {
  for (const numShards of [0, 1, 2, 7]) {
    await withDirectory(async (directory) => {
      await writeTinyModel(directory, { numShards });
      using files = await openTensorFiles(directory);
      const name = numShards === 0 ? "model.safetensors" : INDEX;
      assertEquals(files.weightsFile, `${directory}/${name}`);
      await assertHolds(files, tinyTensors());
    });
  }
});

Deno.test("openTensorFiles() reads shards that are links into another directory", async () => {
  await withDirectory(async (directory) => {
    await writeTinyModel(directory, { numShards: 2 });
    await Deno.mkdir(`${directory}/blobs`);
    for (let shard = 0; shard < 2; shard++) {
      const file = `${directory}/${shardName(shard, 2)}`;
      await Deno.rename(file, `${directory}/blobs/${shard}`);
      await Deno.symlink(`${directory}/blobs/${shard}`, file);
    }
    using files = await openTensorFiles(directory);
    await assertHolds(files, tinyTensors());
  });
});

Deno.test("openTensorFiles() prefers model.safetensors to an index", async () => {
  await withDirectory(async (directory) => {
    await writeTinyModel(directory);
    await Deno.writeTextFile(`${directory}/${INDEX}`, "no JSON");
    using files = await openTensorFiles(directory);
    await assertHolds(files, tinyTensors());
  });
});

Deno.test("openTensorFiles() says when a directory holds no weights", async () => {
  await withDirectory(async (directory) => {
    await assertErrorAsync(() => openTensorFiles(directory), [
      ReferenceError,
      `Cannot open "DIR" as it must hold model.safetensors or ${INDEX}: found neither`,
    ], { directory });
    await Deno.mkdir(`${directory}/model.safetensors`);
    await assertErrorAsync(() => openTensorFiles(directory), [
      TypeError,
      'Cannot open "DIR/model.safetensors" as it must be a file: found a directory',
    ], { directory });
  });
});

const X: TensorToWrite = {
  name: "x",
  dtype: "U8",
  shape: [1],
  bytes: Uint8Array.of(1),
};
const Y: TensorToWrite = { ...X, name: "y" };

type Case = readonly [
  weightMap: Readonly<Record<string, string>>,
  error: readonly [typeof TypeError, string],
];
const WRONG_INDEXES: readonly Case[] = [
  [{ x: "a.safetensors", y: "gone.safetensors" }, [
    ReferenceError,
    'Cannot open "DIR/gone.safetensors" as it must exist: found nothing there',
  ]],
  [{ x: "a.safetensors", z: "a.safetensors" }, [
    ReferenceError,
    `Cannot load "z" from "DIR/a.safetensors" as ${INDEX} lists it there: found no such tensor`,
  ]],
  [{ z: "a.safetensors" }, [
    RangeError,
    `Cannot load "x" from "DIR/a.safetensors" as ${INDEX} must list it there: found it nowhere`,
  ]],
  [{ x: "xy.safetensors" }, [
    RangeError,
    `Cannot load "y" from "DIR/xy.safetensors" as ${INDEX} must list it there: found it nowhere`,
  ]],
  [{ x: "a.safetensors", y: "xy.safetensors" }, [
    RangeError,
    `Cannot load "x" from "DIR/xy.safetensors" as ${INDEX} must list it there: found "a.safetensors"`,
  ]],
  [{ x: "xy.safetensors", y: "b.safetensors" }, [
    RangeError,
    `Cannot load "y" from "DIR/xy.safetensors" as ${INDEX} must list it there: found "b.safetensors"`,
  ]],
  [{ x: "../a.safetensors" }, [
    RangeError,
    `Cannot read "DIR/${INDEX}" as "x" must be in a .safetensors file beside it: found "../a.safetensors"`,
  ]],
];

async function refuseWrongIndexes(): Promise<void> {
  await withDirectory(async (directory) => {
    await writeSafetensors(`${directory}/a.safetensors`, [X]);
    await writeSafetensors(`${directory}/b.safetensors`, [Y]);
    await writeSafetensors(`${directory}/xy.safetensors`, [X, Y]);
    for (const [weightMap, error] of WRONG_INDEXES) {
      await writeJson(`${directory}/${INDEX}`, { weight_map: weightMap });
      const open = (): Promise<TensorFiles> => openTensorFiles(directory);
      await assertErrorAsync(open, error, { directory });
    }
  });
}

Deno.test({
  name:
    "openTensorFiles() refuses an index and shards that disagree, and closes them",
  sanitizeResources: true,
  fn: refuseWrongIndexes,
});

Deno.test("readTensorBytes() refuses parts outside the tensor", async () => {
  await withDirectory(async (directory) => {
    const file = `${directory}/model.safetensors`;
    await writeSafetensors(file, [X, Y]);
    using files = await openTensorFiles(directory);
    const entry = files.tensors.get("x");
    if (entry === undefined) throw new Error("x is missing");
    const into = new Uint8Array(1);
    for (const startBytes of [-1, 1, 0.5, NaN, Infinity]) {
      await assertErrorAsync(
        () => files.readTensorBytes(entry, { startBytes, into }),
        [
          RangeError,
          `Cannot read bytes ${startBytes} to ${
            startBytes + 1
          } of "x" from "DIR/model.safetensors" as they must be within the tensor: found 1 bytes`,
        ],
        { directory },
      );
    }
    const elsewhere = { ...entry, file: "other.safetensors" };
    await assertErrorAsync(() => files.readTensorBytes(elsewhere, { into }), [
      ReferenceError,
      'Cannot read bytes 0 to 1 of "x" from "other.safetensors" as the file must be of this checkpoint: found another',
    ]);
  });
});

Deno.test("readTensorBytes() says when the file has become shorter or closed", async () => {
  await withDirectory(async (directory) => {
    const file = `${directory}/model.safetensors`;
    await writeSafetensors(file, [{
      ...X,
      shape: [8],
      bytes: new Uint8Array(8),
    }]);
    const files = await openTensorFiles(directory);
    const entry = files.tensors.get("x");
    if (entry === undefined) throw new Error("x is missing");
    await Deno.truncate(file, entry.startBytes + 5);
    const read = (): Promise<void> =>
      files.readTensorBytes(entry, { startBytes: 2, into: new Uint8Array(6) });
    const start =
      'Cannot read bytes 2 to 8 of "x" from "DIR/model.safetensors"';
    await assertErrorAsync(read, [
      RangeError,
      `${start} as the file must hold them: found 3 of 6 bytes`,
    ], { directory });
    files[Symbol.dispose]();
    files[Symbol.dispose]();
    await assertErrorAsync(read, [
      TypeError,
      `${start} as the file must be open: found it closed`,
    ], { directory });
  });
});
