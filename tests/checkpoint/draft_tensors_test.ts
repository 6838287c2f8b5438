import { assert, assertEquals } from "@std/assert";
import {
  type DraftTensors,
  openDraftCheckpoint,
  resolveDraftTensors,
} from "../../src/checkpoint/mod.ts";
import {
  draftShapes,
  type Kind,
  KINDS,
  resolveTiny,
  TARGET_IDS,
  type TinyChanges,
} from "./tiny_drafter.ts";

/** Where each tensor was found, as `experts.1.up layers.0.mlp_moe.experts.1.up_proj.weight`. */
function places(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null) return [];
  const name: unknown = Reflect.get(value, "name");
  if (typeof name === "string") return [`${path} ${name}`];
  if (ArrayBuffer.isView(value)) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    places(item, path === "" ? key : `${path}.${key}`)
  );
}

function assertKind<K extends Kind>(
  found: DraftTensors,
  kind: K,
): asserts found is Extract<DraftTensors, { kind: K }> {
  assertEquals(found.kind, kind);
}

const ATTENTION = (layer: string): readonly string[] => [
  `q ${layer}.self_attn.q_proj.weight`,
  `k ${layer}.self_attn.k_proj.weight`,
  `v ${layer}.self_attn.v_proj.weight`,
  `o ${layer}.self_attn.o_proj.weight`,
];
const LAYER: readonly string[] = [
  "fc fc.weight",
  "fcBias fc.bias",
  ...ATTENTION("layers.0"),
  "postAttentionNorm layers.0.post_attention_layernorm.weight",
];
const MOE = "layers.0.mlp_moe";

Deno.test("resolveDraftTensors() finds a Jakiro drafter's tensors in their places", async () => {
  const found = await resolveTiny({ kind: "jakiro" });
  assertKind(found, "jakiro");
  assertEquals(places(found), [
    ...LAYER,
    `moeGate ${MOE}.gate.weight`,
    ...[0, 1].flatMap((expert) => [
      `experts.${expert}.gate ${MOE}.experts.${expert}.gate_proj.weight`,
      `experts.${expert}.up ${MOE}.experts.${expert}.up_proj.weight`,
      `experts.${expert}.down ${MOE}.experts.${expert}.down_proj.weight`,
    ]),
  ]);
  assertEquals([found.qkvBiases, found.ignored], [null, []]);
});

Deno.test("resolveDraftTensors() finds a Jakiro* drafter's tensors in their places", async () => {
  const found = await resolveTiny({ kind: "jakiro_star" });
  assertKind(found, "jakiro_star");
  assertEquals(places(found), [
    ...LAYER,
    `moeGate ${MOE}.gate.weight`,
    ...[0, 1].flatMap((expert) => [
      `experts.${expert}.fc ${MOE}.experts.${expert}.fc.weight`,
      `experts.${expert}.proj ${MOE}.experts.${expert}.proj.weight`,
    ]),
  ]);
  assertEquals(found.experts[1]?.proj.shape, [8, 20]);
});

Deno.test("resolveDraftTensors() finds an EAGLE drafter's tensors in their places", async () => {
  const found = await resolveTiny({ kind: "eagle" });
  assertKind(found, "eagle");
  assertEquals(places(found), [
    ...LAYER,
    "gate layers.0.mlp.gate_proj.weight",
    "up layers.0.mlp.up_proj.weight",
    "down layers.0.mlp.down_proj.weight",
  ]);
});

/** An EAGLE-3 drafter's tensors under other names. */
function renamed(layer: string): TinyChanges {
  const shapes = Object.entries(draftShapes("eagle3"));
  return Object.fromEntries(
    shapes.filter(([name]) => name.startsWith("midlayer")).flatMap(
      ([name, shape]) => [
        [name, null],
        [name.replace("midlayer", layer), { shape }],
      ],
    ),
  );
}

Deno.test("resolveDraftTensors() finds an EAGLE-3 drafter's tensors under either name", async () => {
  for (const layer of ["midlayer", "layers.0"]) {
    const changes = layer === "midlayer" ? {} : renamed(layer);
    const found = await resolveTiny({ kind: "eagle3", changes });
    assertKind(found, "eagle3");
    assertEquals(places(found), [
      "fc fc.weight",
      `inputNorm ${layer}.input_layernorm.weight`,
      `hiddenNorm ${layer}.hidden_norm.weight`,
      ...ATTENTION(layer),
      `postAttentionNorm ${layer}.post_attention_layernorm.weight`,
      `gate ${layer}.mlp.gate_proj.weight`,
      `up ${layer}.mlp.up_proj.weight`,
      `down ${layer}.mlp.down_proj.weight`,
      "norm norm.weight",
      "lmHead lm_head.weight",
    ]);
    assertEquals(found.tapLayerIds, [2, 4, 6]);
    assertEquals(found.targetIds, Uint32Array.from(TARGET_IDS));
    assertEquals(found.embedTokens, null);
  }
});

