/**
 * The long form of `lossless_test.ts`: `deno task test:lossless [--prompts N] [--tokens N] [--only I,J] [--list]
 * [--json]`.
 *
 * Writes texts of 120 tokens behind 200 prompts with each of {@linkcode COMBINATIONS}, and compares every token's
 * id, its log probability and a 64-bit hash of all logits that it was chosen by with plain decoding's.
 * Exits with 1 if anything differs.
 *
 * @module
 */

import { COMBINATIONS, describeCombination } from "./_combinations.ts";
import { Comparison, type ComparisonResult } from "./_comparison.ts";
import { parseArgs } from "@std/cli/parse-args";

const args = parseArgs(Deno.args, {
  string: ["prompts", "tokens", "only"],
  boolean: ["list", "json"],
});
const numPrompts = checkInteger("--prompts", args.prompts ?? "200");
const maxTokens = checkInteger("--tokens", args.tokens ?? "120");
const only = args.only?.split(",").map(Number) ?? [...COMBINATIONS.keys()];

interface Result extends ComparisonResult {
  readonly index: number;
  readonly description: string;
  readonly seconds: number;
}

if (args.list) list();
else await run();

/** What is no number would compare nothing, and find no difference. */
function checkInteger(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new RangeError(
    `Cannot compare as ${name} must be an integer of at least 1: ${text}`,
  );
}

function list(): void {
  for (const [index, combination] of COMBINATIONS.entries()) {
    console.log(`${index}: ${describeCombination(combination)}`);
  }
}

async function run(): Promise<void> {
  const startedMs = performance.now();
  const results: Result[] = [];
  await using comparison = new Comparison({ numPrompts, maxTokens });
  for (const index of only) {
    const combination = COMBINATIONS[index];
    if (combination === undefined) {
      throw new RangeError(
        `Cannot compare as --only must name combinations below ${COMBINATIONS.length}: ${args.only}`,
      );
    }
    const combinationMs = performance.now();
    const description = describeCombination(combination);
    const result = await comparison.run(combination);
    const seconds = (performance.now() - combinationMs) / 1000;
    results.push({ index, description, seconds, ...result });
    if (args.json) continue;
    const { numTexts, numTokens, tokensPerRound, differences } = result;
    console.log(
      `${index}: ${description}: ${numTexts} texts, ${numTokens} tokens, ` +
        `${
          tokensPerRound.toFixed(3)
        } a round, ${differences.length} texts differ, ${seconds.toFixed(1)} s`,
    );
    for (const difference of differences) console.log(`  ${difference}`);
  }
  const total = (of: (result: ComparisonResult) => number): number =>
    results.reduce((sum, result) => sum + of(result), 0);
  const numDiffering = total(({ differences }) => differences.length);
  const seconds = (performance.now() - startedMs) / 1000;
  if (args.json) console.log(JSON.stringify(results));
  else {
    console.log(
      `${results.length} combinations, ${total((r) => r.numTexts)} texts, ${
        total((r) => r.numTokens)
      } tokens: ${numDiffering} texts differ, ${seconds.toFixed(0)} s`,
    );
  }
  if (numDiffering > 0) Deno.exitCode = 1;
}
