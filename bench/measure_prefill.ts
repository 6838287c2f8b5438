import { type Checkpoint, openCheckpoint } from "../src/checkpoint/mod.ts";
import type { Dispatch } from "../src/gpu/dispatch.ts";
import { fmaLoop } from "./fma_loop.ts";
import { GREEDY } from "../src/ops/mod.ts";
import { MAX_ROWS } from "../src/decode/load_model.ts";
import { openGpu } from "../src/decode/open_gpu.ts";
import { PassTimer } from "../src/gpu/pass_timer.ts";
import { resolveElem } from "../src/decode/resolve_elem.ts";
import { Session } from "../src/decode/session.ts";
import { Target } from "../src/model/mod.ts";
import { timePasses } from "../src/gpu/time_passes.ts";

/** How fast prompts are taken in. */
export interface PrefillMeasurement {
  readonly device: string;
  readonly elem: "f16" | "f32";
  /** Tokens of a pass, which is the first of its sequence. */
  readonly numRows: number;
  /** Multiplications and additions that the products with weights take for a token, in all layers. */
  readonly operationsPerToken: number;
  /** Milliseconds of a pass, by the device's clock, one for each repetition. */
  readonly passMs: readonly number[];
  /** Operations a second of a loop of multiply-adds, timed in turn with the passes. */
  readonly fmaSpeed: readonly number[];
}

/**
 * Measures a prompt's pass through all layers beside a loop of multiply-adds.
 *
 * @param directory A model without experts.
 * @param repetitions Times both are run, in turn.
 * @returns What was measured, or null where the device has no clock.
 */
export async function measurePrefill(
  directory: string | URL,
  repetitions: number,
): Promise<PrefillMeasurement | null> {
  using checkpoint = await openCheckpoint(directory);
  using gpu = await openGpu(checkpoint);
  if (!gpu.hasTimestamps) return null;
  const { isSoftware, name } = gpu.adapter;
  const elem = resolveElem(gpu, checkpoint, "auto");
  const maxRows = isSoftware ? MAX_ROWS.software : MAX_ROWS.hardware;
  const target = await Target.load(gpu, checkpoint, {
    elem,
    contextLength: Math.min(
      checkpoint.config.maxPositionEmbeddings,
      2 * maxRows,
    ),
    maxRows,
    maxLogitRows: 1,
    onProgress: () => {},
  });
  using session = new Session(gpu, target);
  const ids = Array.from({ length: maxRows }, (_, index) => index % 100);
  session.start({
    prompt: ids,
    sampling: GREEDY,
    logitBias: new Map(),
    maxTokens: 1,
    endTokens: [],
    ignoreEos: true,
    logProbs: false,
  });
  const out = gpu.createBuffer("sums", 16);
  const { pass, loop } = await gpu.guard("compile a pass", () => ({
    // As if the prompt went on, so that no logits are asked for.
    pass: session.prefill(ids, 0, 1),
    loop: fmaLoop(gpu, out),
  }));
  const passes: readonly (readonly Dispatch[])[] = [pass, [loop.launch]];
  using timer = new PassTimer(gpu, passes.length);
  const times: (readonly number[])[] = [];
  // The first one warms up.
  for (let index = 0; index <= repetitions; index++) {
    const measured = await timePasses(gpu, timer, passes);
    if (index > 0) times.push(measured);
  }
  return {
    device: name,
    elem,
    numRows: maxRows,
    operationsPerToken: countOperations(checkpoint),
    passMs: times.map(([ms = NaN]) => ms),
    fmaSpeed: times.map(([, ms = NaN]) => loop.numOperations / ms * 1000),
  };
}

function countOperations({ config }: Checkpoint): number {
  const { hiddenSize, headDim, intermediateSize } = config;
  const { numAttentionHeads, numKeyValueHeads, numHiddenLayers } = config;
  const attention = hiddenSize * headDim *
    (2 * numAttentionHeads + 2 * numKeyValueHeads);
  const network = 3 * hiddenSize * intermediateSize;
  return 2 * numHiddenLayers * (attention + network);
}
