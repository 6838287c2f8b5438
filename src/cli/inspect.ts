import { formatBytes, formatColumns, formatCount } from "./format.ts";
import { type Inspection, inspectModel } from "./inspect_model.ts";
import type { InspectedDrafter } from "./inspect_drafter.ts";
import type { ModelConfig } from "../checkpoint/mod.ts";
import type { OptionValues } from "./option_table.ts";
import { STATUS } from "./report_error.ts";
import type { StoredCount } from "../checkpoint/mod.ts";
import { writeText } from "./output.ts";

/**
 * Says what a model's files hold and what memory it needs, as text or JSON.
 *
 * @param values What the command line sets.
 * @returns The exit status.
 */
export async function runInspect(values: OptionValues): Promise<number> {
  const inspection = await inspectModel(values);
  writeText(
    values.json
      ? `${JSON.stringify(inspection)}\n`
      : describeInspection(inspection),
  );
  return STATUS.ok;
}

/**
 * Writes an inspection for people.
 *
 * @param inspection What was found.
 * @returns Lines.
 */
export function describeInspection(inspection: Inspection): string {
  const { config, drafter, dtype, kvCache } = inspection;
  return [
    ...formatColumns([
      ["model", inspection.directory],
      ["family", config.modelType],
      ["parameters", describeStored(inspection)],
      ...sizeRows(config),
      ["chat template", inspection.hasChatTemplate ? "yes" : "no"],
      ["begins texts", config.bosTokenId?.toString() ?? "nothing"],
      ["ends texts", config.eosTokenIds.join(", ") || "nothing"],
      ...drafterRows(drafter),
      ...deviceRows(inspection),
    ]),
    "",
    `memory in ${dtype}${
      kvCache === dtype ? "" : `, the KV cache in ${kvCache}`
    }, for one sequence${drafter === null ? "" : ", with the drafter"}:`,
    "",
    ...memoryTable(inspection),
    "",
  ].join("\n");
}

function describeStored({ numParameters, storedBytes }: StoredCount): string {
  const stored = Object.entries(storedBytes)
    .map(([dtype, numBytes]) => `${formatBytes(numBytes)} in ${dtype}`);
  return `${formatCount(numParameters)}: ${stored.join(", ")}`;
}

function drafterRows(drafter: InspectedDrafter | null): [string, string][] {
  if (drafter === null) return [["drafter", "none"]];
  return [
    ["drafter", `${drafter.kind}, ${drafter.directory}`],
    ["", describeStored(drafter)],
  ];
}

function sizeRows(config: ModelConfig): [string, string][] {
  const heads =
    `${config.numAttentionHeads} query, ${config.numKeyValueHeads} key/value, of ${config.headDim}`;
  const biases = [
    config.attentionBias ? "queries, keys and values" : "",
    config.outputBias ? "attention's output" : "",
    config.mlpBias ? "feed-forward" : "",
  ].filter((name) => name !== "");
  return [
    ["layers", String(config.numHiddenLayers)],
    [
      "widths",
      `${config.hiddenSize} hidden, ${config.intermediateSize} feed-forward`,
    ],
    ["heads", heads],
    [
      "vocabulary",
      `${config.vocabSize}${config.tieWordEmbeddings ? ", tied" : ""}`,
    ],
    ["biases", biases.join(", ") || "none"],
    ...config.experts === null ? [] : [
      [
        "experts",
        `${config.experts.numExperts}, ${config.experts.numChosen} for a token`,
      ] satisfies [string, string],
    ],
    ...windowRows(config),
    ["context", `${config.maxPositionEmbeddings} tokens`],
    [
      "rotation",
      `base ${config.ropeTheta}${
        config.ropeScaling === null
          ? ""
          : `, scaling ${config.ropeScaling.type}`
      }`,
    ],
  ];
}

/** Layers that do not see the whole context. */
function windowRows({ layerWindows }: ModelConfig): [string, string][] {
  const windows = layerWindows.filter((window) => window !== null);
  if (windows.length === 0) return [];
  const sizes = [...new Set(windows)].join(" or ");
  return [[
    "windows",
    `${sizes} tokens in ${windows.length} of ${layerWindows.length} layers`,
  ]];
}

function deviceRows(inspection: Inspection): [string, string][] {
  const { device, largestMatrix } = inspection;
  const { label, sizeBytes, numSlices } = largestMatrix;
  const slices = numSlices === null
    ? ""
    : `, in ${numSlices} ${numSlices === 1 ? "buffer" : "buffers"}`;
  const largest = `${label}, ${formatBytes(sizeBytes)}${slices}`;
  if ("error" in device) {
    return [["largest matrix", largest], ["device", `none: ${device.error}`]];
  }
  return [
    ["largest matrix", largest],
    ["device", `${device.name}${device.isSoftware ? ", software" : ""}`],
    [
      "",
      `buffers up to ${formatBytes(device.maxBufferBytes)}, bindings up to ${
        formatBytes(device.maxBindingBytes)
      }, ${device.hasF16 ? "f16" : "no f16"}`,
    ],
  ];
}

function memoryTable(inspection: Inspection): readonly string[] {
  const rows = inspection.memory.map((row) => [
    String(row.contextLength),
    formatBytes(row.weightsBytes),
    formatBytes(row.kvCacheBytes),
    formatBytes(row.scratchBytes),
    formatBytes(row.totalBytes),
    row.isBindable === false
      ? `no: a buffer takes ${formatBytes(row.largestBufferBytes)}`
      : row.isBindable === null
      ? ""
      : "yes",
  ]);
  const hasDevice = !("error" in inspection.device);
  const head = ["context", "weights", "KV cache", "scratch", "total"];
  return formatColumns(
    [[...head, hasDevice ? "fits bindings" : ""], ...rows],
    "rrrrr",
  );
}
