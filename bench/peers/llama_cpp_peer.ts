/** llama.cpp as one of the engines, through `node-llama-cpp`. @module */

import { TextLineStream } from "@std/streams";
import { installPackages } from "./install_packages.ts";
import type {
  LlamaCppAnswer,
  LlamaCppOptions,
  LlamaCppRequest,
} from "./llama_cpp_child.ts";
import type { Peer } from "./peer.ts";

/** The version that is measured. */
export const NODE_LLAMA_CPP = "3.22.1";

const CHILD = "llama_cpp_child.ts";
const OS_NAMES: Readonly<Record<string, string>> = {
  darwin: "mac",
  linux: "linux",
  windows: "win",
};

/**
 * Installs a build of `node-llama-cpp` where it is missing, and loads a model with it, in a process of its own.
 *
 * @param folder Where packages are installed.
 * @param options The model and the build.
 * @returns The engine.
 * @throws {Error} If the build cannot be installed, or does not run here.
 */
export async function openLlamaCppPeer(
  folder: string,
  options: LlamaCppOptions,
): Promise<Peer> {
  await installPackages(folder, packagesOf(options.gpu));
  const child = new URL(CHILD, import.meta.url);
  await Deno.copyFile(child, `${folder}/${CHILD}`);
  const process = new LlamaCppProcess(folder, options);
  const first = await process.read();
  const devices = "devices" in first ? first.devices : [];
  const where = options.gpu === false
    ? `CPU, threads: ${options.numThreads}`
    : [options.gpu, ...devices].join(", ");
  return {
    name: `llama.cpp (${where})`,
    async generate(prompt, numTokens) {
      await process.write({ prompt, numTokens });
      const answer = await process.read();
      if ("tokens" in answer) return answer;
      throw new Error("Cannot measure llama.cpp as it must answer with ids");
    },
    [Symbol.asyncDispose]: () => process.close(),
  };
}

/** The package, and the one that holds the build. */
function packagesOf(
  gpu: LlamaCppOptions["gpu"],
): Readonly<Record<string, string>> {
  const { os, arch } = Deno.build;
  const cpu = arch === "aarch64" ? "arm64" : "x64";
  const platform = `${OS_NAMES[os] ?? os}-${cpu}`;
  // On Apple's processors, one build does both.
  const isApple = platform === "mac-arm64";
  const suffix = isApple ? "-metal" : gpu === false ? "" : `-${gpu}`;
  const build = `@node-llama-cpp/${platform}${suffix}`;
  return {
    "node-llama-cpp": NODE_LLAMA_CPP,
    [build]: NODE_LLAMA_CPP,
    // What the largest part of the build for CUDA was moved to.
    ...gpu === "cuda" ? { [`${build}-ext`]: NODE_LLAMA_CPP } : {},
  };
}

class LlamaCppProcess {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;

  constructor(folder: string, options: LlamaCppOptions) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-lock", CHILD, JSON.stringify(options)],
      cwd: folder,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream()).getReader();
  }

  async write(request: LlamaCppRequest): Promise<void> {
    const line = `${JSON.stringify(request)}\n`;
    await this.#writer.write(new TextEncoder().encode(line));
  }

  /** The next line that is an answer; its libraries may say something besides. */
  async read(): Promise<LlamaCppAnswer> {
    for (;;) {
      const { done, value } = await this.#lines.read();
      if (done) {
        throw new Error(
          "Cannot measure llama.cpp as its process must run: it has ended",
        );
      }
      if (value.startsWith("{")) return JSON.parse(value);
    }
  }

  async close(): Promise<void> {
    await this.#writer.close();
    await this.#child.status;
  }
}