Deno.test("resolveDraftTensors() tells an EAGLE-3 drafter by its norms alone", async () => {
  const vocabulary = {
    d2t: null,
    t2d: null,
    "lm_head.weight": { shape: [10, 8] },
  };
  const found = await resolveTiny({
    kind: "eagle3",
    config: { draft_vocab_size: undefined },
    changes: { ...renamed("layers.0"), ...vocabulary },
  });
  assertKind(found, "eagle3");
  assertEquals(found.targetIds, null);
});

Deno.test("resolveDraftTensors() reads sizes from the tensors: widths, number of experts", async () => {
  const expert = (index: number): TinyChanges => ({
    [`${MOE}.experts.${index}.gate_proj.weight`]: { shape: [5, 8] },
    [`${MOE}.experts.${index}.up_proj.weight`]: { shape: [5, 8] },
    [`${MOE}.experts.${index}.down_proj.weight`]: { shape: [8, 5] },
  });
  const found = await resolveTiny({
    kind: "jakiro",
    config: { num_local_experts: 2, intermediate_size: 11008 },
    changes: {
      ...[0, 1, 2, 3, 4].map(expert).reduce((all, one) => ({ ...all, ...one })),
      [`${MOE}.gate.weight`]: { shape: [7, 8] },
    },
  });
  assertKind(found, "jakiro");
  assertEquals(found.moeGate.shape, [7, 8]);
  assertEquals(
    found.experts.map(({ down }) => down.shape[1]),
    Array(5).fill(5),
  );
});

Deno.test("resolveDraftTensors() finds biases of query, key and value", async () => {
  const biases = (layer: string): TinyChanges => ({
    [`${layer}.self_attn.q_proj.bias`]: { shape: [16] },
    [`${layer}.self_attn.k_proj.bias`]: { shape: [8] },
    [`${layer}.self_attn.v_proj.bias`]: { shape: [8] },
  });
  for (const kind of KINDS) {
    const layer = kind === "eagle3" ? "midlayer" : "layers.0";
    const found = await resolveTiny({
      kind,
      config: { qkv_bias: true },
      changes: biases(layer),
    });
    assertEquals(found.qkvBiases?.k.name, `${layer}.self_attn.k_proj.bias`);
  }
});

Deno.test("resolveDraftTensors() leaves fc.bias out where the configuration says, and says so", async () => {
  const config = { bias: false };
  for (const kind of ["jakiro", "jakiro_star", "eagle"] as const) {
    const left = await resolveTiny({ kind, config });
    assertKind(left, kind);
    assertEquals([left.fcBias, left.ignored], [null, ["fc.bias"]]);
    const changes = { "fc.bias": null };
    const without = await resolveTiny({ kind, config, changes });
    assertKind(without, kind);
    assertEquals([without.fcBias, without.ignored], [null, []]);
  }
});

Deno.test("resolveDraftTensors() leaves an embedding and rotary frequencies alone", async () => {
  for (const kind of KINDS) {
    const found = await resolveTiny({
      kind,
      changes: {
        "embed_tokens.weight": { shape: [10, 8] },
        "layers.0.self_attn.rotary_emb.inv_freq": { shape: [2] },
        "model.rotary_emb.inv_freq": { dtype: "I64", shape: [2] },
      },
    });
    assert(!places(found).some((place) => /embed|rotary/.test(place)));
    assertEquals(found.ignored, []);
  }
});

Deno.test("resolveDraftTensors() takes F32, F16 and BF16", async () => {
  for (const dtype of ["F32", "F16", "BF16"] as const) {
    for (const kind of KINDS) {
      const found = await resolveTiny({
        kind,
        changes: { "fc.weight": { dtype } },
      });
      assertEquals(found.fc?.dtype, dtype);
    }
  }
});

Deno.test("resolveDraftTensors() finds the golden drafter's tensors", async () => {
  const url = new URL("../golden/upstream_random/drafter", import.meta.url);
  using checkpoint = await openDraftCheckpoint(url);
  const target = { hiddenSize: 48, vocabSize: 160, numHiddenLayers: 2 };
  const found = await resolveDraftTensors(checkpoint, target);
  assertKind(found, "jakiro");
  assertEquals(places(found).length, checkpoint.tensors.size);
  assertEquals(found.experts.map(({ gate }) => gate.shape), [[48, 48], [
    48,
    48,
  ]]);
  assertEquals([found.fc.shape, found.fcBias?.shape], [[48, 96], [48]]);
});
