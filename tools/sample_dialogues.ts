/**
 * Writes twenty dialogues with a model as Markdown, as they come: requests, seed and settings are fixed.
 *
 *   deno run --allow-read tools/sample_dialogues.ts [MODEL] > dialogues.md
 *
 * @module
 */

import { loadModel } from "../mod.ts";
import { describeDialogues } from "./samples/describe_dialogues.ts";
import { REQUESTS } from "./samples/requests.ts";

using model = await loadModel(Deno.args[0]);
const text = await describeDialogues(REQUESTS, { model, seed: 1 });
await Deno.stdout.write(new TextEncoder().encode(text));
