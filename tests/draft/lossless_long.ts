/**
 * The long form of `lossless_test.ts`: `deno task test:lossless [--prompts N]`.
 *
 * @module
 */

import { assertLossless, SAMPLINGS } from "./_lossless.ts";
import { parseArgs } from "@std/cli/parse-args";

const args = parseArgs(Deno.args, { string: ["prompts"] });
const numPrompts = Number(args.prompts ?? 200);

const SHAPES = [
  { numNodes: 60, depth: 5, topK: 8 },
  { numNodes: 8, depth: 3, topK: 2 },
  { numNodes: 33, depth: 6, topK: 10 },
];

for (const dtype of ["f32", "f16"] as const) {
  for (const tree of SHAPES) {
    for (const sampling of SAMPLINGS) {
      const result = await assertLossless({ dtype, tree }, {
        numPrompts,
        maxTokens: 120,
        samplings: [sampling],
      });
      console.log(
        dtype,
        JSON.stringify(tree),
        JSON.stringify(sampling),
        `${result.numTexts} texts, ${result.numTokens} tokens equal,`,
        `${result.tokensPerRound.toFixed(3)} tokens per round`,
      );
    }
  }
}
