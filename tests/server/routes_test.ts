import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createHandler } from "../../src/server/create_handler.ts";
import { errorOf, get, post } from "./_ask.ts";
import { FakeModel } from "./_fake_model.ts";

Deno.test("models are listed, and found by names with slashes", async () => {
  const handler = createHandler([new FakeModel("org/a"), new FakeModel("b")]);
  const { object, data } = await (await get(handler, "/v1/models")).json();
  assertEquals(object, "list");
  assertEquals(
    data.map(({ id }: { readonly id: string }) => id),
    ["org/a", "b"],
  );
  for (const path of ["org/a", "org%2Fa"]) {
    const response = await get(handler, `/v1/models/${path}`);
    const { created, ...model } = await response.json();
    assert(Number.isInteger(created));
    assertEquals(model, {
      id: "org/a",
      object: "model",
      owned_by: "jakiro",
      max_model_len: 256,
      dtype: "f32",
      drafter: "jakiro",
      has_chat_template: true,
    });
  }
  const unknown = await get(handler, "/v1/models/%");
  assertEquals((await errorOf(unknown)).code, "model_not_found");
});

Deno.test("embeddings come as numbers or bytes", async () => {
  const handler = createHandler([new FakeModel()]);
  const ask = async (fields: object): Promise<Response> =>
    await post(handler, "/v1/embeddings", { model: "fake", ...fields });
  const response = await ask({ input: ["Once", [403, 407, 261]] });
  const { data, usage } = await response.json();
  assertEquals(data, [
    { object: "embedding", index: 0, embedding: [1, 0.5, -0.25, 2] },
    { object: "embedding", index: 1, embedding: [1, 0.5, -0.25, 3] },
  ]);
  assertEquals(usage, { prompt_tokens: 5, total_tokens: 5 });
  const packed = await ask({
    input: "Once",
    encoding_format: "base64",
    dimensions: 4,
  });
  const bytes = Uint8Array.fromBase64((await packed.json()).data[0].embedding);
  assertEquals([...new Float32Array(bytes.buffer)], [1, 0.5, -0.25, 2]);
  const cut = await errorOf(await ask({ input: "Once", dimensions: 2 }));
  assertEquals([cut.param, cut.code], ["dimensions", "unsupported_parameter"]);
});

Deno.test("texts and conversations become ids, and ids become text", async () => {
  const model = new FakeModel();
  const handler = createHandler([model]);
  const text = await post(handler, "/tokenize", {
    model: "fake",
    prompt: "Once upon",
  });
  assertEquals(await text.json(), {
    count: 3,
    max_model_len: 256,
    tokens: [1, 403, 407],
  });
  const bare = await post(handler, "/tokenize", {
    model: "fake",
    prompt: "Once",
    add_special_tokens: false,
  });
  assertEquals((await bare.json()).tokens, [403]);
  const messages = [{ role: "user", content: "Once" }];
  const chat = await post(handler, "/tokenize", { model: "fake", messages });
  assertEquals(
    (await chat.json()).tokens,
    model.chatTemplate?.encode(messages, { tokenizer: model.tokenizer }),
  );
  const back = await post(handler, "/detokenize", {
    model: "fake",
    tokens: [403, 407],
  });
  assertEquals(await back.json(), { prompt: "Once upon" });
});

Deno.test("a draft tree comes with texts", async () => {
  const model = new FakeModel();
  const handler = createHandler([model]);
  const ask = async (fields: object): Promise<Response> =>
    await post(handler, "/v1/draft_tree", { model: "fake", ...fields });
  const response = await ask({ prompt: "Hi", temperature: 0, max_tokens: 9 });
  assertEquals(await response.json(), {
    nodes: [
      {
        id: 0,
        parent: null,
        token: 403,
        text: " Once",
        score: 0,
        level: 0,
        branch: null,
        accepted: false,
      },
      {
        id: 1,
        parent: 0,
        token: 407,
        text: " upon",
        score: -0.5,
        level: 1,
        branch: "mixture",
        accepted: true,
      },
    ],
    committed: [
      { token: 407, text: " upon" },
      { token: 261, text: " a" },
    ],
  });
  model.drafter = null;
  const refused = await errorOf(await ask({ prompt: "Hi" }));
  assertEquals([refused.status, refused.code], [400, "no_drafter"]);
});

