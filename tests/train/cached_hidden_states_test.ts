import { assertEquals } from "@std/assert";
import { cachedHiddenStates } from "../../src/train/cached_hidden_states.ts";
import { cutDocuments } from "../../src/train/cut_documents.ts";
import { DataSet, type TokenBatch } from "../../src/train/data_set.ts";
import type { SequenceIds } from "../../src/decode/hidden_states.ts";

const [LENGTH, D] = [8, 3];

/** A teacher whose hidden states follow from ids and places, and that counts what it is asked. */
class CountingTeacher {
  readonly hiddenSize = D;
  readonly numAsked: number[] = [];

  async *hiddenStates<Batch extends SequenceIds>(
    batches: Iterable<Batch>,
  ): AsyncGenerator<[batch: Batch, hidden: Float32Array<ArrayBuffer>]> {
    for (const batch of batches) {
      const { tokenIds } = batch;
      this.numAsked.push(tokenIds.length / LENGTH);
      const hidden = new Float32Array(tokenIds.length * D);
      hidden.forEach((_, at) => {
        const row = Math.floor(at / D);
        hidden[at] = (tokenIds[row] ?? 0) * 100 + (row % LENGTH) * 10 + at % D;
      });
      yield await Promise.resolve([batch, hidden]);
    }
  }
}

function dataSet(): DataSet {
  const texts = Array.from({ length: 30 }, (_, index) => ({
    tokenIds: Array.from(
      { length: 5 + index % 4 },
      (_, at) => 1 + index * 8 + at,
    ),
  }));
  const options = { numSequences: 4, length: LENGTH, seed: 1 };
  return new DataSet(cutDocuments(texts, LENGTH), options);
}

/** What the teacher would say of a whole batch, 0 in the padding. */
function expected({ tokenIds, pieces }: TokenBatch): Float32Array {
  const hidden = new Float32Array(tokenIds.length * D);
  hidden.forEach((_, at) => {
    const row = Math.floor(at / D);
    const place = row % LENGTH;
    const piece = pieces[Math.floor(row / LENGTH)];
    if (place >= (piece?.tokenIds.length ?? 0)) return;
    hidden[at] = (tokenIds[row] ?? 0) * 100 + place * 10 + at % D;
  });
  return hidden;
}

async function run(maxBytes: number): Promise<number[]> {
  const data = dataSet();
  const batches = [
    ...data.heldOutBatches(2),
    ...Array.from({ length: 21 }, (_, step) => data.batch(step)),
    ...data.heldOutBatches(2),
  ];
  const teacher = new CountingTeacher();
  let at = 0;
  for await (
    const [batch, hidden] of cachedHiddenStates(teacher, batches, { maxBytes })
  ) {
    assertEquals(batch, batches[at++]);
    assertEquals(hidden, expected(batch));
  }
  assertEquals(at, batches.length);
  return teacher.numAsked;
}

Deno.test("cachedHiddenStates() asks once for each piece that it can keep", async () => {
  const numAsked = await run(2 ** 20);
  // 30 texts, of which 28 are trained on: 7 batches of 4 an epoch, after one of 2 held out.
  assertEquals(numAsked, [2, ...Array(7).fill(4), ...Array(15).fill(0)]);
});

Deno.test("cachedHiddenStates() gives the same with no room or little", async () => {
  assertEquals(await run(0), [2, ...Array(21).fill(4), 2]);
  const some = await run(10 * LENGTH * D * Float32Array.BYTES_PER_ELEMENT);
  const total = some.reduce((sum, count) => sum + count);
  assertEquals(total < 88 && total > 32, true);
});
