import { assertEquals } from "@std/assert";
import { assertErrorAsync } from "./assert_error.ts";
import {
  readSafetensorsFile,
  writeSafetensors,
} from "../../src/checkpoint/mod.ts";
import { withDirectory } from "./tiny_model.ts";

Deno.test("readSafetensorsFile() reads back tensors and texts", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/a.safetensors`;
    const tensors = [
      {
        name: "b",
        dtype: "I32",
        shape: [2],
        bytes: Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0),
      },
      { name: "a", dtype: "U8", shape: [0, 3], bytes: new Uint8Array() },
    ] as const;
    const metadata = { what: '{"é": 1}' };
    await writeSafetensors(path, tensors, { metadata });
    const read = await readSafetensorsFile(path);
    assertEquals(
      [...read.tensors.values()].map(({ name, dtype, shape, bytes }) => ({
        name,
        dtype,
        shape,
        bytes,
      })),
      [...tensors],
    );
    assertEquals([...read.metadata], Object.entries(metadata));
    await assertErrorAsync(() => readSafetensorsFile(`${directory}/b`), [
      ReferenceError,
      'Cannot open "DIR/b" as it must exist: found nothing there',
    ], { directory });
  });
});
