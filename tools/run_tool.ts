import { reportError } from "../src/cli/report_error.ts";

/**
 * Runs a tool and ends the process: an error is one line on standard error.
 *
 * @param tool What to do.
 */
export async function runTool(tool: () => Promise<void>): Promise<never> {
  try {
    await tool();
    Deno.exit(0);
  } catch (error) {
    Deno.exit(reportError(error, Deno.args.includes("--debug")));
  }
}
