import { assertEquals, assertRejects } from "@std/assert";
import {
  type DraftCheckpoint,
  openDraftCheckpoint,
  type TensorEntry,
  writeSafetensors,
} from "../../src/checkpoint/mod.ts";
import { assertErrorAsync } from "./assert_error.ts";
import {
  DRAFT_CONFIG,
  draftTensors,
  KINDS,
  writeTinyDrafter,
} from "./tiny_drafter.ts";
import { shardName, withDirectory, writeJson } from "./tiny_model.ts";

const FC = "fc.weight";

async function readAll(
  checkpoint: DraftCheckpoint,
): Promise<ReadonlyMap<string, unknown>> {
  const tensors = new Map<string, unknown>();
  for (const entry of checkpoint.tensors.values()) {
    const { name, dtype, shape, sizeBytes } = entry;
    const bytes = new Uint8Array(sizeBytes);
    await checkpoint.readTensorBytes(entry, { into: bytes });
    tensors.set(name, { name, dtype, shape, bytes });
  }
  return tensors;
}

function find(checkpoint: DraftCheckpoint, name: string): TensorEntry {
  const entry = checkpoint.tensors.get(name);
  if (entry === undefined) throw new Error(`there is no ${name}`);
  return entry;
}

Deno.test("openDraftCheckpoint() reads the same tensors from either kind of file", async () => {
  for (const kind of KINDS) {
    const tensors = draftTensors(kind);
    const expected = new Map(tensors.map((tensor) => [tensor.name, tensor]));
    for (const isTorch of [false, true]) {
      await withDirectory(async (directory) => {
        await writeTinyDrafter(directory, { kind, isTorch });
        using checkpoint = await openDraftCheckpoint(directory);
        const name = isTorch ? "pytorch_model.bin" : "model.safetensors";
        assertEquals(checkpoint.weightsFile, `${directory}/${name}`);
        assertEquals<unknown>(await readAll(checkpoint), expected);
        assertEquals(checkpoint.config.hiddenSize, 8);
        assertEquals(checkpoint.configJson.get("head_dim"), 4);
      });
    }
  }
});

Deno.test("openDraftCheckpoint() reads shards, and safetensors rather than PyTorch's file", async () => {
  await withDirectory(async (directory) => {
    await writeTinyDrafter(directory, { kind: "eagle", isTorch: true });
    const weightMap: Record<string, string> = {};
    const tensors = draftTensors("eagle");
    for (const shard of [0, 1]) {
      const name = shardName(shard, 2);
      const own = tensors.filter((_, index) => index % 2 === shard);
      for (const tensor of own) weightMap[tensor.name] = name;
      await writeSafetensors(`${directory}/${name}`, own);
    }
    const index = "model.safetensors.index.json";
    await writeJson(`${directory}/${index}`, { weight_map: weightMap });
    using sharded = await openDraftCheckpoint(`${directory}/`);
    assertEquals(sharded.weightsFile, `${directory}/${index}`);
    assertEquals(sharded.tensors.size, tensors.length);
    await writeSafetensors(`${directory}/model.safetensors`, tensors);
    using single = await openDraftCheckpoint(new URL(`file://${directory}`));
    assertEquals(single.weightsFile, `${directory}/model.safetensors`);
  });
});

Deno.test("openDraftCheckpoint() reads parts of tensors of PyTorch's file, several at once", async () => {
  await withDirectory(async (directory) => {
    await writeTinyDrafter(directory, { kind: "jakiro", isTorch: true });
    using checkpoint = await openDraftCheckpoint(directory);
    const whole = await readAll(checkpoint);
    await Promise.all(
      [...checkpoint.tensors.values()].map(async (entry) => {
        const into = new Uint8Array(5);
        await checkpoint.readTensorBytes(entry, { startBytes: 3, into });
        const bytes: unknown = Reflect.get(
          Object(whole.get(entry.name)),
          "bytes",
        );
        assertEquals(into, bytes instanceof Uint8Array && bytes.slice(3, 8));
      }),
    );
  });
});

Deno.test("openDraftCheckpoint() refuses parts beyond a tensor of PyTorch's file, and closes it", async () => {
  await withDirectory(async (directory) => {
    await writeTinyDrafter(directory, { kind: "jakiro", isTorch: true });
    const checkpoint = await openDraftCheckpoint(directory);
    const entry = find(checkpoint, FC);
    const into = new Uint8Array(8);
    const read = (entry: TensorEntry, startBytes: number): Promise<void> =>
      checkpoint.readTensorBytes(entry, { startBytes, into });
    const part = (startBytes: number, file = "pytorch_model.bin"): string =>
      `Cannot read bytes ${startBytes} to ${
        startBytes + 8
      } of "${FC}" from "DIR/${file}" as`;
    const options = { directory };
    for (const startBytes of [505, -1, 0.5, NaN]) {
      await assertErrorAsync(() => read(entry, startBytes), [
        RangeError,
        `${part(startBytes)} they must be within the tensor: found 512 bytes`,
      ], options);
    }
    const other = { ...entry, file: `${directory}/other` };
    await assertErrorAsync(() => read(other, 0), [
      ReferenceError,
      `${part(0, "other")} the file must be of this checkpoint: found another`,
    ], options);
    await Deno.truncate(entry.file, entry.startBytes + 3);
    await assertErrorAsync(() => read(entry, 0), [
      RangeError,
      `${part(0)} the file must hold them: found 3 of 8 bytes`,
    ], options);
    checkpoint[Symbol.dispose]();
    checkpoint[Symbol.dispose]();
    await assertErrorAsync(() => read(entry, 0), [
      TypeError,
      `${part(0)} the file must be open: found it closed`,
    ], options);
  });
});

Deno.test("openDraftCheckpoint() says what is missing", async () => {
  await withDirectory(async (directory) => {
    const open = (path: string | URL): Promise<DraftCheckpoint> =>
      openDraftCheckpoint(path);
    const options = { directory };
    await assertErrorAsync(() => open(`${directory}/none`), [
      ReferenceError,
      'Cannot open "DIR/none" as it must exist: found nothing there',
    ], options);
    await assertErrorAsync(() => open(directory), [
      ReferenceError,
      'Cannot open "DIR/config.json" as it must exist: found nothing there',
    ], options);
    await writeJson(`${directory}/config.json`, DRAFT_CONFIG);
    await assertErrorAsync(() => open(directory), [
      ReferenceError,
      'Cannot open "DIR" as it must hold model.safetensors or model.safetensors.index.json or pytorch_model.bin: found none',
    ], options);
    await assertErrorAsync(() => open(`${directory}/config.json`), [
      TypeError,
      'Cannot open "DIR/config.json" as it must be a directory: found a file',
    ], options);
    await assertErrorAsync(() => open(new URL("ftp://example.org/x")), [
      TypeError,
      'Cannot open "ftp://example.org/x" as its scheme must be file, http or https: found ftp:',
    ]);
  });
});

Deno.test({
  name: "openDraftCheckpoint() leaves no file open when one is refused",
  sanitizeResources: true,
  fn: async () => {
    await withDirectory(async (directory) => {
      await writeTinyDrafter(directory, { kind: "eagle", isTorch: true });
      await Deno.truncate(`${directory}/pytorch_model.bin`, 500);
      await assertRejects(() => openDraftCheckpoint(directory), SyntaxError);
    });
  },
});
