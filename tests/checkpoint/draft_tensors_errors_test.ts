import { assertRejects } from "@std/assert";
import { assertErrorAsync } from "./assert_error.ts";
import { assertLoaderError } from "./assert_loader_error.ts";
import {
  draftShapes,
  KINDS,
  resolveTiny,
  TARGET,
  type TinyDrafterOptions,
} from "./tiny_drafter.ts";

const MOE = "layers.0.mlp_moe";
const FILE = '"DIR/model.safetensors"';
const WITH = "with bias true and qkv_bias false";

type Case = readonly [
  options: TinyDrafterOptions,
  error: readonly [typeof TypeError, string],
];

const TARGETS: readonly Case[] = [
  [{ kind: "jakiro", config: { vocab_size: 11 } }, [
    RangeError,
    `Cannot load "DIR/config.json" as "vocab_size" must be the target's, 10: found 11`,
  ]],
  [{ kind: "eagle", config: { hidden_size: 16 } }, [
    RangeError,
    `Cannot load "DIR/config.json" as "hidden_size" must be the target's, 8: found 16`,
  ]],
  [{ kind: "jakiro_star", config: { target_hidden_size: 16 } }, [
    RangeError,
    `Cannot load "DIR/config.json" as "target_hidden_size" must be the target's, 8: found 16`,
  ]],
];

const JAKIRO: readonly Case[] = [
  [{ kind: "jakiro", changes: { "fc.bias": null } }, [
    ReferenceError,
    `Cannot load "fc.bias" from ${FILE} as a Jakiro drafter ${WITH} must have it: found no such tensor`,
  ]],
  [{
    kind: "jakiro",
    config: { bias: false },
    changes: { "fc.bias": { shape: [9] } },
  }, [
    RangeError,
    `Cannot load "fc.bias" from ${FILE} as its shape must be [D] = [8]: found [9]`,
  ]],
  [{ kind: "jakiro", changes: { "fc.weight": { shape: [8, 8] } } }, [
    RangeError,
    `Cannot load "fc.weight" from ${FILE} as its shape must be [D, 2*D] = [8, 16]: found [8, 8]`,
  ]],
  [{ kind: "jakiro", config: { num_key_value_heads: 4 } }, [
    RangeError,
    `Cannot load "layers.0.self_attn.k_proj.weight" from ${FILE} as its shape must be [G*E, D] = [16, 8]: found [8, 8]`,
  ]],
  [{ kind: "jakiro", changes: { [`${MOE}.gate.weight`]: { shape: [3, 8] } } }, [
    RangeError,
    `Cannot load "${MOE}.gate.weight" from ${FILE} as its shape must be [X+2, D], X+2 at least 4: found [3, 8]`,
  ]],
  [{ kind: "jakiro", changes: { [`${MOE}.gate.weight`]: { shape: [4] } } }, [
    RangeError,
    `Cannot load "${MOE}.gate.weight" from ${FILE} as its shape must be [X+2, D], X+2 at least 4: found [4]`,
  ]],
  [{ kind: "jakiro", changes: { [`${MOE}.gate.weight`]: { shape: [4, 9] } } }, [
    RangeError,
    `Cannot load "${MOE}.gate.weight" from ${FILE} as its shape must be [X+2, D] = [4, 8]: found [4, 9]`,
  ]],
  [{ kind: "jakiro", changes: { [`${MOE}.gate.weight`]: { shape: [5, 8] } } }, [
    ReferenceError,
    `Cannot load "${MOE}.experts.2.gate_proj.weight" from ${FILE} as a Jakiro drafter ${WITH} must have it: found no such tensor`,
  ]],
  [{
    kind: "jakiro",
    changes: { [`${MOE}.experts.2.up_proj.weight`]: { shape: [8, 8] } },
  }, [
    RangeError,
    `Cannot load "${MOE}.experts.2.up_proj.weight" from ${FILE} as a Jakiro drafter ${WITH} must have no such tensor: found F32 [8, 8]`,
  ]],
  [{
    kind: "jakiro",
    changes: { [`${MOE}.experts.1.down_proj.weight`]: { shape: [8, 9] } },
  }, [
    RangeError,
    `Cannot load "${MOE}.experts.1.down_proj.weight" from ${FILE} as its shape must be [D, F] = [8, 8]: found [8, 9]`,
  ]],
  [{ kind: "jakiro", changes: { "embed_tokens.weight": { shape: [9, 8] } } }, [
    RangeError,
    `Cannot load "embed_tokens.weight" from ${FILE} as its shape must be [V, D] = [10, 8]: found [9, 8]`,
  ]],
  [{ kind: "jakiro", changes: { d2t: { dtype: "I64", shape: [6] } } }, [
    RangeError,
    `Cannot load "d2t" from ${FILE} as a Jakiro drafter ${WITH} must have no such tensor: found I64 [6]`,
  ]],
  [{ kind: "jakiro", config: { qkv_bias: true } }, [
    ReferenceError,
    `Cannot load "layers.0.self_attn.q_proj.bias" from ${FILE} as a Jakiro drafter with bias true and qkv_bias true must have it: found no such tensor`,
  ]],
  [{
    kind: "jakiro",
    changes: { "layers.0.self_attn.q_proj.bias": { shape: [16] } },
  }, [
    RangeError,
    `Cannot load "layers.0.self_attn.q_proj.bias" from ${FILE} as a Jakiro drafter ${WITH} must have no such tensor: found F32 [16]`,
  ]],
];

