import { writeTextFile } from "../../src/checkpoint/mod.ts";
import type { NamedTensors } from "../../src/train/mod.ts";
import type { ModelRecipe } from "../default_model.ts";
import { writeWeights } from "./write_weights.ts";

/** A package registry's limit is 4 MB a file; headers need some of that. */
const MAX_SHARD_BYTES = 3_900_000;

/**
 * Writes a model as Hugging Face stores it: weights, configuration, tokenizer.
 *
 * @param directory Where; made if it is not there.
 * @param tensors The weights by name.
 * @param source What it is, where `prepare.ts` wrote the tokenizer, and texts to store with the weights.
 */
export async function writeModel(
  directory: string,
  tensors: NamedTensors,
  source: {
    readonly model: Pick<ModelRecipe, "config" | "generationConfig">;
    readonly prepared: string;
    readonly metadata: Readonly<Record<string, string>>;
  },
): Promise<void> {
  await Deno.mkdir(directory, { recursive: true });
  const { model, prepared, metadata } = source;
  await writeWeights(directory, tensors, {
    maxShardBytes: MAX_SHARD_BYTES,
    metadata,
  });
  for (const name of ["tokenizer.json", "tokenizer_config.json"]) {
    const text = await Deno.readTextFile(`${prepared}/${name}`);
    await writeTextFile(`${directory}/${name}`, text);
  }
  for (
    const [name, json] of Object.entries({
      "config.json": model.config,
      "generation_config.json": model.generationConfig,
    })
  ) {
    const text = `${JSON.stringify(json, null, 2)}\n`;
    await writeTextFile(`${directory}/${name}`, text);
  }
}
