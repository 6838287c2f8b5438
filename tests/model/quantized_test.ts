import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { blockCols, type WeightBlocks } from "../../src/ops/mod.ts";
import { blockElement } from "../reference/lib/block_formats.ts";
import { collect } from "../decode/_collect.ts";
import {
  f32Bytes,
  ggufBytes,
  type GgufTensor,
} from "../checkpoint/_gguf_writer.ts";
import { crossEntropy, divergence, textLogProbs } from "./_held_out_loss.ts";
import { HELD_OUT_DIALOGUE, HELD_OUT_STORY } from "./_held_out.ts";
import type { Elem } from "../../src/gpu/shader.ts";
import { loadModel } from "../../mod.ts";
import { maxDifference, TargetRun } from "./_target_run.ts";
import { openModelFiles } from "../../src/decode/model_files.ts";
import { quantize } from "../reference/quantize.ts";
import { Random } from "../ops/_random.ts";
import { randomBlocks } from "../ops/_blocks.ts";
import {
  readSafetensorsFile,
  writeSafetensors,
} from "../../src/checkpoint/mod.ts";

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

/** What a model's matrices are rounded to: those of the layers, and the embedding, which is the head too. */
const ROUNDED = {
  q8: ["Q8_0", "Q8_0"],
  q4: ["Q4_0", "Q8_0"],
} as const;

for (const quantization of ["q8", "q4"] as const) {
  Deno.test(`Target.load() computes in ${quantization} with the numbers that ggml's reference rounds to`, async () => {
    const [layers, embeddings] = ROUNDED[quantization];
    const folder = await Deno.makeTempDir();
    try {
      await Deno.copyFile(
        new URL("config.json", STORIES),
        `${folder}/config.json`,
      );
      const { tensors } = await readSafetensorsFile(
        new URL("model.safetensors", STORIES).pathname,
      );
      let numRounded = 0;
      const list = tensors.values().map(({ name, shape, bytes }) => {
        const isWhole = shape.length === 2 && (shape[1] ?? 0) % 32 === 0;
        if (isWhole) numRounded++;
        const values = new Float32Array(bytes.slice().buffer);
        const format = name.includes(".layers.") ? layers : embeddings;
        return {
          ...{ name, shape, dtype: "F32" as const },
          bytes: f32Bytes(isWhole ? quantize(values, format) : values),
        };
      }).toArray();
      // Six matrices of each of five layers, whose seventh has 172 columns, and the embedding.
      assertEquals(numRounded, 31);
      await writeSafetensors(`${folder}/model.safetensors`, list);
      using twin = await TargetRun.open(folder);
      using run = await TargetRun.open(STORIES, { quantization });
      const expected = (await twin.pass(IDS, 0)).logits;
      const actual = (await run.pass(IDS, 0)).logits;
      for (const [position, row] of expected.entries()) {
        // Roundings of f32 through five layers; logits are of size 20.
        const difference = maxDifference(actual[position] ?? [], row);
        assertLess(difference, 1e-4, `position ${position}`);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/**
 * What rounding costs on a text that a model has not seen, in nats a token, as measured: the most that its cross-entropy
 * may change by, and about how far what it holds likely is from what it did.
 */
const COSTS = {
  "stories260k": { q8: [0.004, 3.9e-4], q4: [0.06, 0.0726] },
  "chat": { q8: [0.0005, 4.3e-5], q4: [0.01, 0.00703] },
} as const;

/** Number types to try: the larger model takes longer. */
const ELEMS: Readonly<Record<string, readonly Elem[]>> = {
  "stories260k": ["f32", "f16"],
  "chat": ["f32"],
};

for (const [name, costs] of Object.entries(COSTS)) {
  Deno.test(`Target.load() rounded to 8 and 4 bits foretells what ${name} does`, async () => {
    const model = new URL(`../${name}/`, STORIES);
    using files = await openModelFiles(model);
    const { tokenizer, chatTemplate } = files;
    const ids = chatTemplate === null
      ? tokenizer.encode(HELD_OUT_STORY)
      : tokenizer.encode(chatTemplate.render(HELD_OUT_DIALOGUE), {
        addSpecialTokens: false,
      });
    const exact = await textLogProbs(model, ids);
    const loss = crossEntropy(exact, ids);
    // The texts are such as it has learnt from.
    assertLess(loss, 1.5);
    for (const quantization of ["q8", "q4"] as const) {
      const [most, usual] = costs[quantization];
      for (const elem of ELEMS[name] ?? []) {
        const rounded = await textLogProbs(model, ids, { quantization, elem });
        const change = crossEntropy(rounded, ids) - loss;
        assertLess(Math.abs(change), most, `${quantization} ${elem}`);
        const distance = divergence(exact, rounded);
        assertLess(distance, 1.3 * usual, `${quantization} ${elem}`);
        assertGreater(distance, 0.7 * usual, `${quantization} ${elem}`);
      }
    }
  });
}

for (const rounding of ["q8", "q4"] as const) {
  Deno.test(`Model.generate() writes the same ids with a drafter and without in ${rounding}`, async () => {
    const texts: number[][] = [];
    for (const draft of ["none", new URL("drafter/", STORIES)]) {
      using model = await loadModel(STORIES, {
        draft,
        quantize: rounding,
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
