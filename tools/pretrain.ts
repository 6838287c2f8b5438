/**
 * Trains the model that comes along on what `prepare.ts` wrote.
 *
 *   deno run --allow-read --allow-write --allow-env --allow-sys tools/pretrain.ts \
 *     --prepared prepared --out weights/chat --minutes 10
 *
 * `--steps N` makes so many steps, `--minutes X` as many as fit. Writes the model into `--out`, with
 * `curves.json` and `curves.svg`. `--state FILE` stores now and then what `--resume` goes on from.
 * `--rows N`, `--learning-rate X` and `--seed N` change the training, `--backend webgpu|wasm` the device.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { DEFAULT_MODEL } from "./default_model.ts";
import { readInteger, readNumber, readText, refuseOption } from "./options.ts";
import { pretrain } from "./pretrain/pretrain.ts";
import { readBackend } from "./pretrain/read_backend.ts";
import { runTool } from "./run_tool.ts";

await runTool(async () => {
  const args = parseArgs(Deno.args, {
    string: [
      "prepared",
      "out",
      "state",
      "steps",
      "minutes",
      "rows",
      "learning-rate",
      "seed",
      "backend",
    ],
    boolean: ["resume", "debug"],
    unknown: refuseOption,
  });
  const { rowsPerStep, optimizer } = DEFAULT_MODEL;
  await pretrain({
    prepared: readText("prepared", args.prepared),
    out: readText("out", args.out),
    state: args.resume ? readText("state", args.state) : args.state ?? null,
    isResumed: args.resume,
    minutes: readNumber("minutes", args.minutes),
    model: {
      ...DEFAULT_MODEL,
      rowsPerStep: readInteger("rows", args.rows) ?? rowsPerStep,
      optimizer: {
        ...optimizer,
        totalSteps: readInteger("steps", args.steps) ?? optimizer.totalSteps,
        learningRate: readNumber("learning-rate", args["learning-rate"]) ??
          optimizer.learningRate,
      },
    },
    seed: readInteger("seed", args.seed) ?? 1,
    backend: readBackend(args.backend),
    report: console.log,
  });
});
