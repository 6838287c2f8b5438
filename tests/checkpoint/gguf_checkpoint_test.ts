import { assertEquals, assertRejects } from "@std/assert";
import { pathToFileURL } from "node:url";
import {
  type Checkpoint,
  openCheckpoint,
  resolveLlamaTensors,
} from "../../src/checkpoint/mod.ts";
import { ggufBytes, type GgufContent, type GgufValue } from "./_gguf_writer.ts";
import { f32Bytes, type GgufTensor } from "./_gguf_writer.ts";
import { withDirectory } from "./tiny_model.ts";
import { withServer } from "./with_server.ts";

const F32 = 0;

function tensor(name: string, ...shape: readonly number[]): GgufTensor {
  const length = shape.reduce((product, size) => product * size, 1);
  const values = Array.from({ length }, (_, index) => index);
  return { name, type: F32, shape, bytes: f32Bytes(values) };
}

/** Tensors of a layer: `D` 8, `F` 12, `H` 4, `G` 2, `E` 2. */
const LAYER = [
  tensor("blk.0.attn_norm.weight", 8),
  tensor("blk.0.attn_q.weight", 8, 8),
  tensor("blk.0.attn_k.weight", 4, 8),
  tensor("blk.0.attn_v.weight", 4, 8),
  tensor("blk.0.attn_output.weight", 8, 8),
  tensor("blk.0.ffn_norm.weight", 8),
];
const NETWORK = [
  tensor("blk.0.ffn_gate.weight", 12, 8),
  tensor("blk.0.ffn_up.weight", 12, 8),
  tensor("blk.0.ffn_down.weight", 8, 12),
];
const EMBEDDING = tensor("token_embd.weight", 6, 8);
const NORM = tensor("output_norm.weight", 8);
const LLAMA = [EMBEDDING, ...LAYER, ...NETWORK, NORM];

function content(
  architecture: string,
  tensors: readonly GgufTensor[],
  more: Readonly<Record<string, GgufValue>> = {},
): GgufContent {
  const own = Object.entries<GgufValue>({
    context_length: ["u32", 64],
    embedding_length: ["u32", 8],
    feed_forward_length: ["u32", 12],
    block_count: ["u32", 1],
    "attention.head_count": ["u32", 4],
    "attention.head_count_kv": ["u32", 2],
    "attention.layer_norm_rms_epsilon": ["f32", 0.5],
    "rope.freq_base": ["f32", 5000],
  }).map(([key, value]) => [`${architecture}.${key}`, value]);
  return {
    metadata: {
      "general.architecture": ["text", architecture],
      ...Object.fromEntries(own),
      ...more,
    },
    tensors,
  };
}

async function withFile(
  written: GgufContent,
  check: (checkpoint: Checkpoint, file: string) => unknown,
): Promise<void> {
  await withDirectory(async (directory) => {
    const file = `${directory}/model.gguf`;
    await Deno.writeFile(file, ggufBytes(written));
    using checkpoint = await openCheckpoint(file);
    await check(checkpoint, file);
  });
}

Deno.test("openCheckpoint() reads a Llama's GGUF file, its head tied where there is none", async () => {
  const more: Readonly<Record<string, GgufValue>> = {
    "tokenizer.ggml.bos_token_id": ["u32", 1],
    "tokenizer.ggml.eos_token_id": ["u32", 2],
    "tokenizer.ggml.eot_token_id": ["u32", 4],
    "tokenizer.ggml.eom_token_id": ["u32", 2 ** 32 - 1],
    "tokenizer.ggml.tokens": ["list", "text", [..."abcd", "x", "<|im_end|>"]],
    "tokenizer.ggml.token_type": ["list", "i32", [1, 3, 3, 1, 3, 3]],
    "general.sampling.temp": ["f32", 0.6],
    "general.sampling.top_k": ["i32", 20],
  };
  await withFile(content("llama", LLAMA, more), async (checkpoint, file) => {
    const { config, generationDefaults } = checkpoint;
    assertEquals(checkpoint.directory, file);
    assertEquals(checkpoint.weightsFile, file);
    assertEquals([config.vocabSize, config.headDim], [6, 2]);
    assertEquals([config.ropeTheta, config.rmsNormEps], [5000, 0.5]);
    assertEquals(config.tieWordEmbeddings, true);
    assertEquals([config.bosTokenId, ...config.eosTokenIds], [1, 2, 4, 5]);
    assertEquals(generationDefaults.temperature, 0.6);
    assertEquals([generationDefaults.topK, generationDefaults.topP], [
      20,
      null,
    ]);
    const { embedTokens, lmHead } = resolveLlamaTensors(checkpoint);
    assertEquals(embedTokens, lmHead);
    const q = checkpoint.tensors.get("model.layers.0.self_attn.q_proj.weight");
    const v = checkpoint.tensors.get("model.layers.0.self_attn.v_proj.weight");
    assertEquals([q?.pairedHeadDim, v?.pairedHeadDim], [2, undefined]);
    const into = new Uint8Array(8);
    if (v === undefined) throw new TypeError("no v");
    await checkpoint.readTensorBytes(v, { startBytes: 12, into });
    assertEquals([...new Float32Array(into.buffer)], [3, 4]);
  });
});