const OTHERS: readonly Case[] = [
  [{
    kind: "jakiro_star",
    changes: { [`${MOE}.gate.weight`]: { shape: [4, 8] } },
  }, [
    RangeError,
    `Cannot load "${MOE}.gate.weight" from ${FILE} as its shape must be [2, D] = [2, 8]: found [4, 8]`,
  ]],
  [{
    kind: "jakiro_star",
    changes: { [`${MOE}.experts.0.fc1.weight`]: { shape: [8, 8] } },
  }, [
    RangeError,
    `Cannot load "${MOE}.experts.0.fc1.weight" from ${FILE} as a Jakiro* drafter ${WITH} must have no such tensor: found F32 [8, 8]`,
  ]],
  [{
    kind: "eagle",
    changes: { "layers.0.input_layernorm.weight": { shape: [8] } },
  }, [
    RangeError,
    `Cannot load "layers.0.input_layernorm.weight" from ${FILE} as an EAGLE drafter ${WITH} must have no such tensor: found F32 [8]`,
  ]],
  [{
    kind: "eagle",
    changes: { "layers.0.mlp.gate_proj.weight": { shape: [0, 8] } },
  }, [
    RangeError,
    `Cannot load "layers.0.mlp.gate_proj.weight" from ${FILE} as its shape must be [F, D], F at least 1: found [0, 8]`,
  ]],
  [{ kind: "eagle3", changes: { "fc.weight": { shape: [8, 16] } } }, [
    RangeError,
    `Cannot load "fc.weight" from ${FILE} as its shape must be [D, 3*Dt] = [8, 24]: found [8, 16]`,
  ]],
  [{ kind: "eagle3", config: { draft_vocab_size: 7 } }, [
    RangeError,
    `Cannot load "lm_head.weight" from ${FILE} as its shape must be [Vd, D] = [7, 8]: found [6, 8]`,
  ]],
  [{ kind: "eagle3", changes: { "fc.bias": { shape: [8] } } }, [
    RangeError,
    `Cannot load "fc.bias" from ${FILE} as an EAGLE-3 drafter with qkv_bias false must have no such tensor: found F32 [8]`,
  ]],
  [{
    kind: "eagle3",
    changes: { "layers.0.hidden_norm.weight": { shape: [8] } },
  }, [
    RangeError,
    `Cannot load "layers.0.hidden_norm.weight" from ${FILE} as an EAGLE-3 drafter with qkv_bias false must have no such tensor: found F32 [8]`,
  ]],
  [{ kind: "eagle3", changes: { "norm.weight": { dtype: "I64" } } }, [
    TypeError,
    `Cannot load "norm.weight" from ${FILE} as its dtype must be F32, F16 or BF16: found I64`,
  ]],
  [{
    kind: "eagle",
    changes: Object.fromEntries(
      Object.keys(draftShapes("eagle")).filter((name) => name.includes(".mlp"))
        .map((name) => [name, null]),
    ),
  }, [
    ReferenceError,
    `Cannot load ${FILE} as it must hold a Jakiro, Jakiro*, EAGLE or EAGLE-3 drafter: found "layers.0.self_attn.q_proj.weight" and no layers.0.mlp or midlayer`,
  ]],
  [{
    kind: "eagle",
    changes: Object.fromEntries(
      Object.keys(draftShapes("eagle")).map((name) => [name, null]),
    ),
  }, [
    ReferenceError,
    `Cannot load ${FILE} as it must hold a Jakiro, Jakiro*, EAGLE or EAGLE-3 drafter: found no tensors`,
  ]],
];

async function assertRefused(cases: readonly Case[]): Promise<void> {
  for (const [options, error] of cases) {
    await assertErrorAsync(() => resolveTiny(options), error);
    // From the other kind of file it is refused alike.
    const [errorClass, message] = error;
    await assertErrorAsync(() => resolveTiny({ ...options, isTorch: true }), [
      errorClass,
      message.replaceAll("model.safetensors", "pytorch_model.bin"),
    ]);
  }
}

Deno.test("resolveDraftTensors() refuses drafters for other targets", async () => {
  await assertRefused(TARGETS);
});

Deno.test("resolveDraftTensors() names what is wrong with a Jakiro drafter", async () => {
  await assertRefused(JAKIRO);
});

Deno.test("resolveDraftTensors() names what is wrong with other drafters", async () => {
  await assertRefused(OTHERS);
});

Deno.test("resolveDraftTensors() misses each tensor, and refuses each with another shape, type or copy", async () => {
  // EAGLE-3 does without them.
  const optional = ["t2d"];
  for (const kind of KINDS) {
    for (const [name, shape] of Object.entries(draftShapes(kind))) {
      if (optional.includes(name)) continue;
      const faults = [
        { [name]: null },
        { [name]: { shape: [...shape, 1] } },
        { [name]: { dtype: "F64" } },
        { [`${name}.copy`]: { shape } },
      ] as const;
      for (const changes of faults) {
        const error = await assertRejects(() =>
          resolveTiny({ kind, changes }, TARGET)
        );
        assertLoaderError(error);
      }
    }
  }
});
