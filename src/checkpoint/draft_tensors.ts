import type { ModelConfig } from "./config.ts";
import { ConfigFields } from "./config_fields.ts";
import type { DraftCheckpoint } from "./draft_checkpoint.ts";
import { type Eagle3Tensors, resolveEagle3Tensors } from "./eagle3_tensors.ts";
import { type EagleTensors, resolveEagleTensors } from "./eagle_tensors.ts";
import {
  type JakiroStarTensors,
  resolveJakiroStarTensors,
} from "./jakiro_star_tensors.ts";
import { type JakiroTensors, resolveJakiroTensors } from "./jakiro_tensors.ts";
import { quote } from "./quote.ts";

/** All tensors of a drafter, by its kind. */
export type DraftTensors =
  | JakiroTensors
  | JakiroStarTensors
  | EagleTensors
  | Eagle3Tensors;

/** What a drafter must fit. */
export type DraftTarget = Pick<
  ModelConfig,
  "hiddenSize" | "vocabSize" | "numHiddenLayers"
>;

/** Names that tell a kind of drafter from those after it. */
const KINDS: readonly (readonly [DraftTensors["kind"], RegExp])[] = [
  ["jakiro_star", /^layers\.0\.mlp_moe\.experts\.[0-9]+\.(?:fc|proj)\./],
  ["jakiro", /^layers\.0\.mlp_moe\./],
  ["eagle3", /^(?:midlayer\.|d2t$|t2d$|layers\.0\.hidden_norm\.)/],
  ["eagle", /^layers\.0\.mlp\./],
];

/**
 * Tells by its tensors what kind of drafter a checkpoint holds, finds them all, and checks that
 * there are no others and that they fit the target. Left alone are a copy of the target's embedding
 * and rotary frequencies.
 *
 * @param checkpoint The drafter.
 * @param target The configuration of the model it drafts for.
 * @throws {ReferenceError} A tensor is missing, or none is a drafter's.
 * @throws {TypeError} A tensor's elements are not of the right type.
 * @throws {RangeError} A tensor has another shape or does not belong, or the drafter is for another
 *     target.
 */
export async function resolveDraftTensors(
  checkpoint: DraftCheckpoint,
  target: DraftTarget,
): Promise<DraftTensors> {
  const kind = findKind(checkpoint);
  checkTarget(checkpoint, { kind, target });
  switch (kind) {
    case "jakiro":
      return resolveJakiroTensors(checkpoint);
    case "jakiro_star":
      return resolveJakiroStarTensors(checkpoint);
    case "eagle":
      return resolveEagleTensors(checkpoint);
    case "eagle3":
      return await resolveEagle3Tensors(checkpoint, target);
  }
}

function findKind(checkpoint: DraftCheckpoint): DraftTensors["kind"] {
  const names = [...checkpoint.tensors.keys()];
  for (const [kind, pattern] of KINDS) {
    if (names.some((name) => pattern.test(name))) return kind;
  }
  throw new ReferenceError(
    `Cannot load ${
      quote(checkpoint.weightsFile)
    } as it must hold a Jakiro, Jakiro*, EAGLE or EAGLE-3 drafter: found ` +
      (names[0] === undefined
        ? "no tensors"
        : `${quote(names[0])} and no layers.0.mlp or midlayer`),
  );
}

function checkTarget(
  { config, configJson, directory }: DraftCheckpoint,
  { kind, target }: {
    readonly kind: DraftTensors["kind"];
    readonly target: DraftTarget;
  },
): void {
  const file = `${directory}/config.json`;
  const fields = new ConfigFields(configJson, { file });
  if (config.vocabSize !== target.vocabSize) {
    fields.failRange("vocab_size", `the target's, ${target.vocabSize}`);
  }
  const { hiddenSize } = target;
  if (kind !== "eagle3" && config.hiddenSize !== hiddenSize) {
    fields.failRange("hidden_size", `the target's, ${hiddenSize}`);
  }
  if (config.targetHiddenSize !== hiddenSize) {
    const hasOwn = configJson.get("target_hidden_size") !== undefined;
    const key = hasOwn ? "target_hidden_size" : "hidden_size";
    fields.failRange(key, `the target's, ${hiddenSize}`);
  }
}