Deno.test("a draft tree goes on behind what the assistant has said so far", async () => {
  const model = new FakeModel();
  const prompts: (string | readonly number[])[] = [];
  const { draftTree } = model;
  model.draftTree = (prompt) => {
    prompts.push(prompt);
    return draftTree.call(model, prompt);
  };
  const asked = [{ role: "user", content: "Hi" }];
  const messages = [...asked, { role: "assistant", content: "Once" }];
  await post(createHandler([model]), "/v1/draft_tree", {
    model: "fake",
    messages,
  });
  const { tokenizer } = model;
  const before = model.chatTemplate?.encode(asked, { tokenizer }) ?? [];
  assertEquals(prompts, [[
    ...before,
    ...tokenizer.encode("Once", { addSpecialTokens: false }),
  ]]);
  // What looks like the end of a text is none.
  await post(createHandler([model]), "/v1/draft_tree", {
    model: "fake",
    messages: [...asked, { role: "assistant", content: "Once</s>" }],
  });
  const [, said = []] = prompts;
  assert(typeof said !== "string" && !said.slice(before.length).includes(2));
  assertEquals(tokenizer.decode(said.slice(before.length)), "Once</s>");
});

Deno.test("health is always good, readiness goes with models and closing", async () => {
  const closing = new AbortController();
  const model = new FakeModel();
  const handler = createHandler([model], { closing: closing.signal });
  const status = async (path: string): Promise<number> => {
    const response = await get(handler, path);
    await response.body?.cancel();
    return response.status;
  };
  assertEquals([await status("/health"), await status("/ready")], [200, 200]);
  model.isReady = false;
  assertEquals([await status("/health"), await status("/ready")], [200, 503]);
  model.isReady = true;
  closing.abort();
  assertEquals([await status("/health"), await status("/ready")], [200, 503]);
  const refused = await post(handler, "/v1/completions", {
    model: "fake",
    prompt: "Once",
  });
  const error = await errorOf(refused);
  assertEquals([error.status, error.code], [503, "shutting_down"]);
  assert(refused.headers.has("retry-after"));
});

Deno.test("metrics count requests, tokens and drafts", async () => {
  const model = new FakeModel();
  model.numRestarts = 2;
  const handler = createHandler([model]);
  await (await post(handler, "/v1/completions", {
    model: "fake",
    prompt: "Once",
    n: 2,
  })).text();
  await (await post(handler, "/v1/completions", {})).text();
  const response = await get(handler, "/metrics");
  assertStringIncludes(
    response.headers.get("content-type") ?? "",
    "text/plain; version=0.0.4",
  );
  const text = await response.text();
  for (
    const line of [
      'jakiro_http_requests_total{route="/v1/completions",status="200"} 1',
      'jakiro_http_requests_total{route="/v1/completions",status="400"} 1',
      'jakiro_prompt_tokens_total{model="fake"} 4',
      'jakiro_completion_tokens_total{model="fake"} 22',
      'jakiro_drafted_tokens_total{model="fake"} 16',
      'jakiro_accepted_tokens_total{model="fake"} 6',
      'jakiro_requests_running{model="fake"} 0',
      'jakiro_requests_queued{model="fake"} 0',
      'jakiro_worker_restarts_total{model="fake"} 2',
      'jakiro_time_to_first_token_seconds_count{model="fake"} 2',
      'jakiro_time_per_output_token_seconds_count{model="fake"} 20',
    ]
  ) assert(text.split("\n").includes(line), `${line}\n\n${text}`);
});

Deno.test("metrics are named as Prometheus names them, and as what is deployed names them", async () => {
  const response = await get(createHandler([new FakeModel()]), "/metrics");
  const types = new Map(
    [...(await response.text()).matchAll(/^# TYPE (\S+) (\S+)$/gm)]
      .map(([, name = "", type = ""]) => [name, type] as const),
  );
  assert(types.size > 10);
  for (const [name, type] of types) {
    assert(/^jakiro_[a-z_]+$/.test(name), name);
    assertEquals(name.endsWith("_total"), type === "counter", name);
    assertEquals(name.endsWith("_seconds"), type === "histogram", name);
  }
  const root = new URL("../../", import.meta.url);
  const read = async (path: string): Promise<readonly string[]> => {
    const text = await Deno.readTextFile(new URL(path, root));
    return text.match(/\bjakiro_[a-z_]+\b/g) ?? [];
  };
  const described = new Set(await read("docs/hosting.md"));
  const scaling = await read("deploy/kubernetes.yaml");
  assertEquals(scaling, ["jakiro_requests_queued"]);
  assertEquals([...described].toSorted(), [...types.keys()].toSorted());
});

Deno.test("unknown paths and methods are refused", async () => {
  const handler = createHandler([new FakeModel()]);
  const unknown = await errorOf(await get(handler, "/v2"));
  assertEquals([unknown.status, unknown.code], [404, "unknown_url"]);
  const response = await get(handler, "/v1/chat/completions");
  assertEquals(response.headers.get("allow"), "POST");
  const error = await errorOf(response);
  assertEquals([error.status, error.code], [405, "method_not_allowed"]);
});

Deno.test("the page is at /, and may load nothing from elsewhere", async () => {
  const response = await get(createHandler([new FakeModel()]), "/");
  assertStringIncludes(await response.text(), "<!doctype html>");
  assertStringIncludes(
    response.headers.get("content-security-policy") ?? "",
    "default-src 'none'",
  );
});