Deno.test("openCheckpoint() divides frequencies by the factors in a Llama 3.1's GGUF file", async () => {
  const factors = { ...tensor("rope_freqs.weight", 1), bytes: f32Bytes([8]) };
  await withFile(content("llama", [...LLAMA, factors]), (checkpoint) => {
    resolveLlamaTensors(checkpoint);
    assertEquals(checkpoint.config.ropeScaling, {
      type: "longrope",
      shortFactor: [8],
      longFactor: [8],
      originalMaxPositionEmbeddings: 64,
      attentionFactor: 1,
    });
  });
  const linear: Readonly<Record<string, GgufValue>> = {
    "llama.rope.scaling.type": ["text", "linear"],
    "llama.rope.scaling.factor": ["f32", 4],
  };
  await withFile(content("llama", LLAMA, linear), ({ config }) => {
    assertEquals(config.ropeScaling, { type: "linear", factor: 4 });
  });
});

/** Files of other architectures, and what of a configuration follows from each. */
const OTHERS:
  readonly (readonly [GgufContent, Readonly<Record<string, unknown>>])[] = [
    [
      content("qwen2", [
        ...LLAMA,
        tensor("blk.0.attn_q.bias", 8),
        tensor("blk.0.attn_k.bias", 4),
        tensor("blk.0.attn_v.bias", 4),
      ]),
      { modelType: "qwen2", attentionBias: true, outputBias: false },
    ],
    [
      content("qwen3", [
        ...LLAMA,
        tensor("blk.0.attn_q_norm.weight", 2),
        tensor("blk.0.attn_k_norm.weight", 2),
      ], { "qwen3.attention.key_length": ["u32", 2] }),
      { modelType: "qwen3", hasQkNorm: true, headDim: 2 },
    ],
    [
      content(
        "phi3",
        [
          EMBEDDING,
          NORM,
          tensor("output.weight", 6, 8),
          tensor("blk.0.attn_norm.weight", 8),
          tensor("blk.0.attn_qkv.weight", 16, 8),
          tensor("blk.0.attn_output.weight", 8, 8),
          tensor("blk.0.ffn_norm.weight", 8),
          tensor("blk.0.ffn_up.weight", 24, 8),
          tensor("blk.0.ffn_down.weight", 8, 12),
          tensor("rope_factors_short.weight", 1),
          tensor("rope_factors_long.weight", 1),
        ].map((entry) =>
          entry.name.startsWith("rope")
            ? { ...entry, bytes: f32Bytes([2]) }
            : entry
        ),
        {
          "phi3.attention.sliding_window": ["u32", 16],
          "phi3.rope.scaling.original_context_length": ["u32", 32],
          "phi3.rope.scaling.attn_factor": ["f32", 1.25],
        },
      ),
      { modelType: "phi3", hasFusedTensors: true, layerWindows: [16] },
    ],
    [
      content("gemma2", [
        ...LLAMA,
        tensor("blk.0.post_attention_norm.weight", 8),
        tensor("blk.0.post_ffw_norm.weight", 8),
      ], {
        "gemma2.attention.key_length": ["u32", 2],
        "gemma2.attention.sliding_window": ["u32", 16],
      }),
      // Its norms are stored with the 1 that is added to those of other files.
      { normOffset: 0, attentionSoftCap: 50, finalSoftCap: 30 },
    ],
    [
      content("gemma3", [
        ...LLAMA,
        tensor("blk.0.attn_q_norm.weight", 2),
        tensor("blk.0.attn_k_norm.weight", 2),
        tensor("blk.0.post_attention_norm.weight", 8),
        tensor("blk.0.post_ffw_norm.weight", 8),
      ], {
        "gemma3.attention.key_length": ["u32", 2],
        "gemma3.attention.sliding_window": ["u32", 16],
      }),
      { modelType: "gemma3_text", normOffset: 0, finalSoftCap: null },
    ],
    [
      content("llama", [
        EMBEDDING,
        ...LAYER,
        NORM,
        tensor("blk.0.ffn_gate_inp.weight", 2, 8),
        tensor("blk.0.ffn_gate_exps.weight", 2, 12, 8),
        tensor("blk.0.ffn_up_exps.weight", 2, 12, 8),
        tensor("blk.0.ffn_down_exps.weight", 2, 8, 12),
      ], {
        "llama.expert_count": ["u32", 2],
        "llama.expert_used_count": ["u32", 1],
      }),
      { modelType: "mixtral", experts: { numExperts: 2, numChosen: 1 } },
    ],
  ];

