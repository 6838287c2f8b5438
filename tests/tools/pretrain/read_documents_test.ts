import { assertEquals, assertRejects } from "@std/assert";
import { readDocuments } from "../../../tools/pretrain/read_documents.ts";

const LIMITS = { vocabSize: 10, maxTokens: 3 };

async function read(ids: Uint16Array<ArrayBuffer>, numBytes = Infinity) {
  const path = await Deno.makeTempFile();
  try {
    const bytes = new Uint8Array(ids.buffer);
    await Deno.writeFile(path, bytes.subarray(0, numBytes));
    return await readDocuments(path, LIMITS);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("readDocuments() tells documents apart by their begin tokens", async () => {
  assertEquals(
    (await read(Uint16Array.of(0, 5, 9, 0, 0, 7))).map((ids) => [...ids]),
    [[0, 5, 9], [0], [0, 7]],
  );
});

Deno.test("readDocuments() refuses what is not ids of the vocabulary", async () => {
  const cases: Array<[Uint16Array<ArrayBuffer>, number, string]> = [
    [Uint16Array.of(), 0, "it must hold ids of two bytes: found 0 bytes"],
    [Uint16Array.of(0, 1), 3, "it must hold ids of two bytes: found 3 bytes"],
    [Uint16Array.of(1, 0), 4, "it must begin with 0: found 1"],
    [Uint16Array.of(0, 10), 4, "ids must be below 10: found 10"],
    [
      Uint16Array.of(0, 1, 1, 1),
      8,
      "documents must have at most 3 ids: found 4",
    ],
  ];
  for (const [ids, numBytes, message] of cases) {
    await assertRejects(() => read(ids, numBytes), RangeError, message);
  }
});
