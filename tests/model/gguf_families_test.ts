import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { blockElement } from "../reference/lib/block_formats.ts";
import {
  convertToGguf,
  type RawConfig,
} from "../checkpoint/_gguf_converter.ts";
import {
  f32Bytes,
  ggufBytes,
  type GgufTensor,
} from "../checkpoint/_gguf_writer.ts";
import { FAMILY_CONFIGS, writeFamily } from "./_families.ts";
import { maxDifference, TargetRun } from "./_target_run.ts";
import { Random } from "../ops/_random.ts";
import { randomBlocks } from "../ops/_blocks.ts";
import type { ReferenceTensor } from "../reference/llama.ts";
import {
  type TensorToWrite,
  writeSafetensors,
} from "../../src/checkpoint/mod.ts";
import type { WeightBlocks } from "../../src/ops/mod.ts";

const IDS = Array.from({ length: 30 }, (_, index) => (index * 83 + 5) % 512);
const CONTEXT = 32;
const F32 = 0;

/** Block formats of rows of 32 columns, with GGUF's number of each. */
const FORMATS: readonly (readonly [WeightBlocks, number])[] = [
  ["Q8_0", 8],
  ["Q4_0", 2],
  ["Q5_1", 7],
  ["Q4_1", 3],
  ["Q5_0", 6],
];

function config(name: string, others: RawConfig = {}): RawConfig {
  const found = FAMILY_CONFIGS[name];
  if (found === undefined) throw new TypeError(`no ${name}`);
  return { ...found, ...others };
}

const LLAMA = config("Mistral", {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  sliding_window: undefined,
});
/** Files do not say how attention is scaled: by the head's size. */
const GEMMA = { query_pre_attn_scalar: 16 };
/** Files mostly do not say which layers have a window, nor what rotates them: all but every sixth, as 10000. */
const GEMMA3 = config("Gemma 3", {
  ...GEMMA,
  num_hidden_layers: 7,
  sliding_window_pattern: undefined,
  rope_local_base_freq: undefined,
  final_logit_softcapping: 4,
});

/** Models by name, none with a window that a file of its family says nothing of. */
const MODELS: Readonly<Record<string, RawConfig>> = {
  "Llama with linear scaling": {
    ...LLAMA,
    rope_scaling: { rope_type: "linear", factor: 4 },
  },
  "Mistral": config("Mistral without a window, with a head size of its own"),
  "Qwen2": config("Qwen2"),
  "Qwen3": config("Qwen3"),
  "Phi-3": config("Phi-3 with short factors", { rope_scaling: null }),
  "Phi-3 without a window": config("Phi-3 with short factors", {
    rope_scaling: null,
    sliding_window: null,
  }),
  "Gemma 2": config("Gemma 2", GEMMA),
  "Gemma 3": GEMMA3,
  "Gemma 3 that says what its layers are": config("Gemma 3", {
    ...GEMMA,
    rope_local_base_freq: 20000,
  }),
  "Gemma 3 without a window": config("Gemma 3", {
    ...GEMMA,
    sliding_window: null,
  }),
  "Mixtral": config("Mixtral"),
};

/** Models whose files hold factors of frequencies, and of cosine and sine, as f32. */
const FACTORED: Readonly<Record<string, RawConfig>> = {
  "Llama 3.1": {
    ...LLAMA,
    rope_scaling: {
      rope_type: "llama3",
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 64,
    },
  },
  "Phi-3 with short factors": config("Phi-3 with short factors"),
  "Phi-3 with long factors": config("Phi-3 with long factors"),
};

/** A model as its directory and its file store it. */
interface Stored {
  readonly directory: readonly TensorToWrite[];
  readonly file: readonly GgufTensor[];
}

type Tensors = ReadonlyMap<string, ReferenceTensor>;

function storeNumbers(tensors: Tensors): Stored {
  const list = [...tensors].map(([name, { shape, values }]) => ({
    name,
    shape,
    bytes: f32Bytes(Array.from(values)),
  }));
  return {
    directory: list.map((tensor) => ({ ...tensor, dtype: "F32" })),
    file: list.map((tensor) => ({ ...tensor, type: F32 })),
  };
}

