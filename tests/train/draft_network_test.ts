import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { numpy as np } from "@jax-js/jax";
import { putParameters, startWasm } from "./_draft_case.ts";
import { GOLDEN, GOLDEN_SHAPE, readTensors, valuesOf } from "./_golden.ts";
import { causalMask } from "../../src/train/causal_mask.ts";
import { draftLayout } from "../../src/train/draft_layout.ts";
import { draftNetwork } from "../../src/train/draft_network.ts";
import { ropeFrequencies } from "../../src/model/rope_table.ts";
import { createRotary } from "../../src/train/rotary.ts";
import { llama } from "../reference/llama.ts";

interface GoldenForward {
  readonly cases: readonly {
    readonly prompt: readonly number[];
    readonly draft_forward: {
      readonly input_ids: readonly number[];
      readonly mixture_branch_last: readonly number[];
      readonly contrastive_branch_last: readonly number[];
    };
  }[];
}

Deno.test("draftNetwork() has the branches of upstream's code", async () => {
  await startWasm();
  const url = new URL("golden.json", GOLDEN);
  const { cases }: GoldenForward = JSON.parse(await Deno.readTextFile(url));
  const parameters = putParameters(
    draftLayout(GOLDEN_SHAPE),
    await readTensors(new URL("drafter/", GOLDEN)),
  );
  const target = await readTensors(GOLDEN);
  const embedTokens = valuesOf(target, "model.embed_tokens.weight");
  const { hiddenSize } = GOLDEN_SHAPE;
  const config = { ...GOLDEN_SHAPE, numHiddenLayers: 2 };
  const frequencies = ropeFrequencies(GOLDEN_SHAPE);
  assertEquals(cases.length, 3);
  for (const { prompt, draft_forward } of cases) {
    const { hidden } = llama(target, config, { ids: prompt, frequencies });
    const ids = draft_forward.input_ids;
    assertEquals(ids.slice(0, -1), prompt.slice(1));
    const { length } = ids;
    const branches = draftNetwork(parameters, {
      shape: GOLDEN_SHAPE,
      tables: {
        rotary: createRotary({ ...GOLDEN_SHAPE, length, device: "wasm" }),
        mask: causalMask(length, "wasm"),
      },
      embedded: np.array(ids.map((id) => [
        ...embedTokens.subarray(id * hiddenSize, (id + 1) * hiddenSize),
      ])),
      hidden: np.array(hidden),
      earlier: [],
      wantsExperts: false,
    });
    assert(branches.contrast !== null);
    const compare = async (
      branch: np.Array,
      expected: readonly number[],
    ): Promise<void> => {
      const last = (await branch.data()).slice(-hiddenSize);
      // Upstream ran in f32 too, with sums in another order.
      expected.forEach((value, d) =>
        assertAlmostEquals(
          last[d] ?? NaN,
          value,
          2e-5 * Math.max(1, Math.abs(value)),
        )
      );
    };
    await compare(branches.mixture, draft_forward.mixture_branch_last);
    await compare(branches.contrast, draft_forward.contrastive_branch_last);
  }
});
