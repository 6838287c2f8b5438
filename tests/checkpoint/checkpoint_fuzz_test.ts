import { assertGreater } from "@std/assert";
import {
  openCheckpoint,
  resolveLlamaTensors,
} from "../../src/checkpoint/mod.ts";
import { assertLoaderError } from "./assert_loader_error.ts";
import { assertSound } from "./checkpoint_oracle.ts";
import { mutateBytes, mutateJsonText, mutateSafetensors } from "./mutate.ts";
import { Random } from "./random.ts";
import { shardName, withDirectory, writeTinyModel } from "./tiny_model.ts";

const CONFIG = {
  attention_bias: false,
  mlp_bias: false,
  rope_scaling: {
    rope_type: "llama3",
    factor: 8.0,
    low_freq_factor: 1.0,
    high_freq_factor: 4.0,
    original_max_position_embeddings: 8192,
  },
};
const GENERATION_CONFIG = {
  bos_token_id: 1,
  eos_token_id: [2, 3],
  do_sample: true,
  temperature: 0.6,
  top_p: 0.9,
};

type Mutation = (directory: string, random: Random) => Promise<void>;

const mutateText = (name: string): Mutation => async (directory, random) => {
  const file = `${directory}/${name}`;
  const text = await Deno.readTextFile(file);
  await Deno.writeTextFile(file, mutateJsonText(text, random));
};

async function mutateFile(
  file: string,
  { random, mutate }: {
    readonly random: Random;
    readonly mutate: (
      bytes: Uint8Array,
      random: Random,
    ) => Uint8Array<ArrayBuffer>;
  },
): Promise<void> {
  await Deno.writeFile(file, mutate(await Deno.readFile(file), random));
}

const mutateWeights: Mutation = (directory, random) =>
  mutateFile(`${directory}/model.safetensors`, {
    random,
    mutate: mutateSafetensors,
  });

const mutateTensorBytes: Mutation = (directory, random) =>
  mutateFile(`${directory}/model.safetensors`, { random, mutate: mutateBytes });

const mutateShards: Mutation = async (directory, random) => {
  const file = `${directory}/${shardName(random.below(3), 3)}`;
  const other = `${directory}/${shardName(random.below(3), 3)}`;
  const kind = random.below(4);
  if (kind === 0) await Deno.remove(file);
  if (kind === 1 && file !== other) await Deno.copyFile(other, file);
  if (kind === 2) await Deno.truncate(file, random.below(2000));
  if (kind === 3) await mutateFile(file, { random, mutate: mutateSafetensors });
};

interface Kind {
  readonly name: string;
  readonly numShards: number;
  readonly mutate: Mutation;
  readonly numRounds: number;
}
const KINDS: readonly Kind[] = [
  {
    name: "config.json",
    numShards: 0,
    mutate: mutateText("config.json"),
    numRounds: 800,
  },
  {
    name: "generation_config.json",
    numShards: 0,
    mutate: mutateText("generation_config.json"),
    numRounds: 200,
  },
  {
    name: "the header of model.safetensors",
    numShards: 0,
    mutate: mutateWeights,
    numRounds: 600,
  },
  {
    name: "any byte of model.safetensors",
    numShards: 0,
    mutate: mutateTensorBytes,
    numRounds: 200,
  },
  {
    name: "the index of shards",
    numShards: 3,
    mutate: mutateText("model.safetensors.index.json"),
    numRounds: 400,
  },
  { name: "the shards", numShards: 3, mutate: mutateShards, numRounds: 300 },
];

/** Loads a directory, and says whether that went well. */
async function isLoaded(directory: string): Promise<boolean> {
  try {
    using checkpoint = await openCheckpoint(directory);
    const llama = resolveLlamaTensors(checkpoint);
    await assertSound(checkpoint, llama);
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "AssertionError") throw error;
    assertLoaderError(error);
    return false;
  }
}

async function fuzz({ numShards, mutate, numRounds }: Kind): Promise<void> {
  await withDirectory(async (original) => {
    await writeTinyModel(original, {
      config: CONFIG,
      generationConfig: GENERATION_CONFIG,
      numShards,
    });
    const files = await Array.fromAsync(Deno.readDir(original));
    let numLoaded = 0;
    for (let round = 0; round < numRounds; round++) {
      await withDirectory(async (directory) => {
        for (const { name } of files) {
          await Deno.copyFile(`${original}/${name}`, `${directory}/${name}`);
        }
        await mutate(directory, new Random(round));
        if (await isLoaded(directory)) numLoaded++;
      });
    }
    // Some mutations do no harm, most do.
    assertGreater(numLoaded, 0);
    assertGreater(numRounds, numLoaded);
  });
}

for (const kind of KINDS) {
  Deno.test({
    name:
      `openCheckpoint() loads soundly or refuses clearly after ${kind.numRounds} mutations of ${kind.name}`,
    // No file may stay open, whatever is wrong with it.
    sanitizeResources: true,
    fn: () => fuzz(kind),
  });
}