/** Random blocks in the file, in each matrix of another format, and the numbers that they are in the directory. */
function storeBlocks(tensors: Tensors): Stored {
  const random = new Random(7);
  const numbers = new Map<string, ReferenceTensor>();
  const blocks = new Map<string, Pick<GgufTensor, "type" | "bytes">>();
  const kinds: string[] = [];
  for (const [name, tensor] of tensors) {
    const [M = 0, K = 0] = tensor.shape;
    const isWhole = tensor.shape.length === 2 && K % 32 === 0;
    // A router stays as it is.
    if (!isWhole || name.includes("moe.gate")) {
      numbers.set(name, tensor);
      continue;
    }
    // A layer's experts are one tensor.
    const kind = name.replace(/experts\.\d+/, "experts");
    if (!kinds.includes(kind)) kinds.push(kind);
    const [format = "Q8_0", type = 8] =
      FORMATS[kinds.indexOf(kind) % FORMATS.length] ?? [];
    const least = format === "Q8_0" ? 2 ** -10 : 2 ** -7;
    const bytes = randomBlocks(random, { format, M, K, least });
    const rowBytes = bytes.length / M;
    const values = Float32Array.from({ length: M * K }, (_, at) => {
      const start = Math.floor(at / K) * rowBytes;
      const row = bytes.subarray(start, start + rowBytes);
      return blockElement(format, row, at % K).value;
    });
    numbers.set(name, { shape: tensor.shape, values });
    blocks.set(name, { type, bytes });
  }
  const { directory, file } = storeNumbers(numbers);
  return {
    directory,
    file: file.map((tensor) => ({ ...tensor, ...blocks.get(tensor.name) })),
  };
}

async function logits(path: string): Promise<Float32Array[]> {
  using run = await TargetRun.open(path, { contextLength: CONTEXT });
  return await run.passes(IDS, [IDS.length]);
}

/** Logits of a random model from its directory and from its file, and the largest of them. */
async function bothLogits(
  config: RawConfig,
  store: (tensors: Tensors) => Stored,
): Promise<{
  readonly directory: readonly Float32Array[];
  readonly file: readonly Float32Array[];
  readonly largest: number;
}> {
  const folder = await Deno.makeTempDir();
  try {
    const { tensors } = await writeFamily(folder, config);
    const stored = store(tensors);
    await writeSafetensors(`${folder}/model.safetensors`, stored.directory);
    const path = `${folder}/model.gguf`;
    await Deno.writeFile(path, ggufBytes(convertToGguf(config, stored.file)));
    const directory = await logits(folder);
    const largest = Math.max(...directory.flatMap((row) => [...row]));
    assertGreater(largest, 0.5);
    return { directory, file: await logits(path), largest };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const [name, config] of Object.entries(MODELS)) {
  Deno.test(`Target.forward() gives the logits of the directory from a GGUF file of ${name}`, async () => {
    const { directory, file } = await bothLogits(config, storeNumbers);
    assertEquals(file, directory);
  });
}

for (const [name, config] of Object.entries(FACTORED)) {
  Deno.test(`Target.forward() gives the logits of the directory from a GGUF file of ${name}, but for rounded factors`, async () => {
    const { directory, file } = await bothLogits(config, storeNumbers);
    for (const [position, row] of directory.entries()) {
      // Angles of up to 30, and what they are multiplied by, are rounded once more.
      const difference = maxDifference(file[position] ?? [], row);
      assertLess(difference, 1e-5, `position ${position}`);
    }
  });
}

for (const name of ["Qwen3", "Phi-3", "Gemma 3", "Mixtral"]) {
  Deno.test(`Target.forward() gives the logits of the numbers from blocks in a GGUF file of ${name}`, async () => {
    const config = {
      ...MODELS[name],
      intermediate_size: 96,
      num_hidden_layers: 2,
    };
    const { directory, file, largest } = await bothLogits(config, storeBlocks);
    for (const [position, row] of directory.entries()) {
      // Roundings of f32 through two layers of 96 columns.
      const difference = maxDifference(file[position] ?? [], row);
      assertLess(difference, 1e-4 * largest, `position ${position}`);
    }
  });
}
