import type { BenchResult } from "./bench_result.ts";
import { formatFigure } from "./format_figure.ts";
import { type MatmulVariant, PACK_ROWS } from "../ops/mod.ts";

/**
 * Says what was measured on what, so that it can be measured again.
 *
 * @param result What was measured.
 * @returns Lines.
 */
export function describeSettings(result: BenchResult): readonly string[] {
  const { numPrompts, repeat, turns, isFinished } = result;
  const asked = `${count(numPrompts, "prompt")}, ${count(repeat, "turn")} each`;
  const made = isFinished
    ? ""
    : `, stopped after ${turns.length} of ${numPrompts * repeat}`;
  return [
    `${result.device}, ${describeNumbers(result)}`,
    `${asked}${made}; at most ${result.maxTokens} tokens, temperature ${result.temperature}, seed ${result.seed}`,
    ...describePolicies(result),
    ...describeTuned(result),
  ];
}

/** Tuned products that are named. */
const MAX_NAMED = 3;

function describeTuned({ tuned }: BenchResult): readonly string[] {
  if (tuned.length === 0) return [];
  const named = tuned.slice(0, MAX_NAMED).map((product) => {
    const { kernel, numBlocks, numCols, format, numRows } = product;
    const shape = `[${numBlocks * PACK_ROWS}, ${numCols}] in ${format}`;
    return `${kernel} by ${shape}, ${count(numRows, "row")}: ${
      describeVariant(product.variant)
    } instead of ${describeVariant(product.rule)}`;
  });
  const rest = tuned.length - named.length;
  return [
    `${count(tuned.length, "product")} cut as a search found: ${
      named.join("; ")
    }${rest > 0 ? `; and ${rest} more` : ""}`,
  ];
}

function describeVariant({ TILE, SPAN, GROUPS }: MatmulVariant): string {
  return `${TILE} x ${SPAN} x ${GROUPS}`;
}

/** Where weights and the cache are of the model's number type, that alone is said. */
function describeNumbers({ dtype, quantize, kvCache }: BenchResult): string {
  return [
    dtype,
    ...quantize === null ? [] : [`weights in ${quantize}`],
    ...kvCache === dtype ? [] : [`KV cache in ${kvCache}`],
  ].join(", ");
}

/** Names the ways that choose their trees, by what they know when they begin. */
function describePolicies({ ways }: BenchResult): readonly string[] {
  const begun = {
    kept: "what earlier runs kept",
    measured: "what was measured while loading",
  };
  return (["kept", "measured"] as const).flatMap((origin) => {
    const names = ways.filter(({ policy }) => policy === origin)
      .map(({ name }) => name);
    return names.length === 0
      ? []
      : [`${names.join("; ")}: trees are chosen from ${begun[origin]} on`];
  });
}

/**
 * Says what was found beside the speeds.
 *
 * @param result What was measured.
 * @returns Lines.
 */
export function describeFindings(result: BenchResult): readonly string[] {
  const { stepBytes, copyBytesPerSecond, rows } = result;
  const costs = rows ?? [];
  return [
    describeTexts(result),
    `a plain step reads ${formatFigure(stepBytes / 1e6)} MB of weights${
      copyBytesPerSecond === null
        ? ""
        : `; a copy moves ${
          formatFigure(copyBytesPerSecond / 1e9)
        } GB/s, of which "bandwidth" is the share that reading them once a round takes`
    }`,
    ...costs.length === 0 ? [] : [
      `${costs.map(({ numRows }) => numRows).join(", ")} rows cost ${
        costs.map(({ ratio }) => ratio.toFixed(2)).join(", ")
      } times as much as one`,
    ],
  ];
}

function describeTexts({ differences, ways, turns }: BenchResult): string {
  const [first] = differences;
  if (first === undefined) {
    return ways.length === 1
      ? "only plain decoding was measured"
      : `the texts of all ${ways.length} ways are the same, ${
        count(turns.length, "text")
      } each`;
  }
  const { way, prompt, numCommon } = first;
  const verb = differences.length === 1 ? "differs" : "differ";
  return `a defect: ${
    count(differences.length, "text")
  } ${verb} from plain decoding's, first behind prompt ${prompt + 1}, where ${
    ways[way]?.name
  } goes another way after ${count(numCommon, "token")}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
