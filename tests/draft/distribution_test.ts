import { assertLess } from "@std/assert";
import { assertDistributed } from "../ops/_chi_square.ts";
import { DraftRun, GREEDY } from "./_draft_run.ts";
import { HISTORY_BYTES } from "../../src/ops/mod.ts";
import { llama, type ReferenceTensor } from "../reference/llama.ts";
import {
  processedSoftmax,
  type Processing,
} from "../ops/_processed_softmax.ts";
import { readBuffer } from "../../src/gpu/read_buffer.ts";
import { ropeFrequencies } from "../../src/model/mod.ts";
import { submitPass } from "../../src/gpu/submit_pass.ts";
import {
  type TensorToWrite,
  writeSafetensors,
} from "../../src/checkpoint/mod.ts";

const V = 4;
const D = 16;
const NUM_SEEDS = 2000;
const LENGTH = 3;
const PROMPT = [1, 3];

for (const kind of ["jakiro", "eagle"] as const) {
  Deno.test(`Session.round with a ${kind} drafter draws every sequence of three tokens as often as the target would`, async () => {
    const directory = await Deno.makeTempDir();
    try {
      const tensors = await writePair(directory, kind);
      const url = new URL(`file://${directory}/`);
      using run = await DraftRun.open({
        target: url,
        drafter: new URL("drafter/", url),
        tree: { numNodes: 12, depth: 2, topK: 3 },
        contextLength: 16,
      });
      const options = { temperature: 0.8, topP: 0.95, frequencyPenalty: 0.4 };
      const counts = await countSequences(run, options);
      const expected = enumerate(run, tensors, options);
      // Not a handful of likely sequences: there is something to be wrong about.
      assertLess(Math.max(...expected), 0.3);
      assertDistributed(counts, expected, "sequences of three tokens");
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

/** Generates with many seeds without waiting for any, and counts the sequences. */
async function countSequences(
  run: DraftRun,
  options: { temperature: number; topP: number; frequencyPenalty: number },
): Promise<Uint32Array> {
  const { gpu, session } = run;
  const rowBytes = LENGTH * HISTORY_BYTES;
  const results = gpu.createBuffer("results", NUM_SEEDS * rowBytes);
  for (let seed = 0; seed < NUM_SEEDS; seed++) {
    session.start({
      prompt: PROMPT,
      sampling: { ...GREEDY, ...options, seed },
      logitBias: new Map(),
      maxTokens: LENGTH,
      endTokens: [],
      ignoreEos: true,
      logProbs: false,
    });
    submitPass(gpu, session.prefill(PROMPT, 0, null));
    submitPass(gpu, session.round);
    submitPass(gpu, session.round, (encoder) =>
      encoder.copyBufferToBuffer(
        session.buffers.history,
        PROMPT.length * HISTORY_BYTES,
        results,
        seed * rowBytes,
        rowBytes,
      ));
    if (seed % 100 === 99) await gpu.device.queue.onSubmittedWorkDone();
  }
  const words = new Uint32Array(await readBuffer(gpu, results));
  const counts = new Uint32Array(V ** LENGTH);
  for (let seed = 0; seed < NUM_SEEDS; seed++) {
    let sequence = 0;
    for (let index = 0; index < LENGTH; index++) {
      sequence = sequence * V + (words[(seed * LENGTH + index) * 3] ?? 0);
    }
    counts[sequence] = (counts[sequence] ?? 0) + 1;
  }
  return counts;
}

/** The probability of each sequence of three tokens, from logits in f64 and a softmax by sorting. */
function enumerate(
  run: DraftRun,
  tensors: ReadonlyMap<string, ReferenceTensor>,
  options: Processing,
): number[] {
  const { config } = run.target;
  const frequencies = ropeFrequencies(config);
  const probabilities: number[] = [];
  const extend = (ids: readonly number[], probability: number): void => {
    if (ids.length === LENGTH) {
      probabilities.push(probability);
      return;
    }
    const all = [...PROMPT, ...ids];
    const { logits } = llama(tensors, config, { ids: all, frequencies });
    const counts = Array.from(
      { length: V },
      (_, token) => ids.filter((id) => id === token).length,
    );
    const next = processedSoftmax(logits.at(-1) ?? [], { ...options, counts });
    next.forEach((p, token) => extend([...ids, token], probability * p));
  };
  extend([], 1);
  return probabilities;
}

async function writePair(
  directory: string,
  kind: "jakiro" | "eagle",
): Promise<ReadonlyMap<string, ReferenceTensor>> {
  let state = 3;
  const tensors = new Map<string, ReferenceTensor>();
  const tensor = (name: string, ...shape: number[]): TensorToWrite => {
    const count = shape.reduce((product, size) => product * size, 1);
    const values = Float32Array.from({ length: count }, () => {
      state = Math.imul(state, 1664525) + 1013904223 >>> 0;
      const value = state / 2 ** 32 - 0.5;
      return shape.length === 1 ? 1 + value : value;
    });
    tensors.set(name, { shape, values });
    return { name, dtype: "F32", shape, bytes: new Uint8Array(values.buffer) };
  };
  const attention = (layer: string): TensorToWrite[] =>
    ["q", "k", "v", "o"].map((name) =>
      tensor(`${layer}.self_attn.${name}_proj.weight`, D, D)
    );
  const swiglu = (name: string): TensorToWrite[] => [
    tensor(`${name}.gate_proj.weight`, D, D),
    tensor(`${name}.up_proj.weight`, D, D),
    tensor(`${name}.down_proj.weight`, D, D),
  ];
  const config = {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    hidden_act: "silu",
    vocab_size: V,
    hidden_size: D,
    intermediate_size: D,
    num_hidden_layers: 1,
    num_attention_heads: 4,
    num_key_value_heads: 4,
    max_position_embeddings: 16,
    rms_norm_eps: 1e-5,
    tie_word_embeddings: true,
  };
  const folders = [directory, `${directory}/drafter`];
  await Deno.mkdir(`${directory}/drafter`);
  for (const folder of folders) {
    await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(config));
  }
  const layer = "model.layers.0";
  await writeSafetensors(`${directory}/model.safetensors`, [
    tensor("model.embed_tokens.weight", V, D),
    tensor("model.norm.weight", D),
    tensor(`${layer}.input_layernorm.weight`, D),
    tensor(`${layer}.post_attention_layernorm.weight`, D),
    ...attention(layer),
    ...swiglu(`${layer}.mlp`),
  ]);
  await writeSafetensors(`${directory}/drafter/model.safetensors`, [
    tensor("fc.weight", D, 2 * D),
    tensor("fc.bias", D),
    ...attention("layers.0"),
    tensor("layers.0.post_attention_layernorm.weight", D),
    ...(kind === "eagle" ? swiglu("layers.0.mlp") : [
      tensor("layers.0.mlp_moe.gate.weight", 4, D),
      ...swiglu("layers.0.mlp_moe.experts.0"),
      ...swiglu("layers.0.mlp_moe.experts.1"),
    ]),
  ]);
  return tensors;
}
