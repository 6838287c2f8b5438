import { assert, assertEquals, assertThrows } from "@std/assert";
import type { AccessRecord } from "../../src/server/access_record.ts";
import { accessLine } from "../../src/server/access_line.ts";
import { createHandler } from "../../src/server/create_handler.ts";
import { errorOf, get, type Handler, post } from "./_ask.ts";
import { FakeModel } from "./_fake_model.ts";
import type { HandlerOptions } from "../../src/server/handler_options.ts";
import { LOOPBACK_HOSTS } from "../../src/server/check_host.ts";
import { readApiKeys } from "../../src/server/read_api_keys.ts";

function serve(options: HandlerOptions): Handler {
  return createHandler([new FakeModel()], options);
}

async function statusWith(
  handler: Handler,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  const response = await get(handler, path, { headers });
  await response.body?.cancel();
  return response.status;
}

Deno.test("keys are asked for wherever models and requests are told of", async () => {
  const handler = serve({ apiKeys: ["sesame", "other"] });
  for (const path of ["/v1/models", "/metrics"]) {
    assertEquals(await statusWith(handler, path), 401);
    for (
      const [header, status] of [
        ["Bearer sesame", 200],
        ["bearer  other", 200],
        ["Bearer Sesame", 401],
        ["Bearer sesam", 401],
        ["Bearer sesame other", 401],
        ["Basic sesame", 401],
        ["Bearer ", 401],
      ] as const
    ) {
      const headers = { authorization: header };
      assertEquals(await statusWith(handler, path, headers), status, header);
    }
  }
  for (const path of ["/health", "/ready", "/"]) {
    assertEquals(await statusWith(handler, path), 200);
  }
  const response = await get(handler, "/v1/models");
  assertEquals(response.headers.get("www-authenticate"), "Bearer");
  const error = await errorOf(response);
  assertEquals([error.type, error.code], [
    "authentication_error",
    "invalid_api_key",
  ]);
});

Deno.test("createHandler() refuses keys that no header can hold, and models of one name", () => {
  for (const key of ["", "a b", "ä"]) {
    assertThrows(() => serve({ apiKeys: [key] }), RangeError, "keys");
  }
  const twins = [new FakeModel(), new FakeModel()];
  assertThrows(() => createHandler(twins), RangeError, "name of its own");
  assertThrows(() => createHandler([]), RangeError, "none is");
});

Deno.test("readApiKeys() takes a key a line", () => {
  const text = "# those of the team\nsesame\n\n  other \r\n";
  assertEquals(readApiKeys(text, "keys"), ["sesame", "other"]);
  assertThrows(() => readApiKeys("# none\n", "keys"), RangeError, '"keys"');
});

Deno.test("other names than the server's own are refused where they are named", async () => {
  const handler = serve({ allowedHosts: LOOPBACK_HOSTS });
  const ask = async (origin: string): Promise<number> => {
    const response = await handler(new Request(`${origin}/health`));
    await response.body?.cancel();
    return response.status;
  };
  for (const host of ["localhost:1", "127.0.0.1", "[::1]:8000", "LOCALHOST"]) {
    assertEquals(await ask(`http://${host}`), 200);
  }
  assertEquals(await ask("http://rebound.example"), 421);
});

Deno.test("pages of other origins may ask only where they are named", async () => {
  const origin = "https://a.example";
  const ask = async (handler: Handler, method: string): Promise<Response> => {
    const response = await get(handler, "/v1/models", {
      method,
      headers: { origin, "access-control-request-headers": "authorization" },
    });
    await response.body?.cancel();
    return response;
  };
  const allowed = "access-control-allow-origin";
  for (
    const [corsOrigins, expected] of [
      [[], null],
      [["https://b.example"], null],
      [["https://b.example", origin], origin],
      [["*"], "*"],
    ] as const
  ) {
    // A browser asks without a key.
    const handler = serve({ corsOrigins, apiKeys: ["sesame"] });
    const preflight = await ask(handler, "OPTIONS");
    assertEquals(preflight.status, 204);
    assertEquals(preflight.headers.get(allowed), expected);
    assertEquals(
      preflight.headers.get("access-control-allow-headers"),
      expected === null ? null : "authorization",
    );
    assertEquals((await ask(handler, "GET")).headers.get(allowed), expected);
  }
});

