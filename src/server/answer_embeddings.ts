import type { Exchange } from "./exchange.ts";
import { readBody } from "./read_body.ts";
import { readPrompts } from "./read_prompts.ts";
import { refuseUnsupported } from "./field_errors.ts";
import type { Fields } from "./fields.ts";
import type { ServedEntry, Service } from "./service.ts";
import { textIds } from "./prompt_ids.ts";

/** Answers `POST /v1/embeddings`. */
export async function answerEmbeddings(
  service: Service,
  exchange: Exchange,
): Promise<Response> {
  const { limits, metrics } = service;
  const { maxInputs, maxPromptTokens } = limits;
  const fields = await readBody(exchange.request, limits);
  const entry = service.modelOf(fields);
  const { model } = entry;
  exchange.notes.model = model.id;
  const inputs = readPrompts(fields, "input", {
    maxInputs,
    vocabSize: model.config.vocabSize,
  });
  const format = fields.choice("encoding_format", ["float", "base64"]);
  checkDimensions(fields, model.config.hiddenSize);
  fields.string("user");
  fields.finish();
  const texts = inputs.map(({ prompt }) => prompt);
  if (service.logsPrompts) exchange.notes.prompt = JSON.stringify(texts);
  const prompts = inputs.map(({ prompt, param }) =>
    textIds(model, prompt, { param, maxPromptTokens })
  );
  const vectors = await embedAll(entry, prompts, exchange.signal);
  const numTokens = prompts.reduce((sum, ids) => sum + ids.length, 0);
  metrics.promptTokens.inc({ model: model.id }, numTokens);
  exchange.notes.promptTokens = numTokens;
  return Response.json({
    object: "list",
    data: vectors.map((vector, index) => ({
      object: "embedding",
      index,
      embedding: format === "base64" ? toBase64(vector) : [...vector],
    })),
    model: model.id,
    usage: { prompt_tokens: numTokens, total_tokens: numTokens },
  });
}

/** One text after the other: a device takes their tokens side by side anyway. */
async function embedAll(
  { model, admission }: ServedEntry,
  prompts: readonly (readonly number[])[],
  signal: AbortSignal,
): Promise<readonly Float32Array[]> {
  const vectors: Float32Array[] = [];
  using _place = await admission.enter(signal);
  for (const ids of prompts) {
    signal.throwIfAborted();
    vectors.push(await model.embed(ids));
  }
  signal.throwIfAborted();
  return vectors;
}

function checkDimensions(fields: Fields, hiddenSize: number): void {
  const size = fields.number("dimensions", {
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    isInteger: true,
  });
  if (size === undefined || size === hiddenSize) return;
  refuseUnsupported(
    "dimensions",
    `must be ${hiddenSize}, as this model's vectors are not made to be cut`,
  );
}

/** The bytes of the numbers, the least significant one of each first. */
function toBase64(vector: Float32Array): string {
  const bytes = new DataView(new ArrayBuffer(vector.length * 4));
  for (const [index, value] of vector.entries()) {
    bytes.setFloat32(index * 4, value, true);
  }
  return new Uint8Array(bytes.buffer).toBase64();
}
