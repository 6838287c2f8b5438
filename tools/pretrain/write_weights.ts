import {
  type TensorToWrite,
  writeSafetensors,
  writeTextFile,
} from "../../src/checkpoint/mod.ts";
import { halves } from "../halves.ts";
import type { NamedTensors } from "../../src/train/mod.ts";

/** How weights are stored. */
export interface WriteWeightsOptions {
  /** Most bytes of tensors in one file. */
  readonly maxShardBytes: number;
  /** Texts stored in each file. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Stores weights as F16, in shards as Hugging Face does: `model-00001-of-00003.safetensors` and so on,
 * and `model.safetensors.index.json`, which says what is where.
 *
 * @param directory Where; it must be there.
 * @param tensors The weights by name.
 * @param options Size of the shards.
 * @throws {RangeError} A tensor is larger than a shard, or a weight than an F16 can be.
 */
export async function writeWeights(
  directory: string,
  tensors: NamedTensors,
  { maxShardBytes, metadata }: WriteWeightsOptions,
): Promise<void> {
  const shards: TensorToWrite[][] = [];
  let room = 0;
  for (const [name, { shape, values }] of tensors) {
    const bytes = halves(name, values);
    if (bytes.length > maxShardBytes) {
      throw new RangeError(
        `Cannot write ${name} as it must fit in a file of ${maxShardBytes} bytes: it has ${bytes.length}`,
      );
    }
    if (bytes.length > room) {
      shards.push([]);
      room = maxShardBytes;
    }
    shards.at(-1)?.push({ name, dtype: "F16", shape, bytes });
    room -= bytes.length;
  }
  const weightMap: Record<string, string> = {};
  for (const [index, shard] of shards.entries()) {
    const file = `model-${pad(index + 1)}-of-${pad(shards.length)}.safetensors`;
    await writeSafetensors(`${directory}/${file}`, shard, { metadata });
    for (const { name } of shard) weightMap[name] = file;
  }
  const totalSize = Iterator.from(tensors.values())
    .reduce((sum, { values }) => sum + 2 * values.length, 0);
  await writeTextFile(
    `${directory}/model.safetensors.index.json`,
    JSON.stringify(
      { metadata: { total_size: totalSize }, weight_map: weightMap },
      null,
      2,
    ),
  );
}

function pad(number: number): string {
  return String(number).padStart(5, "0");
}
