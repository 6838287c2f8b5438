import {
  readSafetensorsFile,
  type TensorToWrite,
  writeSafetensors,
  writeTextFile,
} from "../src/checkpoint/mod.ts";
import { halves } from "./halves.ts";

/**
 * Stores a drafter of F32 as F16, with its configuration, curves and metadata.
 *
 * @param drafter Its directory.
 * @param out Where to; made if it is not there.
 * @throws {ReferenceError} A file is missing.
 * @throws {RangeError} A tensor is not F32, or a weight larger than an F16 can be.
 */
export async function writeHalvedDrafter(
  drafter: string,
  out: string,
): Promise<void> {
  const { tensors, metadata } = await readSafetensorsFile(
    `${drafter}/model.safetensors`,
  );
  const halved = tensors.values().map((
    { name, dtype, shape, bytes },
  ): TensorToWrite => {
    if (dtype !== "F32") {
      throw new RangeError(`Cannot halve ${name} as it must be F32: ${dtype}`);
    }
    const values = new Float32Array(bytes.slice().buffer);
    return { name, dtype: "F16", shape, bytes: halves(name, values) };
  }).toArray();
  const config = await Deno.readTextFile(`${drafter}/config.json`);
  const curves = await Deno.readTextFile(`${drafter}/curves.svg`);
  await Deno.mkdir(out, { recursive: true });
  await writeSafetensors(`${out}/model.safetensors`, halved, {
    metadata: Object.fromEntries(metadata),
  });
  await writeTextFile(
    `${out}/config.json`,
    `${
      JSON.stringify(
        { ...JSON.parse(config), torch_dtype: "float16" },
        null,
        2,
      )
    }\n`,
  );
  await writeTextFile(`${out}/curves.svg`, curves);
}
