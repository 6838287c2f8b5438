const CLI = new URL("../cli.ts", import.meta.url);
const CONFIG = new URL("../deno.json", import.meta.url);

/** `jakiro serve` in a process of its own. */
export interface ServiceProcess {
  /** Port it listens on. */
  readonly port: number;
  /** Process id. */
  readonly pid: number;
  /** Ends it by a signal; returns its status. */
  end(signal: Deno.Signal): Promise<Deno.CommandStatus>;
}

/**
 * Starts `jakiro serve` on a free port, and waits until it listens.
 *
 * @param model Directory of the model.
 * @param options More of the command's options.
 * @returns The process.
 * @throws {Error} It ends before it listens; the message is what it said.
 */
export async function startService(
  model: string | URL,
  options: readonly string[] = [],
): Promise<ServiceProcess> {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "--no-prompt",
      "--allow-read",
      "--allow-env",
      "--allow-sys",
      "--allow-net=127.0.0.1",
      `--config=${CONFIG.pathname}`,
      CLI.href,
      "serve",
      `--model=${model instanceof URL ? model.pathname : model}`,
      "--port=0",
      "--log=none",
      ...options,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const lines = process.stderr.pipeThrough(new TextDecoderStream());
  let said = "";
  const { promise: port, resolve, reject } = Promise.withResolvers<number>();
  process.status.then(({ code }) =>
    reject(new Error(`the service ended with ${code}: ${said}`))
  );
  // Read to the end, so that what it says never fills the pipe.
  (async () => {
    for await (const piece of lines) {
      said += piece;
      const found = /on http:\/\/127\.0\.0\.1:(\d+)\//.exec(said)?.[1];
      if (found !== undefined) resolve(Number(found));
    }
  })();
  return {
    port: await port,
    pid: process.pid,
    async end(signal) {
      process.kill(signal);
      return await process.status;
    },
  };
}
