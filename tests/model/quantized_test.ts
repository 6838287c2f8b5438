import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { blockCols, type WeightBlocks } from "../../src/ops/mod.ts";
import { blockElement } from "../reference/lib/block_formats.ts";
import { collect } from "../decode/_collect.ts";
import {
  f32Bytes,
  ggufBytes,
  type GgufTensor,
} from "../checkpoint/_gguf_writer.ts";
import { loadModel } from "../../mod.ts";
import { maxDifference, TargetRun } from "./_target_run.ts";
import { Random } from "../ops/_random.ts";
import { randomBlocks } from "../ops/_blocks.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const IDS = [1, 403, 407, 261, 378, 31, 285, 68, 414, 58, 293, 9];

/** GGUF's numbers of types. */
const TYPES = {
  F32: 0,
  Q4_0: 2,
  Q4_1: 3,
  Q5_0: 6,
  Q5_1: 7,
  Q8_0: 8,
  Q4_K: 12,
  Q5_K: 13,
  Q6_K: 14,
} as const;
const [V, D] = [96, 256];

/** How each matrix is stored: joined ones alike, apart or mixed row by row, as in files of K-quants. */
const LAYERS: readonly Readonly<Record<string, WeightBlocks>>[] = [
  {
    attn_q: "Q4_K",
    attn_k: "Q4_K",
    attn_v: "Q6_K",
    attn_output: "Q5_K",
    ffn_gate: "Q4_K",
    ffn_up: "Q4_K",
    ffn_down: "Q6_K",
  },
  {
    attn_q: "Q8_0",
    attn_k: "Q5_0",
    attn_v: "Q4_1",
    attn_output: "Q4_0",
    ffn_gate: "Q5_1",
    ffn_up: "Q5_0",
    ffn_down: "Q8_0",
  },
];

/** A random Llama, stored in blocks, and as the numbers that they are. */
function randomPair(): Record<"blocks" | "numbers", Uint8Array<ArrayBuffer>> {
  const random = new Random(5);
  const blocks: GgufTensor[] = [];
  const numbers: GgufTensor[] = [];
  const add = (name: string, format: WeightBlocks, M: number): void => {
    // Scales of super-blocks are multiplied by up to 63.
    const least = blockCols(format) === 256 ? 2 ** -13 : 2 ** -9;
    const shape = { format, M, K: D, least };
    const bytes = randomBlocks(random, shape);
    const rowBytes = bytes.length / M;
    const values = Float32Array.from({ length: M * D }, (_, at) => {
      const row = Math.floor(at / D);
      const own = bytes.subarray(row * rowBytes, (row + 1) * rowBytes);
      return blockElement(format, own, at % D).value;
    });
    blocks.push({ name, type: TYPES[format], shape: [M, D], bytes });
    numbers.push({
      name,
      type: TYPES.F32,
      shape: [M, D],
      bytes: f32Bytes(values),
    });
  };
  const norm = (name: string): void => {
    const values = Float32Array.from({ length: D }, (_, i) => 0.5 + i % 3);
    const bytes = f32Bytes(values);
    const tensor = { name, type: TYPES.F32, shape: [D], bytes };
    blocks.push(tensor);
    numbers.push(tensor);
  };
  add("token_embd.weight", "Q6_K", V);
  add("output.weight", "Q5_K", V);
  norm("output_norm.weight");
  for (const [layer, formats] of LAYERS.entries()) {
    norm(`blk.${layer}.attn_norm.weight`);
    norm(`blk.${layer}.ffn_norm.weight`);
    for (const [name, format] of Object.entries(formats)) {
      const isKv = name === "attn_k" || name === "attn_v";
      add(`blk.${layer}.${name}.weight`, format, isKv ? D / 2 : D);
    }
  }
  const metadata = {
    "general.architecture": ["text", "llama"],
    "llama.context_length": ["u32", 128],
    "llama.embedding_length": ["u32", D],
    "llama.feed_forward_length": ["u32", D],
    "llama.attention.head_count": ["u32", 8],
    "llama.attention.head_count_kv": ["u32", 4],
    "llama.block_count": ["u32", LAYERS.length],
    "llama.rope.freq_base": ["f32", 10000],
    "llama.attention.layer_norm_rms_epsilon": ["f32", 1e-5],
    "tokenizer.ggml.model": ["text", "llama"],
    "tokenizer.ggml.tokens": [
      "list",
      "text",
      Array.from({ length: V }, (_, id) => `t${id}`),
    ],
  } as const;
  return {
    blocks: ggufBytes({ metadata, tensors: blocks }),
    numbers: ggufBytes({ metadata, tensors: numbers }),
  };
}

