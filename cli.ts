/**
 * The command line: `generate`, `chat`, `tree`, `train`, `serve`, `inspect` and `doctor`.
 *
 * @module
 */

import { main } from "./src/cli/main.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));
