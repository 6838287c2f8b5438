/**
 * Runs Llama-family language models on Deno's WebGPU.
 *
 * @example Stream a text
 * ```ts ignore
 * import { loadModel } from "@jakiro/jakiro";
 *
 * using model = await loadModel("models/stories260k");
 * for await (const chunk of model.generate("Once upon a time")) {
 *   console.log(chunk.text);
 * }
 * ```
 *
 * @module
 */

export * from "./src/decode/mod.ts";
