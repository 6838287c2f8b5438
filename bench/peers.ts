/**
 * Measures this project beside llama.cpp: `deno task bench:peers [--model DIR]… [--sizes 15M,110M,1B] [--tokens N]
 * [--repetitions N] [--threads N]… [--packages DIR] [--json]`.
 *
 * Each model is written as a GGUF file, which all engines read; they go on with the same prompts by turns, at temperature 0,
 * for as many tokens. Without `--model` or `--sizes` these are stories260k and the default model, plainly and with their
 * drafters, and Llamas of random weights, plainly: on a GPU larger ones. llama.cpp comes from npm, as `node-llama-cpp`, the
 * first time: its build for the CPU, and where there is a GPU those for it.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { DEFAULT_MODEL } from "../mod.ts";
import { describeAdapter } from "./peers/describe_adapter.ts";
import { findDrafter } from "../src/decode/find_drafter.ts";
import { formatColumns } from "../src/cli/format.ts";
import type { LlamaCppOptions } from "./peers/llama_cpp_child.ts";
import { NODE_LLAMA_CPP, openLlamaCppPeer } from "./peers/llama_cpp_peer.ts";
import { measurePeers, type PeerMeasurement } from "./peers/measure_peers.ts";
import { openOwnPeer } from "./peers/own_peer.ts";
import type { Peer } from "./peers/peer.ts";
import { PUBLISHED } from "./peers/published.ts";
import {
  LLAMA_1B,
  type RandomModelSizes,
  STORIES_110M,
  STORIES_15M,
  writeRandomModel,
} from "./random_model.ts";
import { readPrompts } from "./read_prompts.ts";
import { median } from "../src/decode/median.ts";
import { spread } from "./spread.ts";
import { writeLlamaGguf } from "./peers/write_llama_gguf.ts";

const SIZES: ReadonlyMap<string, RandomModelSizes> = new Map([
  ["15M", STORIES_15M],
  ["110M", STORIES_110M],
  ["1B", LLAMA_1B],
]);
/** What a software adapter is given. */
const SMALL_SIZES = ["15M", "110M"];
const CONTEXT_LENGTH = 512;
const RANDOM_PROMPT = Array.from({ length: 16 }, (_, at) => at * 7919 % 31000);

const args = parseArgs(Deno.args, {
  string: ["model", "sizes", "tokens", "repetitions", "threads", "packages"],
  collect: ["model", "threads"],
  boolean: ["json"],
});
const adapter = await describeAdapter();
const numCores = navigator.hardwareConcurrency;
const numThreads = args.threads.length > 0
  ? args.threads.map(Number)
  : [...new Set([1, numCores])];
const results: Record<string, readonly PeerMeasurement[]> = {};
const [models, sizes] = [listModels(), listSizes()];
const isAlone = models.length + sizes.length === 1;
for (const [name, directory] of models) {
  results[name] = isAlone
    ? await measureModel(directory)
    : await measureAlone(["--model", String(directory)]);
  if (!args.json) print(name, results[name]);
}
for (const [name, shape] of sizes) {
  results[name] = isAlone
    ? await measureRandom(shape)
    : await measureAlone(["--sizes", name]);
  if (!args.json) print(`random weights, ${name}`, results[name]);
}
if (args.json) console.log(JSON.stringify(results));
else console.log(PUBLISHED);

