import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  openCheckpoint,
  resolveLlamaTensors,
} from "../../../src/checkpoint/mod.ts";
import { openTensorFiles } from "../../../src/checkpoint/mod.ts";
import type { NamedTensor } from "../../../src/train/mod.ts";
import { DEFAULT_MODEL } from "../../../tools/default_model.ts";
import { writeModel } from "../../../tools/pretrain/write_model.ts";
import { writeWeights } from "../../../tools/pretrain/write_weights.ts";

function tensor(...shape: number[]): NamedTensor {
  const size = shape.reduce((product, axis) => product * axis, 1);
  const values = Float32Array.from(
    { length: size },
    (_, index) => (index % 2039) / 1024 - 1,
  );
  return { shape, values };
}

/** All tensors of the model that comes along. */
function defaultTensors(): Map<string, NamedTensor> {
  const { hidden_size: D, intermediate_size: F, vocab_size: V } =
    DEFAULT_MODEL.config;
  const kvSize = DEFAULT_MODEL.config.num_key_value_heads *
    DEFAULT_MODEL.config.head_dim;
  const tensors = new Map([["model.embed_tokens.weight", tensor(V, D)]]);
  for (let index = 0; index < DEFAULT_MODEL.config.num_hidden_layers; index++) {
    const name = `model.layers.${index}`;
    for (
      const [part, shape] of Object.entries({
        "input_layernorm": [D],
        "self_attn.q_proj": [D, D],
        "self_attn.k_proj": [kvSize, D],
        "self_attn.v_proj": [kvSize, D],
        "self_attn.o_proj": [D, D],
        "post_attention_layernorm": [D],
        "mlp.gate_proj": [F, D],
        "mlp.up_proj": [F, D],
        "mlp.down_proj": [D, F],
      })
    ) tensors.set(`${name}.${part}.weight`, tensor(...shape));
  }
  return tensors.set("model.norm.weight", tensor(D));
}

Deno.test("writeModel() writes a checkpoint that opens, in files that a registry takes", async () => {
  const prepared = await Deno.makeTempDir();
  const directory = `${prepared}/model`;
  try {
    for (const name of ["tokenizer.json", "tokenizer_config.json"]) {
      await Deno.writeTextFile(`${prepared}/${name}`, "{}");
    }
    const tensors = defaultTensors();
    await writeModel(directory, tensors, {
      model: DEFAULT_MODEL,
      prepared,
      metadata: { step: "7" },
    });
    using checkpoint = await openCheckpoint(directory);
    resolveLlamaTensors(checkpoint);
    assertEquals(checkpoint.config.eosTokenIds, [1]);
    assertEquals(checkpoint.generationDefaults.temperature, 0.7);
    using files = await openTensorFiles(directory);
    assertEquals(new Set(files.tensors.keys()), new Set(tensors.keys()));
    for (const [name, entry] of files.tensors) {
      const into = new Uint8Array(entry.sizeBytes);
      await files.readTensorBytes(entry, { into });
      assertEquals(
        new Float16Array(into.buffer),
        Float16Array.from(tensors.get(name)?.values ?? []),
      );
    }
    let numBytes = 0;
    for await (const { name } of Deno.readDir(directory)) {
      const { size } = await Deno.stat(`${directory}/${name}`);
      assert(size <= 4_000_000, `${name} has ${size} bytes`);
      numBytes += size;
    }
    assert(numBytes < 8_500_000, `all files have ${numBytes} bytes`);
  } finally {
    await Deno.remove(prepared, { recursive: true });
  }
});

Deno.test("writeWeights() refuses what F16 or a shard cannot hold", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const options = { maxShardBytes: 8, metadata: {} };
    const large = { shape: [1], values: Float32Array.of(1e6) };
    await assertRejects(
      () => writeWeights(directory, new Map([["large", large]]), options),
      RangeError,
      "Cannot write large as its values must fit in F16",
    );
    const long = { shape: [5], values: new Float32Array(5) };
    await assertRejects(
      () => writeWeights(directory, new Map([["long", long]]), options),
      RangeError,
      "Cannot write long as it must fit in a file of 8 bytes: it has 10",
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
