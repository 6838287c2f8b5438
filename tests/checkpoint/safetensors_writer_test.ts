import { assertEquals } from "@std/assert";
import {
  type TensorToWrite,
  writeSafetensors,
} from "../../src/checkpoint/mod.ts";
import { openByteSource } from "../../src/checkpoint/byte_source.ts";
import { readSafetensorsHeader } from "../../src/checkpoint/safetensors.ts";
import { assertErrorAsync } from "./assert_error.ts";
import { withDirectory } from "./tiny_model.ts";

const A: TensorToWrite = {
  name: "a",
  dtype: "F16",
  shape: [3],
  bytes: Uint8Array.of(1, 2, 3, 4, 5, 6),
};

Deno.test("writeSafetensors() writes the format byte by byte", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/m.safetensors`;
    await writeSafetensors(path, [A], { metadata: { format: "pt" } });
    const json =
      '{"__metadata__":{"format":"pt"},"a":{"dtype":"F16","shape":[3],"data_offsets":[0,6]}}';
    const header = new TextEncoder().encode(json.padEnd(88));
    assertEquals(
      await Deno.readFile(path),
      Uint8Array.of(88, 0, 0, 0, 0, 0, 0, 0, ...header, 1, 2, 3, 4, 5, 6),
    );
  });
});

Deno.test("writeSafetensors() writes tensors made piece by piece", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/m.safetensors`;
    await writeSafetensors(path, [
      {
        ...A,
        *bytes() {
          yield Uint8Array.of(1, 2);
          yield new Uint8Array();
          yield Uint8Array.of(3, 4, 5, 6);
        },
      },
      {
        ...A,
        name: "b",
        async *bytes() {
          yield await Promise.resolve(Uint8Array.of(6, 5, 4, 3, 2, 1));
        },
      },
      { name: "c", dtype: "F32", shape: [0], bytes: new Uint8Array() },
      { name: "d", dtype: "U8", shape: [], bytes: Uint8Array.of(9) },
    ]);
    using source = await openByteSource(path);
    const { tensors, metadata } = await readSafetensorsHeader(source);
    assertEquals([...tensors.keys()], ["a", "b", "c", "d"]);
    assertEquals(metadata.size, 0);
    const bytes = await Deno.readFile(path);
    assertEquals(
      [...bytes.slice(-13)],
      [1, 2, 3, 4, 5, 6, 6, 5, 4, 3, 2, 1, 9],
    );
  });
});

Deno.test("writeSafetensors() replaces a file, or on an error leaves it and nothing else", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/m.safetensors`;
    await Deno.writeTextFile(path, "old");
    const tensors = [A, { ...A, name: "b", bytes: new Uint8Array(4) }];
    await assertErrorAsync(() => writeSafetensors(path, tensors), [
      RangeError,
      'Cannot write "b" as F16 [3] must take 6 bytes: found 4',
    ]);
    assertEquals(await Deno.readTextFile(path), "old");
    await writeSafetensors(path, [A]);
    const names = await Array.fromAsync(Deno.readDir(directory));
    assertEquals(names.map(({ name }) => name), ["m.safetensors"]);
  });
});

Deno.test("writeSafetensors() refuses names and shapes that cannot be stored", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/m.safetensors`;
    await assertErrorAsync(() => writeSafetensors(path, [A, A]), [
      TypeError,
      'Cannot write "a" as its name must be free: found it taken',
    ]);
    const metadata = { ...A, name: "__metadata__" };
    await assertErrorAsync(() => writeSafetensors(path, [metadata]), [
      TypeError,
      'Cannot write "__metadata__" as its name must be free: found it taken',
    ]);
    for (const shape of [[-3], [1.5], [2 ** 40, 2 ** 40], [NaN]]) {
      await assertErrorAsync(() => writeSafetensors(path, [{ ...A, shape }]), [
        RangeError,
        `Cannot write "a" as its shape must take whole bytes, fewer than 2^50: found F16 [${
          shape.join(", ")
        }]`,
      ]);
    }
    assertEquals(await Array.fromAsync(Deno.readDir(directory)), []);
  });
});
