import { assertEquals } from "@std/assert";
import { createHandler } from "../../src/server/create_handler.ts";
import { errorOf, eventsOf, post } from "./_ask.ts";
import { FakeModel } from "./_fake_model.ts";

const PATH = "/v1/completions";

async function ask(fields: object): Promise<[Response, FakeModel]> {
  const model = new FakeModel();
  model.answer = "a cat.";
  const handler = createHandler([model]);
  const body = { model: "fake", prompt: "Once", ...fields };
  return [await post(handler, PATH, body), model];
}

Deno.test("completion answers as the OpenAI API does", async () => {
  const [response, model] = await ask({});
  const { id: _, created: _time, system_fingerprint: _print, ...answer } =
    await response.json();
  assertEquals(answer, {
    object: "text_completion",
    model: "fake",
    choices: [{
      index: 0,
      text: " a cat.",
      logprobs: null,
      finish_reason: "stop",
    }],
    usage: {
      prompt_tokens: 2,
      completion_tokens: 4,
      total_tokens: 6,
      prompt_tokens_details: { cached_tokens: 1 },
      completion_tokens_details: {
        accepted_prediction_tokens: 3,
        rejected_prediction_tokens: 5,
      },
    },
  });
  assertEquals(model.asked[0]?.prompt, model.tokenizer.encode("Once"));
  assertEquals(model.asked[0]?.options.maxTokens, 16);
});

Deno.test("completion takes texts and ids, one or several", async () => {
  const once = [1, 403];
  const cases: readonly [prompt: unknown, ids: number[][]][] = [
    ["Once", [once]],
    [["Once", "Once"], [once, once]],
    [[403, 407], [[403, 407]]],
    [[[403], [407]], [[403], [407]]],
  ];
  for (const [prompt, ids] of cases) {
    const [response, model] = await ask({ prompt });
    assertEquals(model.asked.map((asked) => asked.prompt), ids);
    const { choices, usage } = await response.json();
    assertEquals(choices.length, ids.length);
    assertEquals(usage.prompt_tokens, ids.flat().length);
  }
});

Deno.test("completion gives n answers for each prompt, in order", async () => {
  const [response, model] = await ask({
    prompt: [[403], [407]],
    n: 2,
    seed: 5,
  });
  assertEquals(
    model.asked.map(({ prompt, options }) => [prompt[0], options.seed]),
    [[403, 5], [403, 6], [407, 5], [407, 6]],
  );
  const { choices } = await response.json();
  assertEquals(
    choices.map(({ index }: { readonly index: number }) => index),
    [0, 1, 2, 3],
  );
});

Deno.test("completion echoes the prompt, whole and streamed", async () => {
  const [whole] = await ask({ echo: true });
  assertEquals((await whole.json()).choices[0].text, "Once a cat.");
  const [streamed] = await ask({ echo: true, stream: true });
  const events = await eventsOf(streamed);
  assertEquals(events.pop(), "[DONE]");
  const choices = (events as { choices: { text: string }[] }[])
    .flatMap(({ choices }) => choices);
  assertEquals(choices.map(({ text }) => text).join(""), "Once a cat.");
});

Deno.test("completion says how likely tokens were, and where they are", async () => {
  const [response] = await ask({ logprobs: 1 });
  const { choices: [{ text, logprobs }] } = await response.json();
  const { tokens, token_logprobs, top_logprobs, text_offset } = logprobs;
  assertEquals(tokens.join(""), text);
  assertEquals(token_logprobs, [0, -0.5, -1, -1.5]);
  assertEquals(
    text_offset,
    tokens.map((_: string, index: number) =>
      tokens.slice(0, index).join("").length
    ),
  );
  assertEquals(Object.keys(top_logprobs[0]).length, 2);
  assertEquals(top_logprobs[0][" a"], 0);
});

Deno.test("completion refuses what it cannot do, and names the field", async () => {
  for (
    const [fields, param, code] of [
      [{ prompt: undefined }, "prompt", "missing_required_parameter"],
      [{ prompt: 7 }, "prompt", "invalid_type"],
      [{ prompt: [] }, "prompt", "empty_array"],
      [{ prompt: [[]] }, "prompt[0]", "empty_prompt"],
      [{ prompt: ["a", 1] }, "prompt[1]", "invalid_type"],
      [{ prompt: [512] }, "prompt[0]", "integer_above_max_value"],
      [{ prompt: Array(65).fill("a") }, "prompt", "array_above_max_length"],
      [{ suffix: "." }, "suffix", "unsupported_parameter"],
      [{ best_of: 2 }, "best_of", "unsupported_value"],
      [{ echo: true, logprobs: 0 }, "echo", "unsupported_parameter"],
      [{ messages: [] }, "messages", "unknown_parameter"],
    ] as const
  ) {
    const [response] = await ask(fields);
    const error = await errorOf(response);
    assertEquals(
      [error.status, error.param, error.code],
      [400, param, code],
      error.message,
    );
  }
});
