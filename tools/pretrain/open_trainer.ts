import { parseModelConfig } from "../../src/checkpoint/config.ts";
import { parseJson } from "../../src/checkpoint/json.ts";
import type { ModelRecipe } from "../default_model.ts";
import { createLlamaTrainer, type LlamaTrainer } from "../llama_trainer.ts";
import type { BackendChoice } from "./read_backend.ts";

/**
 * Makes a trainer.
 *
 * @param model The model, and how it is trained.
 * @param options Of the first weights, and where to compute.
 * @throws {RangeError | TypeError} The model is none that the trainer can have.
 */
export async function openTrainer(
  { config, optimizer: recipe }: ModelRecipe,
  options: { readonly seed: number; readonly backend: BackendChoice },
): Promise<LlamaTrainer> {
  const file = "config.json";
  const json = parseJson(JSON.stringify(config), { file });
  const shape = parseModelConfig(json, file);
  const { seed, backend } = options;
  return await createLlamaTrainer({ shape, recipe, seed, backend });
}