Deno.test("openCheckpoint() gives the tensors of every family Hugging Face's names", async () => {
  for (const [written, expected] of OTHERS) {
    await withFile(written, (checkpoint) => {
      resolveLlamaTensors(checkpoint);
      for (const [key, value] of Object.entries(expected)) {
        assertEquals(Reflect.get(checkpoint.config, key), value, key);
      }
    });
  }
});

Deno.test("openCheckpoint() scales attention by the head's size, but in the Gemmas of 27B parameters", async () => {
  for (
    const [architecture, layers] of [["gemma2", 46], ["gemma3", 62]] as const
  ) {
    // Heads are of 4 columns, and there are 8 of them for 4 heads.
    for (const [numLayers, size] of [[layers, 2], [layers - 1, 4]] as const) {
      const written = content(architecture, [EMBEDDING], {
        [`${architecture}.block_count`]: ["u32", numLayers],
        [`${architecture}.attention.key_length`]: ["u32", 4],
        [`${architecture}.attention.value_length`]: ["u32", 4],
      });
      await withFile(written, ({ config }) => {
        assertEquals(config.attentionScale, size ** -0.5);
        assertEquals(config.layerWindows.at(0), null);
      });
    }
  }
});

Deno.test("openCheckpoint() cuts a tensor of experts into theirs", async () => {
  const [written] = OTHERS.at(-1) ?? [content("llama", [])];
  await withFile(written, async (checkpoint) => {
    const second = checkpoint.tensors.get(
      "model.layers.0.block_sparse_moe.experts.1.w2.weight",
    );
    if (second === undefined) throw new TypeError("no expert");
    assertEquals(second.shape, [8, 12]);
    const into = new Uint8Array(second.sizeBytes);
    await checkpoint.readTensorBytes(second, { into });
    assertEquals(new Float32Array(into.buffer)[0], 96);
  });
});

function splitContents(): GgufContent[] {
  const { metadata = {} } = content("llama", []);
  return [LLAMA.slice(0, 4), LLAMA.slice(4, 5), LLAMA.slice(5)].map(
    (tensors, part) => ({
      tensors,
      metadata: {
        ...part === 0 ? metadata : {},
        "split.no": ["u16", part],
        "split.count": ["u16", 3],
        "split.tensors.count": ["i32", LLAMA.length],
      },
    }),
  );
}

async function withParts(
  parts: readonly GgufContent[],
  check: (first: string) => Promise<unknown>,
): Promise<void> {
  await withDirectory(async (directory) => {
    for (const [part, written] of parts.entries()) {
      const name = `m-0000${part + 1}-of-00003.gguf`;
      await Deno.writeFile(`${directory}/${name}`, ggufBytes(written));
    }
    await check(`${directory}/m-00001-of-00003.gguf`);
  });
}

