import type { CacheFormat, TunedProduct } from "../ops/mod.ts";
import type { CategoryResult } from "./summarize_categories.ts";
import type { Difference } from "./find_differences.ts";
import type { DrafterKind } from "../decode/mod.ts";
import type { PolicyOrigin } from "../decode/open_drafting.ts";
import type { Quantization } from "../model/mod.ts";
import type { RowCost } from "./measure_rows.ts";
import type { TurnRuns } from "./measure_ways.ts";
import type { WayFigures } from "./summarize_way.ts";

/** A way of decoding, and what was measured of it. */
export interface WayResult extends WayFigures {
  /** What it is called. */
  readonly name: string;
  /** Kind of drafter, or null. */
  readonly drafter: DrafterKind | null;
  /** What its choice of trees began with. */
  readonly policy: PolicyOrigin;
  /** Bytes on the device: the model, which all ways share, and what is this way's. */
  readonly memoryBytes: number;
  /** Share of the device's bandwidth that goes into reading the model's weights once a round. */
  readonly bandwidthShare: number | null;
}

/** What was measured. */
export interface BenchResult {
  /** What the model is called. */
  readonly model: string;
  /** Name of the device. */
  readonly device: string;
  /** Number type of weights and activations. */
  readonly dtype: "f16" | "f32";
  /** What weights were rounded to as they were loaded, or null. */
  readonly quantize: Quantization | null;
  /** How keys and values are stored. */
  readonly kvCache: CacheFormat;
  /** Milliseconds from the first file to the last kernel, of all ways together. */
  readonly loadMs: number;
  /** Prompts that there are. */
  readonly numPrompts: number;
  /** Most tokens of a text. */
  readonly maxTokens: number;
  /** Divides the logits. */
  readonly temperature: number;
  /** Seed of each prompt's first turn. */
  readonly seed: number;
  /** Turns of each prompt. */
  readonly repeat: number;
  /** Whether all turns were made. */
  readonly isFinished: boolean;
  /** Texts that are not those of plain decoding. */
  readonly differences: readonly Difference[];
  /** Bytes of weights that a plain step reads. */
  readonly stepBytes: number;
  /** Bytes a second that a copy reads and writes, or null where the device has no clock. */
  readonly copyBytesPerSecond: number | null;
  /** What several rows cost, or null where the device has no clock or nothing is drafted. */
  readonly rows: readonly RowCost[] | null;
  /** Products with few rows that are cut as a search has found it to be faster than by rule. */
  readonly tuned: readonly TunedProduct[];
  /** Plain decoding, then the others. */
  readonly ways: readonly WayResult[];
  /** The same by category, where prompts have one. */
  readonly categories: readonly CategoryResult[];
  /** What each turn's generations did, in the order of the ways. */
  readonly turns: readonly TurnRuns[];
}
