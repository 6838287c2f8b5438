import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { AccessRecord } from "../../src/server/access_record.ts";
import { createHandler } from "../../src/server/create_handler.ts";
import { errorOf, eventsOf, post } from "./_ask.ts";
import { exchangeBytes, postHead, serve } from "./_serve.ts";
import { FakeModel } from "./_fake_model.ts";
import { ServiceError } from "../../src/server/service_error.ts";

const PATH = "/v1/completions";
const BODY = { model: "fake", prompt: "Once" };

/** Asks over the network. */
async function ask(port: number, fields: object = {}): Promise<Response> {
  return await fetch(`http://127.0.0.1:${port}${PATH}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...BODY, ...fields }),
  });
}

/** Kept when a signal is aborted. */
function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) =>
    signal?.addEventListener("abort", () => resolve(), { once: true })
  );
}

/** A model whose answers stop before a token until they may go on, or are aborted. */
function waitingModel(
  token: number,
): { readonly model: FakeModel; readonly goOn: () => void } {
  const model = new FakeModel();
  const { promise, resolve } = Promise.withResolvers<void>();
  model.onToken = async (index, signal) => {
    if (index === token) await Promise.race([promise, aborted(signal)]);
  };
  return { model, goOn: resolve };
}

Deno.test("a client that goes away ends its answer at once, streamed or not", async () => {
  const { model } = waitingModel(1);
  const records: AccessRecord[] = [];
  await using server = serve([model], {
    maxRunning: 1,
    onAccess: (record) => records.push(record),
  });
  for (const stream of [true, false]) {
    const gone = new AbortController();
    const asked = fetch(`http://127.0.0.1:${server.port}${PATH}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...BODY, stream }),
      signal: gone.signal,
    });
    const text = stream
      ? (await asked).text()
      : new Promise((resolve) => setTimeout(resolve, 200)).then(() => asked);
    setTimeout(() => gone.abort(), 300);
    await text.then(
      () => assert(false),
      (error) => assertEquals(error.name, "AbortError"),
    );
    // Its place is free again.
    model.onToken = () => {};
    assertEquals(
      (await (await ask(server.port)).json()).object,
      "text_completion",
    );
    assert(model.asked.at(-2)?.options.signal?.aborted);
    model.onToken = waitingModel(1).model.onToken;
  }
  assertEquals(records.map(({ status }) => status), [499, 200, 499, 200]);
});

Deno.test("a body that does not come is waited for no longer than said", async () => {
  await using server = serve([new FakeModel()], {
    limits: { bodyTimeoutMs: 100 },
  });
  const answer = await exchangeBytes(
    server.port,
    [postHead(PATH, ["content-length: 100"]), '{"model":'],
    { until: "request_timeout" },
  );
  assertStringIncludes(answer, "HTTP/1.1 408");
  assertEquals((await (await ask(server.port)).json()).model, "fake");
});

Deno.test("a body that breaks off is refused, and harms nobody", async () => {
  await using server = serve([new FakeModel()]);
  const connection = await Deno.connect({
    hostname: "127.0.0.1",
    port: server.port,
  });
  await connection.write(new TextEncoder().encode(
    `${postHead(PATH, ["content-length: 100"])}{"model":`,
  ));
  connection.close();
  assertEquals((await (await ask(server.port)).json()).model, "fake");
});

Deno.test("a body that is too large is refused before it has come, announced or not", async () => {
  await using server = serve([new FakeModel()]);
  const announced = await exchangeBytes(
    server.port,
    [postHead(PATH, ["content-length: 104857600"])],
    { until: "request_too_large" },
  );
  assertStringIncludes(announced, "HTTP/1.1 413");
  const part = `100000\r\n${"x".repeat(2 ** 20)}\r\n`;
  const chunked = await exchangeBytes(
    server.port,
    [
      postHead(PATH, ["transfer-encoding: chunked"]),
      ...Array.from({ length: 100 }, () => part),
    ],
    { until: "request_too_large" },
  );
  assertStringIncludes(chunked, "HTTP/1.1 413");
  assertEquals((await (await ask(server.port)).json()).model, "fake");
});