Deno.test("a record tells how a request went, and nothing of what was asked", async () => {
  const records: AccessRecord[] = [];
  const body = { model: "fake", prompt: "Once secret" };
  const ask = async (options: HandlerOptions): Promise<Response> =>
    await post(
      serve({ ...options, onAccess: (record) => records.push(record) }),
      "/v1/completions",
      body,
      { "x-request-id": "mine" },
    );
  const response = await ask({});
  assertEquals(response.headers.get("x-request-id"), "mine");
  await ask({ logsPrompts: true });
  const [silent, telling] = records;
  assert(silent !== undefined && telling !== undefined);
  const { time, durationMs, firstTokenMs, ...record } = silent;
  assert(Math.abs(Date.parse(time) - Date.now()) < 60_000);
  assert(durationMs >= (firstTokenMs ?? NaN));
  assertEquals(record, {
    requestId: "mine",
    method: "POST",
    path: "/v1/completions",
    status: 200,
    model: "fake",
    promptTokens: silent.promptTokens ?? 0,
    cachedTokens: 1,
    completionTokens: 11,
  });
  assertEquals(telling.prompt, '["Once secret"]');
  assert(!accessLine(silent, "plain").includes("secret"));
  assertEquals(JSON.parse(accessLine(silent, "json")), silent);
});

Deno.test("nothing that a request says is told to logs, whatever is wrong with it", async () => {
  const told: string[] = [];
  const model = new FakeModel();
  model.onToken = (index) => {
    if (index === 2) throw new Error("the device is at fault");
  };
  const handler = createHandler([model], {
    onAccess: (record) =>
      told.push(accessLine(record, "plain"), accessLine(record, "json")),
    onError: (error, id) => told.push(`${id}: ${error}`),
  });
  const messages = [{ role: "user", content: "secret" }];
  const tool = { type: "function", function: { name: "secret" } };
  for (
    const [path, body] of [
      ["completions", { prompt: "secret" }],
      ["completions", { prompt: "secret", stream: true }],
      ["completions", { prompt: "secret", stop: ["secret", ""] }],
      ["completions", { prompt: "secret ".repeat(1000) }],
      ["completions", { prompt: "a", secret: 1 }],
      ["completions", '{"model": "fake", "prompt": "secret'],
      ["chat/completions", { messages }],
      ["chat/completions", { messages: [...messages, { role: "secret" }] }],
      ["chat/completions", { messages, tools: [tool] }],
      ["chat/completions", { messages, model: "secret" }],
      ["chat/completions", { messages, user: "secret", max_tokens: 1 }],
      ["embeddings", { input: "secret" }],
    ] as const
  ) {
    const fields = typeof body === "string" ? body : { model: "fake", ...body };
    const headers = { authorization: "Bearer secret", "x-request-id": "" };
    await (await post(handler, `/v1/${path}`, fields, headers)).text();
  }
  assertEquals(told.length, 12 * 2 + 3);
  assertEquals(told.filter((text) => text.includes("secret")), []);
});

Deno.test("a record tells of failures, by the id that the client was given", async () => {
  const records: AccessRecord[] = [];
  const handler = serve({ onAccess: (record) => records.push(record) });
  const response = await get(handler, "/v2", {
    headers: { "x-request-id": "not an id" },
  });
  await response.body?.cancel();
  const [record] = records;
  assertEquals([record?.status, record?.errorCode], [404, "unknown_url"]);
  assertEquals(response.headers.get("x-request-id"), record?.requestId);
  assert(record?.requestId.startsWith("req_"));
});
