/**
 * The command line: `generate`, `chat`, `tree`, `train`, `serve`, `bench`, `inspect`, `pull`, `list`, `rm` and `doctor`.
 *
 * @module
 */

import { main } from "./src/cli/main.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));
