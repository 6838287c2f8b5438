/**
 * Runs llama.cpp for another process: reads a line of JSON for each prompt, and answers with one. It is copied to, and run
 * from, a folder in which `node-llama-cpp` is installed, and so imports nothing of this project.
 *
 * @module
 */

import { createInterface } from "node:readline";
import process from "node:process";

/** What this process is told as its argument, as JSON. */
export interface LlamaCppOptions {
  /** GGUF file. */
  readonly file: string;
  /** Build to use; false is the CPU's. */
  readonly gpu: "cuda" | "vulkan" | "metal" | false;
  readonly numThreads: number;
  readonly contextLength: number;
}

/** What it is asked, a line each. */
export interface LlamaCppRequest {
  readonly prompt: readonly number[];
  readonly numTokens: number;
}

/** What it says, a line each: what it runs on, and then what it did with each prompt. */
export type LlamaCppAnswer =
  | { readonly devices: readonly string[] }
  | {
    readonly tokens: readonly number[];
    readonly prefillMs: number;
    readonly decodeMs: number;
  };

/** As much of the package as is used. */
interface LlamaModule {
  getLlama(options: object): Promise<Llama>;
}
interface Llama {
  readonly gpu: string | false;
  getGpuDeviceNames(): Promise<readonly string[]>;
  loadModel(options: object): Promise<LlamaModel>;
}
interface LlamaModel {
  createContext(options: object): Promise<{ getSequence(): Sequence }>;
}
interface Sequence {
  clearHistory(): Promise<void>;
  evaluate(
    tokens: readonly number[],
    options: object,
  ): AsyncGenerator<number, void>;
}

async function open(options: LlamaCppOptions): Promise<{
  readonly sequence: Sequence;
  readonly devices: readonly string[];
}> {
  const { file, gpu, numThreads, contextLength } = options;
  // Not a literal: the package is where this file is run, and not where it is checked.
  const name = "node-llama-cpp";
  const { getLlama }: LlamaModule = await import(name);
  const llama = await getLlama({
    gpu,
    build: "never",
    logLevel: "error",
    progressLogs: false,
    maxThreads: numThreads,
  });
  if (llama.gpu !== gpu) {
    throw new Error(
      `Cannot run llama.cpp as its build must be ${
        gpu || "the CPU's"
      }: is ${llama.gpu}`,
    );
  }
  const model = await llama.loadModel({ modelPath: file, gpuLayers: "max" });
  const context = await model.createContext({
    contextSize: contextLength,
    threads: numThreads,
  });
  const devices = gpu === false ? [] : await llama.getGpuDeviceNames();
  return { sequence: context.getSequence(), devices };
}

async function answer(
  sequence: Sequence,
  { prompt, numTokens }: LlamaCppRequest,
): Promise<LlamaCppAnswer> {
  await sequence.clearHistory();
  const tokens: number[] = [];
  const startedMs = performance.now();
  let firstMs = startedMs;
  const options = { temperature: 0, yieldEogToken: true };
  for await (const token of sequence.evaluate(prompt, options)) {
    if (tokens.length === 0) firstMs = performance.now();
    tokens.push(token);
    if (tokens.length === numTokens) break;
  }
  const decodeMs = performance.now() - firstMs;
  return { tokens, prefillMs: firstMs - startedMs, decodeMs };
}

function say(line: LlamaCppAnswer): void {
  console.log(JSON.stringify(line));
}

const { sequence, devices } = await open(JSON.parse(process.argv[2] ?? "{}"));
say({ devices });
for await (const line of createInterface({ input: process.stdin })) {
  say(await answer(sequence, JSON.parse(line)));
}
process.exit(0);
