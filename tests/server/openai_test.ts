import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertInstanceOf,
  assertRejects,
} from "@std/assert";
import {
  ChatTemplate,
  type GenerateOptions,
  loadModel,
  type Model,
} from "../../mod.ts";
import OpenAI from "openai";
import { serve } from "./_serve.ts";
import type { ServedModel } from "../../src/server/served_model.ts";

const MESSAGES = [{ role: "user", content: "Tell me a story." }] as const;
/** Offers tools as Hermes' models are offered them. */
const TOOL_TEMPLATE =
  "{{ '<|begin|>' }}{% if tools %}<|system|>Write <tool_call>{% for t in tools %} {{ t.function.name }}{% endfor %}<|end|>{% endif %}{% for m in messages %}{{ '<|' + m.role + '|>' }}{% if m.tool_calls %}<tool_call>{{ m.tool_calls[0].function | tojson }}</tool_call>{% else %}{{ m.content }}{% endif %}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}";
const ASKED = { model: "chat", messages: [...MESSAGES] };

/** What the steps of the test share. */
interface Context {
  /** Has the key, and does not try again. */
  readonly client: OpenAI;
  /** The model that the client asks. */
  readonly model: Model;
}

type Step = readonly [name: string, run: (context: Context) => Promise<void>];

/** A model under another name, with another chat template. */
function served(
  model: Model,
  others: Pick<ServedModel, "id" | "chatTemplate">,
): ServedModel {
  const { config, tokenizer, contextLength, dtype, drafter } = model;
  return {
    ...{ config, tokenizer, contextLength, dtype, drafter },
    deviceName: model.deviceName,
    generate: (prompt, options) => model.generate(prompt, options),
    draftTree: (prompt, options) => model.draftTree(prompt, options),
    embed: (ids) => model.embed(ids),
    ...others,
  };
}

/** What the model says when it is asked directly. */
async function askDirectly(
  model: Model,
  options: GenerateOptions,
): Promise<{ readonly text: string; readonly logProbs: readonly number[] }> {
  const logProbs: number[] = [];
  const answer = model.chat([...MESSAGES], options);
  let next = await answer.next();
  while (!next.done) {
    logProbs.push(...next.value.logProbs ?? []);
    next = await answer.next();
  }
  return { text: next.value.text, logProbs };
}

const TOOLS: OpenAI.ChatCompletionTool[] = ["look_up", "book"].map((name) => ({
  type: "function",
  function: {
    name,
    parameters: {
      type: "object",
      properties: { count: { $ref: "#/$defs/count" } },
      required: ["count"],
      additionalProperties: false,
      $defs: { count: { type: "integer", minimum: 1, maximum: 3 } },
    },
  },
}));

