import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { BatchStream } from "../../../tools/pretrain/batch_stream.ts";
import { fillRow } from "../../../tools/pretrain/fill_row.ts";
import { heldOutBatches } from "../../../tools/pretrain/held_out_batches.ts";
import { packRows } from "../../../tools/pretrain/pack_rows.ts";
import { toBatch } from "../../../tools/pretrain/to_batch.ts";
import { Random } from "../../../tools/random.ts";
import { documentsOf } from "./fixtures.ts";

const LENGTHS = Array.from({ length: 200 }, (_, index) => 2 + index * 37 % 31);
const DOCUMENTS = documentsOf(...LENGTHS);

Deno.test("packRows() puts each document into one row, whole", () => {
  const rows = packRows(DOCUMENTS, { length: 32, random: new Random(1) });
  assertEquals(
    rows.flat().map((document) => document[1] ?? 0).sort((a, b) => a - b),
    DOCUMENTS.map((document) => document[1] ?? 0),
  );
  for (const row of rows) {
    const size = row.reduce((sum, { length }) => sum + length, 0);
    assert(size <= 32 && row.length > 0);
  }
});

Deno.test("packRows() leaves little room", () => {
  const rows = packRows(DOCUMENTS, { length: 32, random: new Random(1) });
  const size = LENGTHS.reduce((sum, length) => sum + length, 0);
  assert(size / (32 * rows.length) > 0.95);
});

Deno.test("fillRow() leaves no room, and what it adds begins like a document", () => {
  const row = documentsOf(5, 7);
  const options = { length: 32, documents: DOCUMENTS };
  const filled = fillRow(row, { ...options, random: new Random(2) });
  assertEquals(filled.slice(0, 2), row);
  assertEquals(filled.reduce((sum, { length }) => sum + length, 0), 32);
  for (const part of filled.slice(2)) {
    const whole = DOCUMENTS.find((own) => own.buffer === part.buffer);
    assertEquals(part, whole?.subarray(0, part.length));
  }
  const full = documentsOf(32);
  assertEquals(fillRow(full, { ...options, random: new Random(2) }), full);
});

Deno.test("toBatch() pads, and counts all but begin tokens", () => {
  const batch = toBatch([documentsOf(3, 2), documentsOf(4)], {
    numSequences: 3,
    length: 6,
  });
  assertEquals([...batch.tokenIds], [
    ...[0, 1, 1, 0, 2, 0],
    ...[0, 1, 1, 1, 0, 0],
    ...[0, 0, 0, 0, 0, 0],
  ]);
  assertEquals([...batch.lossMask], [
    ...[0, 1, 1, 0, 1, 0],
    ...[0, 1, 1, 1, 0, 0],
    ...[0, 0, 0, 0, 0, 0],
  ]);
});

Deno.test("BatchStream gives a step the same batch, whatever was asked for before", () => {
  const options = { numSequences: 4, length: 32, seed: 5 };
  const onward = new BatchStream(DOCUMENTS, options);
  const batches = Array.from({ length: 90 }, (_, step) => onward.at(step));
  assert(onward.epoch > 2);
  const back = new BatchStream(DOCUMENTS, options);
  for (const step of [70, 3, 89, 0]) {
    assertEquals(back.at(step), batches[step]);
  }
  const other = new BatchStream(DOCUMENTS, { ...options, seed: 6 });
  assertNotEquals(other.at(0), batches[0]);
});

Deno.test("BatchStream shows every document once an epoch", () => {
  const stream = new BatchStream(documentsOf(5, 5, 5, 5, 5, 5), {
    numSequences: 1,
    length: 10,
    seed: 1,
  });
  for (const epoch of [0, 1, 2]) {
    const ids = [0, 1, 2].flatMap((
      row,
    ) => [...stream.at(3 * epoch + row).tokenIds]);
    assertEquals(new Set(ids).size, 7);
    assertEquals(stream.epoch, epoch + 1);
  }
});

Deno.test("heldOutBatches() hold all documents, padded, and are always the same", () => {
  const sizes = { numSequences: 4, length: 32 };
  const batches = heldOutBatches(DOCUMENTS, sizes);
  assertEquals(batches, heldOutBatches(DOCUMENTS, sizes));
  const count = batches.reduce(
    (sum, { lossMask }) => sum + lossMask.filter((mask) => mask === 1).length,
    0,
  );
  const numIds = LENGTHS.reduce((sum, length) => sum + length, 0);
  assertEquals(count, numIds - DOCUMENTS.length);
});
