import type {
  DraftingMeasurement,
  WayMeasurement,
} from "./measure_drafting.ts";
import { formatColumns } from "../src/cli/format.ts";
import { median } from "../src/decode/median.ts";
import { spread } from "./spread.ts";

const HEAD = ["nodes, depth, top", "tokens", "launches", "verify", "accept"]
  .concat("draft", "round", "steps", "host", "idle", "tokens/s")
  .concat("ratio to plain");
const MOST_KERNELS = 8;

/**
 * Writes measurements of trees for people: a line for plain decoding and each shape, and which is best.
 *
 * @param results The measurements.
 * @returns Lines.
 */
export function describeDrafting(
  results: readonly DraftingMeasurement[],
): string {
  const [best] = results.toSorted((a, b) => ratioOf(b) - ratioOf(a));
  if (best === undefined) return "";
  const rows = results.map(({ tree, drafting, plainSteps, ratios }) => [
    `${tree.numNodes}, ${tree.depth}, ${tree.topK}`,
    ...describeWay(drafting, plainSteps),
    spread(ratios),
  ]);
  const kernels = best.kernels.slice(0, MOST_KERNELS)
    .map(({ name, count, ms }) => `${count} ${name} ${ms.toFixed(2)}`);
  return [
    "jakiro and plain decoding in turn; medians of runs; parts of a round in ms by the device's clock;",
    '"steps" is what a round costs in plain ones, "host" what encoding and submitting it takes, as a share of it:',
    ...formatColumns(
      [HEAD, ["plain", ...describeWay(best.plain, 1)], ...rows],
      "lrrrrrrrrrr",
    ).map((line) => `  ${line}`),
    `  best: tree of ${best.tree.numNodes}, depth ${best.tree.depth}, top ${best.tree.topK}, ${
      ratioOf(best).toFixed(2)
    } times as fast as plain${
      ratioOf(best) > 1 ? "" : ": no tree gains anything here"
    }`,
    ...kernels.length === 0
      ? []
      : [`  its launches, alone in a pass each, in ms: ${kernels.join(", ")}`],
  ].join("\n");
}

function describeWay(
  way: WayMeasurement,
  plainSteps: number | null,
): readonly string[] {
  const { roundMs, idleShare } = way;
  const times = roundMs === null
    ? []
    : [roundMs.verify, roundMs.accept, roundMs.draft];
  const total = times.reduce((sum, ms) => sum + ms, 0);
  const parts = roundMs === null
    ? ["", "", "", ""]
    : [...times, total].map((ms) => ms.toFixed(2));
  return [
    way.tokensPerRound.toFixed(2),
    String(way.dispatchesPerRound),
    ...parts,
    plainSteps?.toFixed(2) ?? "",
    roundMs === null
      ? `${way.hostMs.toFixed(2)} ms`
      : `${(way.hostMs / total * 100).toFixed(0)} %`,
    idleShare === null ? "" : `${(idleShare * 100).toFixed(0)} %`,
    median(way.tokensPerSecond).toFixed(0),
  ];
}

function ratioOf({ ratios }: DraftingMeasurement): number {
  return median(ratios);
}
