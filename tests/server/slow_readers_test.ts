import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { AccessRecord } from "../../src/server/access_record.ts";
import { createHandler } from "../../src/server/create_handler.ts";
import { FakeModel } from "./_fake_model.ts";
import { postHead, serve } from "./_serve.ts";
import { serveUntilClosed } from "../../src/server/serve_until_closed.ts";

const PATH = "/v1/chat/completions";
const BODY = {
  model: "fake",
  messages: [{ role: "user", content: "Tell me a story." }],
};
/** Of these, each event has more than a thousand bytes. */
const LONG = { stream: true, logprobs: true, top_logprobs: 20 };
/** Tokens whose events are more than a connection takes that nobody reads: about 4 MiB on loopback. */
const NUM_LONG = 6000;
const SHORT_TEXT = " Once upon a time";

/** A model whose answers are long, and wait for ever behind that many tokens. */
function longModel(): FakeModel {
  const model = new FakeModel();
  model.answer = "Once upon a time. ".repeat(NUM_LONG / 4);
  model.onToken = (index, signal) =>
    index < NUM_LONG ? undefined : new Promise<void>((resolve) => {
      signal?.addEventListener("abort", () => resolve(), { once: true });
    });
  return model;
}

async function ask(port: number, fields: object): Promise<Response> {
  return await fetch(`http://127.0.0.1:${port}${PATH}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...BODY, ...fields }),
  });
}

/** The text of an answer that is short and whole. */
async function askShort(port: number): Promise<string> {
  const answer = await ask(port, { max_tokens: 4 });
  return (await answer.json()).choices[0].message.content;
}

/** Asks for a long answer, and reads no more than its first bytes. */
async function askAndStall(port: number): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const body = JSON.stringify({ ...BODY, ...LONG });
  await connection.write(new TextEncoder().encode(
    postHead(PATH, [`content-length: ${body.length}`]) + body,
  ));
  await connection.read(new Uint8Array(100));
  return connection;
}

/** Data of the events in a text, whatever HTTP has put between them. */
function eventsIn(text: string): string[] {
  return [...text.matchAll(/^data: (.*)$/gm)].map(([, event = ""]) => event);
}

/** The text of an answer's events. */
function textOf(events: readonly string[]): string {
  return events.filter((event) => event !== "[DONE]").map((event) =>
    JSON.parse(event).choices[0].delta.content ?? ""
  ).join("");
}

Deno.test("a client that stops reading is let go at its deadline, and harms nobody", async () => {
  const model = longModel();
  const records: AccessRecord[] = [];
  await using server = serve([model], {
    maxRunning: 1,
    deadlineMs: 3000,
    onAccess: (record) => records.push(record),
  });
  using connection = await askAndStall(server.port);
  // The only place is taken until then, and then it is free.
  assertEquals(await askShort(server.port), SHORT_TEXT);
  assert(model.asked[0]?.options.signal?.aborted);
  while (records.length < 2) {
    await new Promise((done) => setTimeout(done, 50));
  }
  assertEquals(
    records.map(({ status, errorCode }) => [status, errorCode]),
    [[200, undefined], [499, "deadline_exceeded"]],
  );
  // Who reads on learns of it, and that nothing follows.
  const decoder = new TextDecoderStream();
  let text = "";
  for await (const part of connection.readable.pipeThrough(decoder)) {
    text += part;
    if (text.endsWith("\r\n0\r\n\r\n")) break;
  }
  const events = eventsIn(text);
  assert(events.length < NUM_LONG, `${events.length}`);
  assertStringIncludes(events.at(-1) ?? "", '"deadline_exceeded"');
  assert(` ${model.answer}`.startsWith(textOf(events.slice(1, -1))));
});

Deno.test("a client that reads slowly gets all of its answer, and holds up nobody", async () => {
  const model = longModel();
  await using server = serve([model], { maxRunning: 1 });
  const ended = Promise.withResolvers<void>();
  model.onToken = (index) => {
    if (index === NUM_LONG - 1) ended.resolve();
  };
  const answer = await ask(server.port, { ...LONG, max_tokens: NUM_LONG });
  await ended.promise;
  model.onToken = () => {};
  let text = "";
  let numReads = 0;
  const decoder = new TextDecoderStream();
  for await (const part of answer.body?.pipeThrough(decoder) ?? []) {
    // Its place is free although it has read next to nothing.
    if (numReads++ === 0) assertEquals(await askShort(server.port), SHORT_TEXT);
    if (numReads % 16 === 0) await new Promise((done) => setTimeout(done, 10));
    text += part;
  }
  const events = eventsIn(text);
  assert(text.length > 6e6, `${text.length}`);
  assertEquals(events.at(-1), "[DONE]");
  const ids = model.tokenizer.encode(model.answer, { addSpecialTokens: false });
  const whole = model.tokenizer.decode(ids.slice(0, NUM_LONG));
  assertEquals(textOf(events).trimStart(), whole.trimStart());
});

Deno.test("serveUntilClosed() waits for a client that does not read no longer than it is told to", async () => {
  const closing = new AbortController();
  const listening = Promise.withResolvers<number>();
  const served = serveUntilClosed(
    createHandler([longModel()], { deadlineMs: 200, closing: closing.signal }),
    {
      hostname: "127.0.0.1",
      port: 0,
      closing: closing.signal,
      patienceMs: 500,
      onListen: ({ port }) => listening.resolve(port),
    },
  );
  const connection = await askAndStall(await listening.promise);
  closing.abort();
  await served;
  connection.close();
});
