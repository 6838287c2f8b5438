import type { RopeScaling } from "../checkpoint/mod.ts";

/** What rotary position embedding is computed from. */
export interface RopeOptions {
  /** Size of a head, `E`. */
  readonly headDim: number;
  /** Base of the wavelengths. */
  readonly ropeTheta: number;
  /** How wavelengths are stretched for long contexts, or null. */
  readonly ropeScaling: RopeScaling | null;
}

/**
 * Computes the angle per position of each rotated pair.
 *
 * Units: radians per position.
 * Source: Su et al. 2021 (arXiv 2104.09864), equation 15; scaling `llama3` as published with Llama 3.1; LongRoPE
 * (arXiv 2402.13753).
 *
 * `longrope`, which has frequencies for short contexts and for long ones, takes those of the longest context that
 * there can be: what is in the cache stays true when a text grows, which it does not where they change on the way.
 *
 * @param options Head size, base, scaling.
 * @param contextLength Most positions. Default: few.
 * @returns `[E/2]` angles.
 */
export function ropeFrequencies(
  options: RopeOptions,
  contextLength = 0,
): Float64Array {
  const { headDim, ropeTheta, ropeScaling } = options;
  return Float64Array.from({ length: headDim / 2 }, (_, i) => {
    const frequency = ropeTheta ** (-2 * i / headDim);
    if (ropeScaling === null) return frequency;
    if (ropeScaling.type === "linear") return frequency / ropeScaling.factor;
    if (ropeScaling.type === "longrope") {
      const { shortFactor, longFactor, originalMaxPositionEmbeddings } =
        ropeScaling;
      const isLong = contextLength > originalMaxPositionEmbeddings;
      return frequency / ((isLong ? longFactor : shortFactor)[i] ?? 1);
    }
    const { factor, lowFreqFactor, highFreqFactor } = ropeScaling;
    const turns = ropeScaling.originalMaxPositionEmbeddings * frequency /
      (2 * Math.PI);
    const smooth = (turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
    const share = Math.min(1, Math.max(0, smooth));
    return (1 - share) * frequency / factor + share * frequency;
  });
}

/**
 * Tabulates the rotations of all positions.
 *
 * Angles are rounded to f32 as the frameworks that train such models do. What rotated heads are multiplied by is part
 * of the table.
 *
 * Shapes: `[S, E/2]` pairs (cos, sin).
 *
 * @param contextLength Positions, `S`.
 * @param options Head size, base, scaling.
 * @returns The table.
 */
export function ropeTable(
  contextLength: number,
  options: RopeOptions,
): Float32Array<ArrayBuffer> {
  const frequencies = Float32Array.from(
    ropeFrequencies(options, contextLength),
  );
  const { ropeScaling } = options;
  const scale = ropeScaling?.type === "longrope"
    ? ropeScaling.attentionFactor
    : 1;
  const table = new Float32Array(contextLength * frequencies.length * 2);
  let at = 0;
  for (let position = 0; position < contextLength; position++) {
    for (const frequency of frequencies) {
      const angle = Math.fround(position * frequency);
      table[at++] = scale * Math.cos(angle);
      table[at++] = scale * Math.sin(angle);
    }
  }
  return table;
}
