/**
 * Runs Llama-family language models on Deno's WebGPU.
 *
 * @example Stream a text
 * ```ts
 * import { loadModel } from "@jakiro/jakiro";
 *
 * using model = await loadModel();
 * const prompt = "Once upon a time";
 * for await (const chunk of model.generate(prompt, { maxTokens: 40 })) {
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
 * const text = model.generate("One day", { maxTokens: 8, seed: 1 });
 * let next = await text.next();
 * while (!next.done) next = await text.next();
 * assertEquals(next.value.generatedTokens, 8);
 * ```
 *
 * @module
 */

export * from "./src/decode/mod.ts";