Deno.test("bodies that are no JSON of the right kind are refused", async () => {
  const handler = createHandler([new FakeModel()]);
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  for (
    const [body, status, code] of [
      ["", 400, "invalid_json"],
      ["{", 400, "invalid_json"],
      ["[]", 400, "invalid_type"],
      [Uint8Array.of(0x22, 0xff, 0x22), 400, "invalid_utf8"],
      [deep, 400, "json_too_deep"],
      [`{"model":"fake","prompt":${deep}}`, 400, "json_too_deep"],
      [
        '{"__proto__":{"model":"fake"},"prompt":"a"}',
        400,
        "missing_required_parameter",
      ],
      [{ ...BODY, stop: Array(1000).fill("x") }, 400, "array_above_max_length"],
      [{ ...BODY, stop: "x".repeat(10_000) }, 400, "invalid_value"],
    ] as const
  ) {
    const error = await errorOf(await post(handler, PATH, body));
    assertEquals([error.status, error.code], [status, code], error.message);
  }
  const text = await post(handler, PATH, "{}", {
    "content-type": "text/plain",
  });
  assertEquals((await errorOf(text)).status, 415);
});

Deno.test("what is more than a limit is refused, and names the field", async () => {
  const handler = createHandler([new FakeModel()], {
    limits: {
      maxMessages: 1,
      maxPromptTokens: 3,
      maxChoices: 2,
      maxInputs: 1,
      maxTools: 1,
    },
  });
  const message = { role: "user", content: "a" };
  const chat = { prompt: undefined, messages: [message] };
  const tools = ["a", "b"].map((name) => ({
    type: "function",
    function: { name },
  }));
  for (
    const [path, fields, param] of [
      [
        "chat/completions",
        { ...chat, messages: [message, message] },
        "messages",
      ],
      ["chat/completions", chat, "messages"],
      ["chat/completions", { ...chat, tools }, "tools"],
      ["completions", { prompt: "Once upon a time" }, "prompt"],
      ["completions", { prompt: ["a", "b"] }, "prompt"],
      ["completions", { n: 3 }, "n"],
      ["embeddings", { prompt: undefined, input: ["a", "b"] }, "input"],
      ["embeddings", { prompt: undefined, input: "Once upon a time" }, "input"],
    ] as const
  ) {
    const error = await errorOf(
      await post(handler, `/v1/${path}`, { ...BODY, ...fields }),
    );
    assertEquals([error.status, error.param], [400, param], error.message);
  }
  assertEquals((await post(handler, PATH, BODY)).status, 200);
});

Deno.test("brackets in strings are not depth", async () => {
  const { model } = waitingModel(-1);
  const prompt = `[[[[${"[{".repeat(40)}\\"[[`;
  const response = await post(createHandler([model]), PATH, {
    ...BODY,
    prompt,
  });
  assertEquals(response.status, 200);
  await response.body?.cancel();
});

Deno.test("more requests than may wait are told when to come again", async () => {
  const { model, goOn } = waitingModel(0);
  const handler = createHandler([model], { maxRunning: 2, maxQueued: 3 });
  const asked = Array.from({ length: 9 }, () => post(handler, PATH, BODY));
  const refused = await Promise.race([
    Promise.all(asked.slice(5)),
    ...asked.slice(0, 5),
  ]);
  assert(Array.isArray(refused));
  for (const response of refused) {
    assertEquals(response.headers.get("retry-after"), "1");
    const error = await errorOf(response);
    assertEquals(
      [error.status, error.type, error.code],
      [429, "rate_limit_error", "rate_limit_exceeded"],
    );
  }
  goOn();
  for (const response of await Promise.all(asked.slice(0, 5))) {
    assertEquals((await response.json()).object, "text_completion");
  }
});

