import { assertEquals } from "@std/assert";
import {
  isFiltered,
  packSampling,
  SAMPLING_BYTES,
  TOKEN_STATE,
} from "../../src/ops/mod.ts";
import { readSampling } from "../reference/lib/sampling.ts";
import { IN_PROMPT, IS_END } from "../reference/lib/token_state.ts";
import { PLAIN } from "./_sampling.ts";

Deno.test("packSampling() lays out every option where the kernels read it", () => {
  const params = {
    temperature: 0.5,
    topP: 0.25,
    minP: 0.125,
    repetitionPenalty: 1.5,
    presencePenalty: -2,
    frequencyPenalty: 0.75,
    topK: 0xfffffffe,
    seed: 0xffffffff,
    hasBias: true,
  };
  const words = packSampling(params);
  assertEquals(words.byteLength, SAMPLING_BYTES);
  assertEquals(readSampling(words), { ...params, hasPenalty: true });
  const plain = readSampling(packSampling(PLAIN));
  assertEquals(plain, { ...PLAIN, hasPenalty: false });
});

Deno.test("packSampling() says where a penalty is on", () => {
  for (
    const penalty of [
      { repetitionPenalty: 1.1 },
      { repetitionPenalty: 0.9 },
      { presencePenalty: -1 },
      { frequencyPenalty: 0.01 },
    ]
  ) {
    const words = packSampling({ ...PLAIN, ...penalty });
    assertEquals(readSampling(words).hasPenalty, true);
  }
});

Deno.test("isFiltered() says whether an option cuts tokens off", () => {
  assertEquals(isFiltered(PLAIN), false);
  for (const params of [{ topK: 1 }, { topP: 0.9 }, { minP: 0.1 }]) {
    assertEquals(isFiltered({ ...PLAIN, ...params }), true);
    const greedy = { ...PLAIN, ...params, temperature: 0 };
    assertEquals(isFiltered(greedy), false);
  }
});

Deno.test("TOKEN_STATE has the bits of the kernels", () => {
  assertEquals(TOKEN_STATE, { isEnd: IS_END, inPrompt: IN_PROMPT });
});
