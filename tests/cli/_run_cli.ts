/** What a run of the program left. */
export interface CliResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run the program. */
export interface CliOptions {
  /** Written to standard input, which is then closed. */
  readonly input?: string | Uint8Array<ArrayBuffer>;
  /** Working directory, in which the program may then write. */
  readonly directory?: string;
  /** Sends Ctrl-C once this much of standard output has come. */
  readonly interruptAfter?: number;
  /** Closes standard output once this much has come. */
  readonly closeAfter?: number;
  /** Sends a signal once standard error has this text. */
  readonly signalOn?: { readonly text: string; readonly signal: Deno.Signal };
  /** Milliseconds after which the program is killed. Default: a minute. */
  readonly timeoutMs?: number;
  /** Permissions besides, as flags. */
  readonly permissions?: readonly string[];
  /** Environment to add. */
  readonly env?: Readonly<Record<string, string>>;
}

const CLI = new URL("../../cli.ts", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;
const TIMEOUT_MS = 60_000;

/** Runs the program with the permissions that the launcher gives it. */
export async function runCli(
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliResult> {
  const { directory, input = "", permissions = [] } = options;
  using child = new Child(
    ["run", "--no-prompt", "--config", CONFIG, "--allow-read"]
      .concat(directory === undefined ? [] : ["--allow-write=."])
      .concat(permissions, CLI, args),
    options,
  );
  const bytes = typeof input === "string"
    ? new TextEncoder().encode(input)
    : input;
  const [stdout, stderr, status] = await Promise.all([
    child.readStdout(options),
    child.readStderr(options),
    child.status(),
    child.write(bytes),
  ]);
  return { status, stdout, stderr };
}

class Child implements Disposable {
  readonly #process: Deno.ChildProcess;
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor(args: readonly string[], options: CliOptions) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: [...args],
      ...options.directory === undefined ? {} : { cwd: options.directory },
      // Without this, Vulkan's loader complains on standard error.
      env: { XDG_RUNTIME_DIR: "/tmp", NO_COLOR: "1", ...options.env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#timer = setTimeout(
      () => this.#process.kill("SIGKILL"),
      options.timeoutMs ?? TIMEOUT_MS,
    );
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const writer = this.#process.stdin.getWriter();
    try {
      await writer.write(bytes);
      await writer.close();
    } catch {
      // The program ended before it had read everything, as after a usage error.
    }
  }

  async readStdout(options: CliOptions): Promise<string> {
    const { interruptAfter = Infinity, closeAfter = Infinity } = options;
    const decoder = new TextDecoder();
    let text = "";
    let isInterrupted = false;
    for await (const chunk of this.#process.stdout) {
      text += decoder.decode(chunk, { stream: true });
      // Leaving the loop closes the pipe.
      if (text.length >= closeAfter) break;
      if (!isInterrupted && text.length >= interruptAfter) {
        isInterrupted = true;
        this.#process.kill("SIGINT");
      }
    }
    return text + decoder.decode();
  }

  async readStderr({ signalOn }: CliOptions): Promise<string> {
    let text = "";
    let isSignalled = signalOn === undefined;
    const chunks = this.#process.stderr.pipeThrough(new TextDecoderStream());
    for await (const chunk of chunks) {
      text += chunk;
      if (isSignalled || !text.includes(signalOn?.text ?? "")) continue;
      isSignalled = true;
      this.#process.kill(signalOn?.signal);
    }
    // Deno writes this while it fills its caches.
    return text.replaceAll(/^(?:Download|Initialize|Check) .*\n/gm, "");
  }

  async status(): Promise<number> {
    return (await this.#process.status).code;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