Deno.test("a request for more answers than may run and wait is refused for good", async () => {
  const handler = createHandler([new FakeModel()], {
    maxRunning: 1,
    maxQueued: 2,
  });
  for (
    const [fields, param] of [
      [{ n: 4 }, "n"],
      [{ n: 2, prompt: ["a", "b"] }, "prompt"],
      [{ n: 4, stream: true }, "n"],
    ] as const
  ) {
    const error = await errorOf(
      await post(handler, PATH, { ...BODY, ...fields }),
    );
    assertEquals([error.status, error.param], [400, param]);
    assertStringIncludes(error.message, "at most 3 answers");
  }
  const most = await post(handler, PATH, { ...BODY, n: 3 });
  assertEquals((await most.json()).choices.length, 3);
});

Deno.test("a request that takes too long is ended, whole or streamed", async () => {
  const { model } = waitingModel(1);
  const handler = createHandler([model], { deadlineMs: 50, maxRunning: 1 });
  const error = await errorOf(await post(handler, PATH, BODY));
  assertEquals([error.status, error.code], [504, "deadline_exceeded"]);
  const streamed = await post(handler, PATH, { ...BODY, stream: true });
  assertEquals(streamed.status, 200);
  const events = await eventsOf(streamed) as { error?: { code: string } }[];
  assertEquals(events.at(-1)?.error?.code, "deadline_exceeded");
  assert(model.asked.every(({ options }) => options.signal?.aborted));
});

Deno.test("a request that waits too long leaves the queue", async () => {
  const { model, goOn } = waitingModel(0);
  await using server = serve([model], { maxRunning: 1, maxQueued: 1 });
  const first = ask(server.port);
  while (model.asked.length === 0) {
    await new Promise((done) => setTimeout(done, 5));
  }
  const gone = new AbortController();
  const waiting = fetch(`http://127.0.0.1:${server.port}${PATH}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(BODY),
    signal: gone.signal,
  }).catch((error) => error.name);
  setTimeout(() => gone.abort(), 200);
  assertEquals(await waiting, "AbortError");
  const second = ask(server.port);
  await new Promise((done) => setTimeout(done, 200));
  goOn();
  for (const response of await Promise.all([first, second])) {
    assertEquals(response.status, 200);
    await response.body?.cancel();
  }
});

Deno.test("a worker that ends fails its requests alone", async () => {
  const model = new FakeModel();
  let isLost = true;
  model.onToken = () => {
    if (isLost) throw new ServiceError("workerLost", "GPU 0 fell off the bus");
  };
  const handler = createHandler([model]);
  const response = await post(handler, PATH, BODY);
  assert(response.headers.has("retry-after"));
  const error = await errorOf(response);
  assertEquals([error.status, error.code], [503, "worker_lost"]);
  assertEquals(
    error.message,
    "The model was lost while it ran. Please try again.",
  );
  isLost = false;
  const next = await post(handler, PATH, BODY);
  assertEquals((await next.json()).object, "text_completion");
});

Deno.test("one of several answers that fails ends the others", async () => {
  const model = new FakeModel();
  let numStarted = 0;
  model.onToken = async (index, signal) => {
    if (index > 0) return;
    if (++numStarted === 3) {
      throw new ServiceError("workerLost", "Cannot go on");
    }
    await aborted(signal);
  };
  const response = await post(createHandler([model]), PATH, { ...BODY, n: 3 });
  assertEquals((await errorOf(response)).code, "worker_lost");
});

Deno.test("what runs finishes when the service closes, and what waits is refused", async () => {
  const { model, goOn } = waitingModel(1);
  const { server, closing, port } = serve([model], { maxRunning: 1 });
  const running = await ask(port, { stream: true });
  const waiting = ask(port);
  await new Promise((done) => setTimeout(done, 200));
  closing.abort();
  const finished = server.shutdown();
  const refused = await errorOf(await waiting);
  assertEquals([refused.status, refused.code], [503, "shutting_down"]);
  goOn();
  const events = await eventsOf(running);
  assertEquals(events.at(-1), "[DONE]");
  await finished;
});
