import { assertEquals } from "@std/assert";
import type { Eagle3Tensors } from "../../src/checkpoint/mod.ts";
import { assertErrorAsync } from "./assert_error.ts";
import {
  d2tBytes,
  resolveTiny,
  TARGET,
  type TinyDrafterOptions,
} from "./tiny_drafter.ts";

type Options = Omit<TinyDrafterOptions, "kind">;

async function resolve(
  options: Options,
  target = TARGET,
): Promise<Eagle3Tensors> {
  const found = await resolveTiny({ kind: "eagle3", ...options }, target);
  if (found.kind !== "eagle3") throw new Error(`it is ${found.kind}`);
  return found;
}

const d2t = (
  targetIds: readonly (number | bigint)[],
  numRows = targetIds.length,
): Options => ({
  config: { draft_vocab_size: numRows },
  changes: {
    d2t: { shape: [targetIds.length], bytes: d2tBytes(targetIds) },
    "lm_head.weight": { shape: [numRows, 8] },
  },
});

Deno.test("resolveDraftTensors() takes the layers that a configuration names by inputs or outputs", async () => {
  const key = "eagle_aux_hidden_state_layer_ids";
  const cases: readonly (readonly [object, readonly number[]])[] = [
    [{}, [2, 4, 6]],
    [{ [key]: [0, 1, 8] }, [0, 1, 8]],
    [{ eagle_config: { [key]: [0, 1, 7] } }, [1, 2, 8]],
    [{ [key]: [], eagle_config: { [key]: [1, 3, 5] } }, [2, 4, 6]],
    [{ [key]: null, eagle_config: { [key]: [] } }, [2, 4, 6]],
  ];
  for (const [config, expected] of cases) {
    assertEquals(
      (await resolve({ config: { ...config } })).tapLayerIds,
      expected,
    );
  }
  const large = { ...TARGET, numHiddenLayers: 33 };
  assertEquals((await resolve({}, large)).tapLayerIds, [2, 16, 30]);
});

Deno.test("resolveDraftTensors() does without fc for a drafter of the last hidden state", async () => {
  const { fc, tapLayerIds } = await resolve({
    config: { eagle_config: { use_aux_hidden_state: false } },
    changes: { "fc.weight": null },
  });
  assertEquals([fc, tapLayerIds], [null, []]);
});

Deno.test("resolveDraftTensors() takes the embedding of a drafter of another width", async () => {
  const found = await resolve({
    config: { target_hidden_size: 6 },
    changes: {
      "fc.weight": { shape: [8, 18] },
      "embed_tokens.weight": { shape: [10, 8] },
    },
  }, { ...TARGET, hiddenSize: 6 });
  assertEquals(found.fc?.shape, [8, 18]);
  assertEquals(found.embedTokens?.name, "embed_tokens.weight");
});

