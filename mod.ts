/**
 * Runs Llama-family language models on Deno's WebGPU.
 *
 * @example Stream an answer
 * ```ts
 * import { loadModel } from "@jakiro/jakiro";
 *
 * using model = await loadModel();
 * const messages = [{ role: "user", content: "Tell me a story." }] as const;
 * for await (const chunk of model.chat(messages, { maxTokens: 40 })) {
 *   console.log(chunk.text);
 * }
 * ```
 *
 * @example Read the statistics
 * ```ts
 * import { loadModel } from "@jakiro/jakiro";
 * import { assertEquals } from "@std/assert";
 *
 * using model = await loadModel();
 * const messages = [{ role: "user", content: "Tell me a story." }] as const;
 * const answer = model.chat(messages, { maxTokens: 8, seed: 1 });
 * let next = await answer.next();
 * while (!next.done) next = await answer.next();
 * assertEquals(next.value.generatedTokens, 8);
 * ```
 *
 * @module
 */

export * from "./src/decode/mod.ts";
