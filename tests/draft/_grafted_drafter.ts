import { assert } from "@std/assert";
import { readReferenceTensors } from "./_reference_tensors.ts";
import {
  type TensorToWrite,
  writeSafetensors,
} from "../../src/checkpoint/mod.ts";
import { Random } from "../ops/_random.ts";

const TRAINED = new URL(
  "../../weights/stories260k/drafter/",
  import.meta.url,
);
const LAYER = "layers.0";
const MOE = `${LAYER}.mlp_moe`;
const D = 64;

/**
 * Writes a drafter of another kind with the trained attention of that of stories260k, whose drafts are accepted
 * far more often than those of random weights: of EAGLE's kind with half of either expert, of Jakiro*'s with small
 * random experts.
 */
export async function writeGraftedDrafter(
  directory: string,
  kind: "eagle" | "jakiro_star",
): Promise<void> {
  await Deno.copyFile(
    new URL("config.json", TRAINED),
    `${directory}/config.json`,
  );
  const trained = await readReferenceTensors(TRAINED.pathname);
  const tensor = (
    name: string,
    shape: readonly number[],
    values: ArrayLike<number>,
  ): TensorToWrite => {
    const bytes = new Uint8Array(Float32Array.from(values).buffer);
    return { name, dtype: "F32", shape, bytes };
  };
  const expert = (index: number, part: string): Float32Array => {
    const found = trained.get(`${MOE}.experts.${index}.${part}_proj.weight`);
    assert(found !== undefined, part);
    return Float32Array.from(found.values);
  };
  const kept = [...trained]
    .filter(([name]) => !name.startsWith(MOE))
    .map(([name, { shape, values }]) => tensor(name, shape, values));
  const random = new Random(3);
  const small = (name: string, ...shape: [number, number]): TensorToWrite =>
    tensor(name, shape, random.normals(shape[0] * shape[1], 0.05));
  const [low, high] = [expert(0, "down"), expert(1, "down")];
  const halves = Float32Array.from(
    { length: 2 * D * D },
    (_, index) => {
      const [row, col] = [Math.floor(index / (2 * D)), index % (2 * D)];
      return (col < D ? low : high)[row * D + col % D] ?? NaN;
    },
  ).map((value) => value / 2);
  const experts = {
    eagle: () => [
      ...["gate", "up"].map((part) =>
        tensor(
          `${LAYER}.mlp.${part}_proj.weight`,
          [2 * D, D],
          [...expert(0, part), ...expert(1, part)],
        )
      ),
      tensor(`${LAYER}.mlp.down_proj.weight`, [D, 2 * D], halves),
    ],
    jakiro_star: () => [
      small(`${MOE}.gate.weight`, 2, D),
      ...[0, 1].flatMap((index) => [
        small(`${MOE}.experts.${index}.fc.weight`, D, D),
        small(`${MOE}.experts.${index}.proj.weight`, D, D),
      ]),
    ],
  };
  await writeSafetensors(`${directory}/model.safetensors`, [
    ...kept,
    ...experts[kind](),
  ]);
}