Deno.test("resolveDraftTensors() reads d2t as ids of the target, null where they are the same", async () => {
  const ids = async (options: Options): Promise<number[] | null> => {
    const { targetIds } = await resolve(options);
    return targetIds === null ? null : [...targetIds];
  };
  assertEquals(await ids(d2t([9, 0, 5])), [9, 0, 5]);
  assertEquals(await ids(d2t([0])), [0]);
  assertEquals(await ids(d2t([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])), null);
  assertEquals(await ids(d2t([9, 8, 7, 6, 5, 4, 3, 2, 1, 0])), [
    ...[9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
  ]);
  const all = d2t([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assertEquals(
    await ids({ ...all, changes: { ...all.changes, d2t: null } }),
    null,
  );
});

const START = 'Cannot load "d2t" from "DIR/model.safetensors" as';
const CONFIG = 'Cannot load "DIR/config.json" as';

type Case = readonly [
  options: Options,
  target: Partial<typeof TARGET>,
  error: readonly [typeof TypeError, string],
];
const REFUSED: readonly Case[] = [
  [d2t([0, 1, 10]), {}, [
    RangeError,
    `${START} its entry 2 must lead to a token of its own in [0, 9]: found 2 + 8`,
  ]],
  [d2t([0, -1]), {}, [
    RangeError,
    `${START} its entry 1 must lead to a token of its own in [0, 9]: found 1 + -2`,
  ]],
  [d2t([5, 5]), {}, [
    RangeError,
    `${START} its entry 1 must lead to a token of its own in [0, 9]: found 1 + 4`,
  ]],
  [d2t([2n ** 63n - 1n]), {}, [
    RangeError,
    `${START} its entry 0 must lead to a token of its own in [0, 9]: found 0 + 9223372036854775807`,
  ]],
  [d2t([2n ** 32n]), {}, [
    RangeError,
    `${START} its entry 0 must lead to a token of its own in [0, 9]: found 0 + 4294967296`,
  ]],
  [d2t([1, 2, 3], 4), {}, [
    RangeError,
    `${START} its shape must be [Vd] = [4], at most V = 10: found [3]`,
  ]],
  [d2t(Array(11).fill(0)), {}, [
    RangeError,
    `${START} its shape must be [Vd] = [11], at most V = 10: found [11]`,
  ]],
  [{ changes: { d2t: { dtype: "F32", bytes: new Uint8Array(24) } } }, {}, [
    TypeError,
    `${START} its dtype must be I64: found F32`,
  ]],
  [{ changes: { d2t: null } }, {}, [
    ReferenceError,
    `${START} a drafter with 6 of 10 tokens must have it: found no such tensor`,
  ]],
  [{ config: { eagle_aux_hidden_state_layer_ids: [2, 4] } }, {}, [
    RangeError,
    `${CONFIG} it must take the inputs of 3 of the target's 9 layers, in order: found [2, 4]`,
  ]],
  [{ config: { eagle_aux_hidden_state_layer_ids: [2, 4, 4] } }, {}, [
    RangeError,
    `${CONFIG} it must take the inputs of 3 of the target's 9 layers, in order: found [2, 4, 4]`,
  ]],
  [
    {
      config: { eagle_config: { eagle_aux_hidden_state_layer_ids: [2, 4, 8] } },
    },
    {},
    [
      RangeError,
      `${CONFIG} it must take the inputs of 3 of the target's 9 layers, in order: found [3, 5, 9]`,
    ],
  ],
  [{}, { numHiddenLayers: 6 }, [
    RangeError,
    `${CONFIG} it must take the inputs of 3 of the target's 6 layers, in order: found [2, 3, 3]`,
  ]],
  [{ config: { target_hidden_size: 6 } }, {}, [
    RangeError,
    `${CONFIG} "target_hidden_size" must be the target's, 8: found 6`,
  ]],
  [{}, { hiddenSize: 6 }, [
    RangeError,
    `${CONFIG} "hidden_size" must be the target's, 6: found 8`,
  ]],
  [
    {
      config: { target_hidden_size: 6 },
      changes: { "fc.weight": { shape: [8, 18] } },
    },
    { hiddenSize: 6 },
    [
      ReferenceError,
      'Cannot load "embed_tokens.weight" from "DIR/model.safetensors" as an EAGLE-3 drafter with qkv_bias false must have it: found no such tensor',
    ],
  ],
  [
    {
      config: {
        target_hidden_size: 6,
        eagle_config: { use_aux_hidden_state: false },
      },
    },
    { hiddenSize: 6 },
    [
      RangeError,
      `${CONFIG} "hidden_size" must be the target's, 6, without "use_aux_hidden_state": found 8`,
    ],
  ],
];

Deno.test("resolveDraftTensors() names the entry of d2t or the layers that are wrong", async () => {
  for (const [options, target, error] of REFUSED) {
    await assertErrorAsync(
      () => resolve(options, { ...TARGET, ...target }),
      error,
    );
  }
});
