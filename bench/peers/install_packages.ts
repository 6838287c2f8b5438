/** Installs what is measured beside this project, in a folder of its own. @module */

/**
 * Installs packages of npm in a folder, unless they are there. No script of theirs is run, and nothing besides what they
 * depend on is installed.
 *
 * @param folder The folder; made where it is missing.
 * @param packages Their exact versions by name.
 * @throws {Error} If npm is missing or fails.
 */
export async function installPackages(
  folder: string,
  packages: Readonly<Record<string, string>>,
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const missing: string[] = [];
  for (const [name, version] of Object.entries(packages)) {
    if (await installedVersion(folder, name) !== version) {
      missing.push(`${name}@${version}`);
    }
  }
  if (missing.length === 0) return;
  console.error(`installing ${missing.join(", ")} in ${folder}`);
  const { success } = await new Deno.Command("npm", {
    args: [
      ...["install", "--prefix", folder, "--save-exact", "--omit=optional"],
      ...["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
      ...missing,
    ],
    stdout: "null",
    stderr: "inherit",
  }).output();
  if (success) return;
  throw new Error(
    `Cannot install ${missing.join(", ")} as npm must be able to: it failed`,
  );
}

async function installedVersion(
  folder: string,
  name: string,
): Promise<string | null> {
  try {
    const path = `${folder}/node_modules/${name}/package.json`;
    return JSON.parse(await Deno.readTextFile(path)).version;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
