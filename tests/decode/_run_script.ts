/**
 * Runs a module in a process of its own, with nobody to ask for permissions.
 *
 * @param source Text of the module, whose imports are absolute.
 * @param options Permissions, and variables of its environment.
 * @returns What it printed.
 */
export async function runScript(
  source: string,
  options: {
    readonly permissions?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/script.ts`, source);
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const { permissions = [], env = {} } = options;
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", `--config=${config}`]
        .concat(permissions, `${folder}/script.ts`),
      stdin: "null",
      env,
    }).output();
    const decoder = new TextDecoder();
    if (code !== 0) throw new Error(decoder.decode(stderr));
    return decoder.decode(stdout);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
