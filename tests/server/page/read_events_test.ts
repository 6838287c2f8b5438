import { assert, assertEquals } from "@std/assert";
import { readEvents } from "../../../src/server/page/read_events.js";

async function readAll(pieces: readonly Uint8Array<ArrayBuffer>[]) {
  const events: string[] = [];
  for await (const event of readEvents(ReadableStream.from(pieces))) {
    events.push(event);
  }
  return events;
}

Deno.test("readEvents() reads the same events wherever the pieces end", async () => {
  const text = '\uFEFFdata: {"a":1}\n\n: comment\r\nevent: x\r\ndata:b\r\n' +
    "data:  c\r\n\r\nid: 7\r\rdata\r\rretry: 5\ndata: é€😀\n\ndata: unfinished";
  const expected = ['{"a":1}', "b\n c", "", "é€😀"];
  const bytes = new TextEncoder().encode(text);
  for (let first = 0; first <= bytes.length; first++) {
    const pieces = [bytes.slice(0, first), bytes.slice(first)];
    assertEquals(await readAll(pieces), expected, `cut at ${first}`);
  }
  assertEquals(
    await readAll([...bytes].map((byte) => Uint8Array.of(byte))),
    expected,
  );
});

Deno.test("readEvents() reads no event of an empty stream", async () => {
  assertEquals(await readAll([]), []);
  assertEquals(await readAll([new TextEncoder().encode("\n\n\n")]), []);
});

Deno.test("readEvents() ends the stream when it is left", async () => {
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) =>
      controller.enqueue(new TextEncoder().encode("data: x\n\n")),
    cancel: () => {
      isCancelled = true;
    },
  });
  for await (const event of readEvents(body)) {
    assertEquals(event, "x");
    break;
  }
  assert(isCancelled);
});
