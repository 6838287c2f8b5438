import { countReused } from "./count_reused.ts";
import { elemBytes, GREEDY } from "../ops/mod.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { prefill } from "./prefill.ts";
import type { Session } from "./session.ts";
import type { Target } from "../model/mod.ts";

/**
 * Makes an embedding of a text: the hidden state behind the last norm at its last token, scaled to length 1.
 *
 * @param gpu Device.
 * @param session A session that no other generation uses.
 * @param args Ids, at least one, and the model that the session runs.
 * @returns `[D]`.
 */
export async function embed(
  gpu: Gpu,
  session: Session,
  args: { readonly ids: readonly number[]; readonly target: Target },
): Promise<Float32Array<ArrayBuffer>> {
  const { ids, target } = args;
  const { config, elem, workspace } = target;
  session.gear = 0;
  const numCached = countReused(session, ids);
  session.cachedTokens = [];
  session.numDrafterCached = Math.min(numCached, session.numDrafterCached);
  session.start({
    prompt: ids,
    sampling: GREEDY,
    logitBias: new Map(),
    maxTokens: 1,
    endTokens: [],
    ignoreEos: false,
    logProbs: false,
  });
  const rowBytes = config.hiddenSize * elemBytes(elem);
  const staging = gpu.createBuffer(
    "embedding",
    rowBytes,
    GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  );
  try {
    await prefill(gpu, session, {
      ids: ids.slice(numCached),
      firstPosition: numCached,
      maxRows: workspace.maxRows,
      finish: (encoder, numRows) =>
        encoder.copyBufferToBuffer(
          workspace.normed,
          (numRows - 1) * rowBytes,
          staging,
          0,
          rowBytes,
        ),
    });
    await staging.mapAsync(GPUMapMode.READ);
    const bytes = staging.getMappedRange().slice(0);
    session.cachedTokens = ids;
    return scaleToOne(
      elem === "f16"
        ? Float32Array.from(new Float16Array(bytes))
        : new Float32Array(bytes),
    );
  } finally {
    gpu.destroyBuffer(staging);
  }
}

function scaleToOne(
  vector: Float32Array<ArrayBuffer>,
): Float32Array<ArrayBuffer> {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}