Deno.test("Target.forward() with every format of GGUF's blocks gives the logits of the numbers that they are", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const pair = randomPair();
    const ids = Array.from({ length: 24 }, (_, i) => (i * 37 + 5) % V);
    const logits: Record<string, readonly (readonly number[])[]> = {};
    for (const [name, bytes] of Object.entries(pair)) {
      await Deno.writeFile(`${directory}/${name}.gguf`, bytes);
      using run = await TargetRun.open(`${directory}/${name}.gguf`, {
        contextLength: 64,
      });
      const all = (await run.pass(ids, 0)).logits;
      logits[name] = all.map((row) => [...row]);
      // The same bits token by token.
      using alone = await TargetRun.open(`${directory}/${name}.gguf`, {
        contextLength: 64,
      });
      for (const [position, id] of ids.entries()) {
        const [row = []] = (await alone.pass([id], position)).logits;
        assertEquals([...row], [...all[position] ?? []]);
      }
    }
    const { blocks = [], numbers = [] } = logits;
    const largest = Math.max(...numbers.flat().map(Math.abs));
    assertGreater(largest, 1);
    for (const [position, row] of numbers.entries()) {
      // Roundings of f32 through two layers of 256 columns.
      const difference = maxDifference(blocks[position] ?? [], row);
      assertLess(difference, 1e-4 * largest, `position ${position}`);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("Target.load() rounds weights to 8 and 4 bits, and keeps the logits near", async () => {
  using exact = await TargetRun.open(STORIES);
  const expected = (await exact.pass(IDS, 0)).logits;
  const largest = Math.max(
    ...expected.flatMap((row) => [...row].map(Math.abs)),
  );
  const differences: number[] = [];
  for (const quantization of ["q8", "q4"] as const) {
    for (const elem of ["f32", "f16"] as const) {
      using run = await TargetRun.open(STORIES, { quantization, elem });
      const { logits } = await run.pass(IDS, 0);
      differences.push(
        Math.max(
          ...logits.map((row, position) =>
            maxDifference(row, expected[position] ?? [])
          ),
        ) / largest,
      );
    }
  }
  const [q8 = NaN, q8Half = NaN, q4 = NaN, q4Half = NaN] = differences;
  // Weights are half a percent off in q8, and 9 % in q4, in the mean square.
  for (const difference of [q8, q8Half]) {
    assert(difference > 1e-4 && difference < 0.05, `q8: ${difference}`);
  }
  for (const difference of [q4, q4Half]) {
    assert(difference > 2 * q8 && difference < 0.8, `q4: ${difference}`);
  }
});

for (const quantize of ["q8", "q4"] as const) {
  Deno.test(`Model.generate() writes the same ids with a drafter and without in ${quantize}`, async () => {
    const texts: number[][] = [];
    for (const draft of ["none", new URL("drafter/", STORIES)]) {
      using model = await loadModel(STORIES, {
        draft,
        quantize,
        tree: { numNodes: 16, depth: 3, topK: 4 },
      });
      for (const temperature of [0, 0.9]) {
        const { statistics } = await collect(model.generate(IDS.slice(0, 5), {
          temperature,
          seed: 3,
          maxTokens: 100,
          ignoreEos: true,
        }));
        texts.push([...statistics.tokens]);
        if (draft !== "none") {
          assertGreater(statistics.tokensPerRound, 1.5);
        }
      }
    }
    assertEquals(texts.slice(2), texts.slice(0, 2));
  });
}
