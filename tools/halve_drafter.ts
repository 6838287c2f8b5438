/**
 * Stores a drafter that `jakiro train` made in 16 bits, for `weights/`.
 *
 *   deno run --allow-read --allow-write tools/halve_drafter.ts --drafter DIR --out DIR
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { readText, refuseOption } from "./options.ts";
import { runTool } from "./run_tool.ts";
import { writeHalvedDrafter } from "./write_halved_drafter.ts";

await runTool(async () => {
  const args = parseArgs(Deno.args, {
    string: ["drafter", "out"],
    unknown: refuseOption,
  });
  await writeHalvedDrafter(
    readText("drafter", args.drafter),
    readText("out", args.out),
  );
});
