import { delimiter, dirname } from "node:path";

const LAUNCHER = new URL("../../jakiro", import.meta.url).pathname;

/** What a run of the launcher left. */
export interface Launched {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the launcher, with the Deno that runs the tests. */
export function spawnLauncher(
  args: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly directory?: string;
  } = {},
): Deno.ChildProcess {
  const path = [dirname(Deno.execPath()), Deno.env.get("PATH")].join(delimiter);
  const { env = {}, directory } = options;
  return new Deno.Command(LAUNCHER, {
    args: [...args],
    env: { ...env, PATH: path },
    ...directory === undefined ? {} : { cwd: directory },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Waits for the launcher's end. */
export async function finish(child: Deno.ChildProcess): Promise<Launched> {
  const { code, stdout, stderr } = await child.output();
  const [out, err] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  return { status: code, stdout: out ?? "", stderr: err ?? "" };
}
