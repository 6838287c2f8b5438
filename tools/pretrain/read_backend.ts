import { UsageError } from "../../src/cli/usage_error.ts";
import type { TrainBackend } from "../../src/train/mod.ts";

/** Where to compute; `auto` takes what makes a batch's step faster. */
export type BackendChoice = "auto" | TrainBackend;

const CHOICES: readonly BackendChoice[] = ["auto", "webgpu", "wasm"];

/**
 * Reads the option `--backend`.
 *
 * @param text What was given; undefined where nothing was.
 * @throws {UsageError} There is no such backend.
 */
export function readBackend(text: string | undefined): BackendChoice {
  const choice = CHOICES.find((name) => name === (text ?? "auto"));
  if (choice !== undefined) return choice;
  throw new UsageError(
    `Cannot start as --backend must be ${CHOICES.join(", ")}: found ${
      JSON.stringify(text)
    }`,
  );
}
