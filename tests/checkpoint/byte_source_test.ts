import { assertEquals, assertRejects } from "@std/assert";
import { openByteSource } from "../../src/checkpoint/byte_source.ts";
import { assertErrorAsync } from "./assert_error.ts";
import { withDirectory } from "./tiny_model.ts";

Deno.test("openByteSource() reads anywhere, in overlapping calls, up to the end", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/f`;
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index * 7);
    await Deno.writeFile(path, bytes);
    using source = await openByteSource(path);
    assertEquals(source.sizeBytes, 100_000);
    const starts = Array.from({ length: 50 }, (_, index) => index * 1999);
    await Promise.all(starts.map(async (start) => {
      const into = new Uint8Array(5000);
      const numBytes = await source.read(start, into);
      assertEquals(numBytes, Math.min(5000, 100_000 - start));
      assertEquals(
        into.subarray(0, numBytes),
        bytes.slice(start, start + numBytes),
      );
    }));
    assertEquals(await source.read(100_000, new Uint8Array(4)), 0);
    assertEquals(await source.read(2 ** 40, new Uint8Array(4)), 0);
    assertEquals(await source.read(5, new Uint8Array(0)), 0);
  });
});

Deno.test("openByteSource() goes on reading after a read that failed", async () => {
  await withDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/f`, "abc");
    using source = await openByteSource(`${directory}/f`);
    const into = new Uint8Array(2);
    const failing = assertRejects(() => source.read(-1, new Uint8Array(1)));
    assertEquals(await source.read(1, into), 2);
    assertEquals([...into], [98, 99]);
    await failing;
  });
});

Deno.test("openByteSource() follows links", async () => {
  await withDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/blob`, "abc");
    await Deno.symlink("blob", `${directory}/link`);
    using source = await openByteSource(`${directory}/link`);
    assertEquals(source.sizeBytes, 3);
  });
});

Deno.test("openByteSource() refuses what is missing or no file", async () => {
  await withDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/f`, "");
    await Deno.symlink("gone", `${directory}/dangling`);
    for (const name of ["none", "f/below", "dangling"]) {
      await assertErrorAsync(() => openByteSource(`${directory}/${name}`), [
        ReferenceError,
        `Cannot open "DIR/${name}" as it must exist: found nothing there`,
      ], { directory });
    }
    await assertErrorAsync(() => openByteSource(directory), [
      TypeError,
      'Cannot open "DIR" as it must be a file: found a directory',
    ], { directory });
  });
});

Deno.test({
  name: "openByteSource() does not wait for a device or a pipe",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await assertErrorAsync(() => openByteSource("/dev/null"), [
      TypeError,
      'Cannot open "/dev/null" as it must be a file: found something else',
    ]);
  },
});
