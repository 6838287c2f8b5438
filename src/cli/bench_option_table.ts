import { each, number, text, texts } from "./option_kinds.ts";
import { option } from "./option_spec.ts";
import { TREE_KIND } from "./tree_kind.ts";

/** Options of `bench` alone, some of which others have for one value. */
export const BENCH_OPTIONS = {
  benchPrompts: option(
    text("FILE"),
    "prompts: a line each, or a .jsonl of objects with messages, prompt or turns, of which the first is taken, and a category to sum up by; default: a few that come along",
    { flag: "prompts" },
  ),
  benchDrafts: option(
    texts("DIR|none"),
    "a drafter to compare, as generate takes it; repeatable; default: drafter in the model's folder; none measures plain decoding alone",
    { flag: "draft" },
  ),
  benchTrees: option(
    each(TREE_KIND),
    "trees to compare, as generate takes them; repeatable; default: auto",
    { flag: "tree" },
  ),
  benchTokens: option(
    number("N", { min: 2, max: 2 ** 27, isInteger: true }),
    "most tokens of a text; default: 128",
    { flag: "maxTokens" },
  ),
  benchTemperature: option(
    number("X", { min: 0, max: 100 }),
    "divides the logits; default: 0, the likeliest token",
    { flag: "temperature" },
  ),
  benchSeed: option(
    number("N", { min: 0, max: 2 ** 32 - 1, isInteger: true }),
    "seed of each prompt's first turn; the next has the next; default: 0",
    { flag: "seed" },
  ),
  repeat: option(
    number("N", { min: 1, max: 1000, isInteger: true }),
    "turns of each prompt; default: 3",
  ),
  tuneMs: option(
    number("N", { min: 0, max: 6e5 }),
    "milliseconds in which a first run finds out how products are cut fastest on this device, as later ones then know; default: 2000, 0 on a software adapter",
  ),
  report: option(
    text("FILE"),
    "writes a report with plots: one .html or .svg that needs no other file",
  ),
} as const;