Deno.test("openCheckpoint() reads a GGUF model in several files from the first", async () => {
  await withParts(splitContents(), async (first) => {
    using checkpoint = await openCheckpoint(first);
    resolveLlamaTensors(checkpoint);
    const files = [...checkpoint.tensors.values()].map(({ file }) => file);
    assertEquals(new Set(files).size, 3);
    const last = checkpoint.tensors.get("model.norm.weight");
    if (last === undefined) throw new TypeError("no norm");
    const into = new Uint8Array(last.sizeBytes);
    await checkpoint.readTensorBytes(last, { into });
    assertEquals([...new Float32Array(into.buffer)], [0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

Deno.test({
  name: "openCheckpoint() refuses GGUF files that do not belong together",
  sanitizeResources: true,
  fn: async () => {
    const [a = {}, b = {}, c = {}] = splitContents();
    const cases: readonly (readonly [readonly GgufContent[], string])[] = [
      [[a, b], "as it must exist: found nothing there"],
      [[b, a, c], '"split.no" must be 0: found 1'],
      [[a, c, b], '"split.no" must be 1: found 2'],
      [
        [a, { ...b, tensors: [] }, c],
        `its files must hold ${LLAMA.length} tensors together: found`,
      ],
      [
        [a, { ...b, tensors: LLAMA.slice(0, 1) }, c],
        "one file alone must hold it",
      ],
      [
        [a, { ...b, metadata: { "split.no": ["u16", 1] } }, c],
        "it must be one of 3 files: found one of 1",
      ],
    ];
    for (const [parts, message] of cases) {
      await withParts(parts, async (first) => {
        await assertRejects(() => openCheckpoint(first), Error, message);
      });
    }
    await withDirectory(async (directory) => {
      await Deno.writeFile(`${directory}/m.gguf`, ggufBytes(a));
      await assertRejects(
        () => openCheckpoint(`${directory}/m.gguf`),
        RangeError,
        "must be named …-00001-of-00003.gguf: found another name",
      );
    });
  },
});

Deno.test("openCheckpoint() takes a GGUF file by URL, from disk or a server", async () => {
  const bytes = ggufBytes(content("llama", LLAMA));
  await withFile(content("llama", LLAMA), async (_, file) => {
    using checkpoint = await openCheckpoint(pathToFileURL(file));
    assertEquals(checkpoint.directory, file);
  });
  await withServer(
    () => Promise.resolve(new Response(bytes)),
    async () => {
      const url = "https://models.example/model.gguf";
      using checkpoint = await openCheckpoint(new URL(url));
      resolveLlamaTensors(checkpoint);
      assertEquals(checkpoint.directory, url);
    },
  );
});

const WRONG: readonly (readonly [GgufContent, string])[] = [
  [
    content("rwkv", LLAMA),
    '"general.architecture" must be one of llama, qwen2',
  ],
  [{ tensors: LLAMA }, '"general.architecture" must be one of llama, qwen2'],
  [
    content("llama", LLAMA, { "llama.block_count": ["text", "1"] }),
    '"llama.block_count" must be an integer in',
  ],
  [
    content("llama", LLAMA, { "llama.rope.dimension_count": ["u32", 1] }),
    '"partial_rotary_factor" must be a number in [1, 1]: found 0.5',
  ],
  [
    content("llama", LLAMA, { "llama.rope.scaling.type": ["text", "yarn"] }),
    '"rope_scaling.rope_type" must be',
  ],
  [
    content("llama", [...LLAMA, tensor("rope_freqs.weight", 1, 1)]),
    "it must be F32 [E/2], E/2 at most 512: found F32 [1, 1]",
  ],
  [
    content("llama", [...LLAMA, tensor("model.norm.weight", 8)]),
    "it alone must be model.norm.weight: found another that is",
  ],
];

Deno.test({
  name: "openCheckpoint() says what is wrong with a GGUF file's metadata",
  sanitizeResources: true,
  fn: async () => {
    await withDirectory(async (directory) => {
      const file = `${directory}/model.gguf`;
      for (const [written, message] of WRONG) {
        await Deno.writeFile(file, ggufBytes(written));
        await assertRejects(() => openCheckpoint(file), Error, message);
      }
    });
  },
});
