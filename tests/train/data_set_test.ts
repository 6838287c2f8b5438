import { assert, assertEquals } from "@std/assert";
import { assertError } from "../checkpoint/assert_error.ts";
import { cutDocuments } from "../../src/train/cut_documents.ts";
import { DataSet } from "../../src/train/data_set.ts";
import type { TrainDocument } from "../../src/train/train_document.ts";

function sequence(length: number, first = 0): number[] {
  return Array.from({ length }, (_, index) => first + index);
}

/** Texts of different ids. */
function texts(count: number, length: number): TrainDocument[] {
  return Array.from({ length: count }, (_, index) => ({
    tokenIds: sequence(length, 100 * (index + 1)),
  }));
}

Deno.test("cutDocuments() cuts long texts, and leaves out what has nothing to learn", () => {
  const learnt = sequence(10).map((at) => at === 2 || at === 9);
  const { pieces, numCut, numLeftOut } = cutDocuments([
    { tokenIds: sequence(8) },
    { tokenIds: sequence(17, 20) },
    { tokenIds: sequence(3, 40) },
    { tokenIds: sequence(10, 50), isLearnt: learnt },
    { tokenIds: sequence(6, 70), isLearnt: sequence(6).map(() => false) },
  ], 8);
  assertEquals(pieces, [
    [{ tokenIds: sequence(8) }],
    // The last id alone is too short.
    [{ tokenIds: sequence(8, 20) }, { tokenIds: sequence(8, 28) }],
    [{ tokenIds: sequence(8, 50), isLearnt: learnt.slice(0, 8) }],
  ]);
  assertEquals([numCut, numLeftOut], [2, 2]);
});

Deno.test("DataSet holds out a twentieth of the texts, with all their pieces", () => {
  const cut = cutDocuments(texts(40, 16), 8);
  const { trained, heldOut } = new DataSet(cut, {
    numSequences: 4,
    length: 8,
    seed: 3,
  });
  assertEquals([trained.length, heldOut.length], [76, 4]);
  const textOf = ({ tokenIds }: TrainDocument): number =>
    Math.floor((tokenIds[0] ?? 0) / 100);
  const held = new Set(heldOut.map(textOf));
  assertEquals(held.size, 2);
  assert(!trained.some((piece) => held.has(textOf(piece))));
});

Deno.test("DataSet.batch() follows from seed and step alone, and sees every piece once an epoch", () => {
  const cut = cutDocuments(texts(21, 8), 8);
  const options = { numSequences: 5, length: 8, seed: 1 };
  const dataSet = new DataSet(cut, options);
  const inOrder = sequence(12).map((step) => dataSet.batch(step));
  for (const step of [11, 0, 7, 3]) {
    const other = new DataSet(cut, options);
    assertEquals(other.batch(step), inOrder[step]);
  }
  const firsts = inOrder.flatMap(({ tokenIds }) =>
    sequence(5).map((row) => tokenIds[row * 8])
  );
  const all = dataSet.trained.map(({ tokenIds }) => tokenIds[0]).sort();
  const epochs = [0, 1, 2].map((epoch) =>
    firsts.slice(epoch * 20, epoch * 20 + 20)
  );
  for (const epoch of epochs) assertEquals(epoch.toSorted(), all);
  assert(epochs[0]?.join() !== epochs[1]?.join());
  const reseeded = new DataSet(cut, { ...options, seed: 2 });
  assert(reseeded.batch(0).tokenIds.join() !== inOrder[0]?.tokenIds.join());
});

Deno.test("DataSet.batch() pads, and masks what is not learnt, the last id and the padding", () => {
  const isLearnt = [false, false, true, true, true];
  const documents = sequence(2).map(() => ({
    tokenIds: [5, 6, 7, 8, 9],
    isLearnt,
  }));
  const dataSet = new DataSet(cutDocuments(documents, 8), {
    numSequences: 1,
    length: 8,
    seed: 0,
  });
  const expected = {
    numSequences: 1,
    length: 8,
    tokenIds: Int32Array.of(5, 6, 7, 8, 9, 0, 0, 0),
    lossMask: Float32Array.of(0, 0, 1, 1, 0, 0, 0, 0),
    pieces: [dataSet.trained[0]],
    numTokens: 5,
  };
  assertEquals(dataSet.batch(0), expected);
  assertEquals(dataSet.heldOutBatches(4), [
    { ...expected, pieces: [...dataSet.heldOut] },
  ]);
});

Deno.test("DataSet.heldOutBatches() fills the last batch with empty sequences", () => {
  const dataSet = new DataSet(cutDocuments(texts(60, 8), 8), {
    numSequences: 2,
    length: 8,
    seed: 0,
  });
  const batches = dataSet.heldOutBatches(9);
  assertEquals(batches.map(({ numTokens }) => numTokens), [16, 8]);
  assertEquals(batches[1]?.lossMask.slice(8), new Float32Array(8));
  assertEquals(dataSet.heldOutBatches(1), batches.slice(0, 1));
});

Deno.test("DataSet holds out pieces where texts are few, and refuses a single one", () => {
  const options = { numSequences: 2, length: 8, seed: 0 };
  const book = cutDocuments(texts(1, 80), 8);
  const { trained, heldOut } = new DataSet(book, options);
  assertEquals([trained.length, heldOut.length], [9, 1]);
  assertError(() => new DataSet(cutDocuments(texts(1, 8), 8), options), [
    RangeError,
    "Cannot train as the data must make at least two pieces of up to 8 tokens, one to hold out: found 1",
  ]);
});
