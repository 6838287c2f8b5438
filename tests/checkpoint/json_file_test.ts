import { assertEquals } from "@std/assert";
import { readJsonFile } from "../../src/checkpoint/mod.ts";
import { assertErrorAsync } from "./assert_error.ts";
import { withDirectory } from "./tiny_model.ts";

Deno.test("readJsonFile() reads an object, with or without a byte order mark", async () => {
  await withDirectory(async (directory) => {
    const file = `${directory}/c.json`;
    for (const text of ['{"a":1}\n', '\ufeff{"a":1}']) {
      await Deno.writeTextFile(file, text);
      assertEquals([...await readJsonFile(file)], [["a", 1]]);
    }
  });
});

Deno.test("readJsonFile() refuses bytes that are not UTF-8, empty files and other JSON", async () => {
  await withDirectory(async (directory) => {
    const file = `${directory}/c.json`;
    const start = 'Cannot read "DIR/c.json" as';
    await Deno.writeFile(file, Uint8Array.of(0x7b, 0xc3, 0x7d));
    await assertErrorAsync(() => readJsonFile(file), [
      SyntaxError,
      `${start} its text must be UTF-8: found other bytes`,
    ], { directory });
    await Deno.writeTextFile(file, "");
    await assertErrorAsync(() => readJsonFile(file), [
      SyntaxError,
      `${start} it must be JSON with a value next: found the end of the file at offset 0`,
    ], { directory });
    await Deno.writeTextFile(file, "null");
    await assertErrorAsync(() => readJsonFile(file), [
      TypeError,
      `${start} it must hold a JSON object: found null`,
    ], { directory });
  });
});

Deno.test("readJsonFile() refuses a file of more than 16 MiB before reading it", async () => {
  await withDirectory(async (directory) => {
    const file = `${directory}/c.json`;
    await Deno.writeTextFile(file, "{}");
    await Deno.truncate(file, 16 * 2 ** 20 + 1);
    await assertErrorAsync(() => readJsonFile(file), [
      RangeError,
      'Cannot read "DIR/c.json" as it must be at most 16777216 bytes: found 16777217',
    ], { directory });
  });
});