async function measureRandom(
  shape: RandomModelSizes,
): Promise<readonly PeerMeasurement[]> {
  const directory = await Deno.makeTempDir();
  try {
    await writeRandomModel(directory, shape);
    return await measureModel(directory, [RANDOM_PROMPT]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function listModels(): readonly (readonly [string, string | URL])[] {
  if (args.model.length > 0) return args.model.map((path) => [path, path]);
  if (args.sizes !== undefined) return [];
  const stories = new URL("../weights/stories260k/", import.meta.url);
  return [["stories260k", stories], ["default model", DEFAULT_MODEL]];
}

function listSizes(): readonly (readonly [string, RandomModelSizes])[] {
  if (args.sizes === undefined && args.model.length > 0) return [];
  const names = args.sizes?.split(",") ??
    (adapter.isSoftware ? SMALL_SIZES : [...SIZES.keys()]);
  return names.map((name) => {
    const sizes = SIZES.get(name);
    if (sizes !== undefined) return [name, sizes];
    throw new RangeError(
      `Cannot measure random weights as --sizes must be some of ${
        [...SIZES.keys()].join(",")
      }: ${name}`,
    );
  });
}

/** Measures one of several models in a process of its own, as the first decides what threads a software adapter has. */
async function measureAlone(
  choice: readonly [option: "--model" | "--sizes", value: string],
): Promise<readonly PeerMeasurement[]> {
  const rest = Deno.args.flatMap((arg, index) =>
    /^--(model|sizes)(=|$)/.test(arg) ||
      /^--(model|sizes)$/.test(Deno.args[index - 1] ?? "")
      ? []
      : [arg]
  );
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      ...["read", "write", "env", "sys", "run"].map((name) =>
        `--allow-${name}`
      ),
      new URL(import.meta.url).pathname,
      ...rest.filter((arg) => arg !== "--json"),
      ...choice,
      "--json",
    ],
    stderr: "inherit",
  }).output();
  if (!success) Deno.exit(1);
  const measured: Record<string, readonly PeerMeasurement[]> = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  return Object.values(measured)[0] ?? [];
}

/** Builds of llama.cpp for what this project runs on, as far as there are any. */
function listBuilds(): readonly LlamaCppOptions["gpu"][] {
  if (adapter.isSoftware) return [false];
  if (Deno.build.os === "darwin") return [false, "metal"];
  const isNvidia = /nvidia|geforce|tesla|quadro/i.test(adapter.name);
  return [false, "vulkan", ...isNvidia ? ["cuda" as const] : []];
}

async function measureModel(
  directory: string | URL,
  prompts?: readonly (readonly number[])[],
): Promise<readonly PeerMeasurement[]> {
  const file = await Deno.makeTempFile({ suffix: ".gguf" });
  await using closing = new AsyncDisposableStack();
  closing.defer(() => Deno.remove(file));
  await writeLlamaGguf(directory, file);
  const draft = await findDrafter(directory);
  const peers: Peer[] = [];
  const drafts = String(draft) === "none" ? [draft] : ["none", draft];
  for (const one of drafts) {
    peers.push(closing.use(await openOwnPeer(file, one, CONTEXT_LENGTH)));
  }
  for (const gpu of listBuilds()) {
    for (const count of gpu === false ? numThreads : [numCores]) {
      const peer = await openLlamaCpp({
        ...{ file, gpu, numThreads: count },
        contextLength: CONTEXT_LENGTH,
      });
      if (peer !== null) peers.push(closing.use(peer));
    }
  }
  return await measurePeers(peers, {
    prompts: prompts ?? await readPrompts(directory, []),
    numTokens: Number(args.tokens ?? 100),
    repetitions: Number(args.repetitions ?? 3),
  });
}

/** A build for a GPU is left out where it does not run: it may want libraries that are not there. */
async function openLlamaCpp(options: LlamaCppOptions): Promise<Peer | null> {
  try {
    return await openLlamaCppPeer(packagesFolder(), options);
  } catch (error) {
    if (options.gpu === false || !(error instanceof Error)) throw error;
    console.error(`without ${options.gpu}: ${error.message}`);
    return null;
  }
}

function packagesFolder(): string {
  if (args.packages !== undefined) return args.packages;
  const cache = Deno.env.get("XDG_CACHE_HOME") ??
    Deno.env.get("LOCALAPPDATA") ?? `${Deno.env.get("HOME")}/.cache`;
  return `${cache}/jakiro/peers`;
}

function print(name: string, measured: readonly PeerMeasurement[]): void {
  console.log(
    `${name}, on ${adapter.name} and ${numCores} cores (node-llama-cpp ${NODE_LLAMA_CPP}); medians, least to largest`,
  );
  const rows = measured.map((peer) => [
    peer.name,
    spread(peer.tokensPerSecond),
    spread(peer.ratios),
    median(peer.prefillMs).toFixed(1),
    peer.numSame.join(", "),
  ]);
  const head = ["", "tokens/s", "of the first's", "first token, ms"];
  for (
    const line of formatColumns(
      [[...head, "ids as the first's"], ...rows],
      "lrrrr",
    )
  ) console.log(`  ${line}`);
}