const STEPS: readonly Step[] = [
  [
    "gets what the model says, whole and streamed",
    async ({ client, model }) => {
      const options = { seed: 7, temperature: 0.8, max_tokens: 24 };
      const direct = await askDirectly(model, {
        seed: 7,
        temperature: 0.8,
        maxTokens: 24,
        logProbs: true,
      });
      const answer = await client.chat.completions.create({
        ...ASKED,
        ...options,
        logprobs: true,
        top_logprobs: 2,
      });
      const [choice] = answer.choices;
      assertEquals(choice?.message.content, direct.text);
      assertEquals(choice?.finish_reason, "length");
      assertEquals(answer.usage?.completion_tokens, 24);
      const tokens = choice?.logprobs?.content ?? [];
      assertEquals(tokens.map(({ logprob }) => logprob), direct.logProbs);
      for (const { logprob, top_logprobs: [first, second] } of tokens) {
        assert(first !== undefined && second !== undefined);
        assert(first.logprob >= second.logprob && first.logprob >= logprob);
      }
      assertEquals(
        new TextDecoder().decode(
          Uint8Array.from(tokens.flatMap(({ bytes }) => bytes ?? [])),
        ).trim(),
        direct.text.trim(),
      );
      const stream = await client.chat.completions.create({
        ...ASKED,
        ...options,
        stream: true,
        stream_options: { include_usage: true },
      });
      let text = "";
      let usage: OpenAI.CompletionUsage | null | undefined;
      let reason: string | null | undefined;
      for await (const piece of stream) {
        text += piece.choices[0]?.delta.content ?? "";
        reason = piece.choices[0]?.finish_reason ?? reason;
        usage = piece.usage ?? usage;
      }
      assertEquals([text, reason], [direct.text, "length"]);
      const { accepted_prediction_tokens = 0, rejected_prediction_tokens = 0 } =
        usage?.completion_tokens_details ?? {};
      assertEquals(usage?.completion_tokens, 24);
      assert(accepted_prediction_tokens <= 24);
      assert(rejected_prediction_tokens >= 0);
      assertEquals(usage?.prompt_tokens, answer.usage?.prompt_tokens);
    },
  ],

  ["stops at strings, and gets several answers", async ({ client, model }) => {
    const { text } = await askDirectly(model, { seed: 3, maxTokens: 24 });
    const stop = text.slice(8, 12);
    const stopped = await client.chat.completions.create({
      ...ASKED,
      seed: 3,
      max_tokens: 24,
      stop,
    });
    assertEquals(
      stopped.choices[0]?.message.content,
      text.slice(0, text.indexOf(stop)),
    );
    assertEquals(stopped.choices[0]?.finish_reason, "stop");
    const several = await client.chat.completions.create({
      ...ASKED,
      seed: 2,
      max_tokens: 12,
      n: 2,
    });
    for (const { index, message } of several.choices) {
      const direct = await askDirectly(model, {
        seed: 2 + index,
        maxTokens: 12,
      });
      assertEquals(message.content, direct.text);
    }
  }],

  ["gets models, completions and embeddings", async ({ client, model }) => {
    const models = await Array.fromAsync(client.models.list());
    assertEquals(models.map(({ id }) => id), ["chat", "tools"]);
    assertEquals((await client.models.retrieve("chat")).id, "chat");
    const completion = await client.completions.create({
      model: "chat",
      prompt: "Once upon a time",
      max_tokens: 8,
      temperature: 0,
      logprobs: 0,
    });
    const answer = model.generate("Once upon a time", {
      maxTokens: 8,
      temperature: 0,
    });
    let next = await answer.next();
    while (!next.done) next = await answer.next();
    assertEquals(completion.choices[0]?.text, next.value.text);
    const { eosTokenIds } = model.config;
    const shown = next.value.tokens.filter((id) => !eosTokenIds.includes(id));
    assertEquals(
      completion.choices[0]?.logprobs?.tokens?.length,
      shown.length,
    );
    // The client asks for bytes unless told otherwise.
    for (const format of [undefined, "float", "base64"] as const) {
      const { data } = await client.embeddings.create({
        model: "chat",
        input: ["Once upon a time", "A dog"],
        ...format === undefined ? {} : { encoding_format: format },
      });
      const direct = await model.embed(model.tokenizer.encode("A dog"));
      if (format === "base64") continue;
      assertEquals(data[1]?.embedding, [...direct]);
      assertAlmostEquals(Math.hypot(...data[1]?.embedding ?? []), 1, 1e-5);
    }
  }],

  ["knows the errors", async ({ client }) => {
    const error = await assertRejects(() =>
      client.chat.completions.create({ ...ASKED, temperature: 3 })
    );
    assertInstanceOf(error, OpenAI.BadRequestError);
    assertEquals([error.param, error.code], [
      "temperature",
      "decimal_above_max_value",
    ]);
    assertInstanceOf(
      await assertRejects(() =>
        client.chat.completions.create({ ...ASKED, model: "gpt" })
      ),
      OpenAI.NotFoundError,
    );
    assertInstanceOf(
      await assertRejects(() =>
        client.withOptions({ apiKey: "other" }).models.list()
      ),
      OpenAI.AuthenticationError,
    );
  }],

  ["ends an answer that it no longer wants", async ({ client }) => {
    const stream = await client.chat.completions.create({
      ...ASKED,
      stream: true,
      ignore_eos: true,
    } as OpenAI.ChatCompletionCreateParamsStreaming);
    let numPieces = 0;
    for await (const _ of stream) {
      if (++numPieces === 3) break;
    }
    // There is one place: it is free again.
    const next = await client.chat.completions.create({
      ...ASKED,
      max_tokens: 3,
      seed: 1,
    });
    assertEquals(next.usage?.completion_tokens, 3);
  }],

  ["gets answers that fit a schema", async ({ client }) => {
    const schema = {
      type: "object",
      properties: {
        size: { enum: ["small", "large"] },
        isOpen: { type: "boolean" },
      },
      required: ["size", "isOpen"],
      additionalProperties: false,
    };
    const answer = await client.chat.completions.create({
      ...ASKED,
      seed: 2,
      max_tokens: 80,
      response_format: {
        type: "json_schema",
        json_schema: { name: "shop", schema },
      },
    });
    const [choice] = answer.choices;
    assertEquals(choice?.finish_reason, "stop");
    const found = JSON.parse(choice?.message.content ?? "");
    assertEquals(Object.keys(found), ["size", "isOpen"]);
    assert(["small", "large"].includes(found.size));
    assertEquals(typeof found.isOpen, "boolean");
    const object = await client.chat.completions.create({
      ...ASKED,
      seed: 1,
      max_tokens: 20,
      response_format: { type: "json_object" },
    });
    assert(object.choices[0]?.message.content?.trimStart().startsWith("{"));
    const error = await assertRejects(() =>
      client.chat.completions.create({
        ...ASKED,
        response_format: {
          type: "json_schema",
          json_schema: { name: "x", schema: { type: "nothing" } },
        },
      })
    );
    assertInstanceOf(error, OpenAI.BadRequestError);
    assertEquals(error.code, "invalid_grammar");
    const strict = await assertRejects(() =>
      client.chat.completions.create({
        ...ASKED,
        response_format: {
          type: "json_schema",
          json_schema: {
            name: "x",
            strict: true,
            schema: { type: "integer", multipleOf: 5 },
          },
        },
      })
    );
    assertInstanceOf(strict, OpenAI.BadRequestError);
    assertEquals(strict.param, "response_format.json_schema.schema.multipleOf");
  }],

  [
    "gets calls of tools, where it wants some, whole and streamed",
    async ({ client }) => {
      const ask = {
        ...ASKED,
        model: "tools",
        seed: 2,
        max_tokens: 100,
        tools: TOOLS,
      };
      const named = await client.chat.completions.create({
        ...ask,
        tool_choice: { type: "function", function: { name: "book" } },
      });
      const [choice] = named.choices;
      assertEquals(choice?.finish_reason, "tool_calls");
      assertEquals(choice?.message.content, null);
      const [call] = choice?.message.tool_calls ?? [];
      assert(call?.type === "function" && /^call_\w+$/.test(call.id));
      assertEquals(call.function.name, "book");
      const { count, ...others } = JSON.parse(call.function.arguments);
      assert([1, 2, 3].includes(count));
      assertEquals(others, {});
      const stream = client.chat.completions.stream({
        ...ask,
        tool_choice: "required",
      });
      const streamed = await stream.finalChatCompletion();
      const whole = await client.chat.completions.create({
        ...ask,
        tool_choice: "required",
      });
      const functionOf = (answer: OpenAI.ChatCompletion): unknown => {
        const [called] = answer.choices[0]?.message.tool_calls ?? [];
        return called?.type === "function" && {
          name: called.function.name,
          args: called.function.arguments,
        };
      };
      assertEquals(functionOf(streamed), functionOf(whole));
      assert(functionOf(whole));
      const wrong = await assertRejects(() =>
        client.chat.completions.create({
          ...ask,
          tools: [{
            type: "function",
            function: {
              name: "a",
              parameters: { properties: { b: { type: "nothing" } } },
            },
          }],
          tool_choice: "required",
        })
      );
      assertInstanceOf(wrong, OpenAI.BadRequestError);
      assertEquals([wrong.param, wrong.code], ["tools", "invalid_grammar"]);
      // The answer to a call may be sent back, with the call as it came.
      const next = await client.chat.completions.create({
        ...ask,
        messages: [
          ...MESSAGES,
          choice?.message ?? MESSAGES[0],
          { role: "tool", tool_call_id: call.id, content: "done" },
        ],
        tool_choice: "none",
        max_tokens: 2,
      });
      assertEquals(next.choices[0]?.message.tool_calls, undefined);
    },
  ],

  ["is told that a model knows no tools", async ({ client }) => {
    const error = await assertRejects(() =>
      client.chat.completions.create({ ...ASKED, tools: TOOLS })
    );
    assertInstanceOf(error, OpenAI.BadRequestError);
    assertEquals([error.param, error.code], ["tools", "unsupported_parameter"]);
  }],
];

Deno.test("OpenAI's client works with the service:", async (test) => {
  using model = await loadModel(undefined, { dtype: "f32" });
  const { chatTemplate } = model;
  const tools = new ChatTemplate(TOOL_TEMPLATE, { name: "tools" });
  await using server = serve([
    served(model, { id: "chat", chatTemplate }),
    served(model, { id: "tools", chatTemplate: tools }),
  ], { apiKeys: ["sesame"], maxRunning: 1 });
  const { baseURL } = server;
  const client = new OpenAI({ baseURL, apiKey: "sesame", maxRetries: 0 });
  for (const [name, run] of STEPS) {
    await test.step(`it ${name}`, () => run({ client, model }));
  }
});
