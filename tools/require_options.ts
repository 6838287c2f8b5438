/**
 * Checks that options of a command line are there; without them the process says so and ends.
 *
 * @param options What was given.
 * @param names What must be.
 */
export function requireOptions<Name extends string>(
  options: Readonly<Partial<Record<Name, string>>>,
  names: readonly Name[],
): Record<Name, string> {
  const missing = names.filter((name) => !options[name]);
  if (missing.length === 0) return options as Record<Name, string>;
  console.error(
    `Cannot start as all of ${
      names.map((name) => `--${name}`).join(", ")
    } must be given: ${missing.map((name) => `--${name}`).join(", ")} missing`,
  );
  Deno.exit(2);
}
