import type { RoundedFormat } from "../ops/mod.ts";

/** To how many bits weights are rounded when they are loaded. */
export type Quantization = "q8" | "q4";

/** What a model's matrices are rounded to. */
export interface RoundedFormats {
  /** Of the layers. */
  readonly layers: RoundedFormat | null;
  /** Of the embedding and the language-model head, whose errors show most. */
  readonly embeddings: RoundedFormat | null;
}

const FORMATS: Readonly<Record<Quantization, RoundedFormats>> = {
  q8: { layers: "Q8_0", embeddings: "Q8_0" },
  q4: { layers: "Q4_0", embeddings: "Q8_0" },
};

/**
 * Says what matrices are rounded to, where their columns are whole blocks.
 *
 * @param quantization The wish, or null: nothing is rounded.
 * @returns Formats.
 */
export function roundedFormats(
  quantization: Quantization | null,
): RoundedFormats {
  return quantization === null
    ? { layers: null, embeddings: null }
    : FORMATS[quantization];
}
