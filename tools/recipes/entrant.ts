import {
  JAKIRO_RECIPE,
  type TrainedKind,
  type TrainRecipe,
} from "../../src/train/mod.ts";

/** A way to train a drafter. */
export interface Entrant {
  /** Its name, also of its folder. */
  readonly name: string;
  /** What kind of drafter. */
  readonly kind: TrainedKind;
  /** Experts; undefined for as many as the kind has. */
  readonly numExperts: number | undefined;
  /** What differs from the default recipe. */
  readonly recipe: Partial<TrainRecipe>;
}

const KINDS: readonly TrainedKind[] = ["jakiro", "jakiro_star", "eagle"];

/**
 * Reads ways to train from JSON: an object of objects by name, each with what differs from the default
 * recipe, and `kind` and `numExperts` where they do.
 *
 * @param text The JSON.
 * @param totalSteps Steps that all of them make.
 * @returns The ways.
 * @throws {SyntaxError} If it is no JSON.
 * @throws {TypeError} If it is no such object.
 */
export function readEntrants(text: string, totalSteps: number): Entrant[] {
  const json: unknown = JSON.parse(text);
  return Object.entries(asObject(json, "the recipes")).map(([name, value]) => {
    const { kind = "jakiro", numExperts, ...changes } = asObject(value, name);
    const known = KINDS.find((one) => one === kind);
    if (known === undefined) {
      refuse(name, `kind must be one of ${KINDS.join(", ")}`, kind);
    }
    const isCount = numExperts === undefined || typeof numExperts === "number";
    if (!isCount) refuse(name, "numExperts must be a number", numExperts);
    const recipe: Partial<TrainRecipe> = { totalSteps };
    for (const [key, change] of Object.entries(changes)) {
      if (!isRecipeKey(key)) {
        return refuse(name, "its keys must be a recipe's", key);
      }
      const [found, wanted] = [typeof change, typeof JAKIRO_RECIPE[key]];
      if (found !== wanted) refuse(name, `${key} must be a ${wanted}`, change);
      Object.assign(recipe, { [key]: change });
    }
    return { name, kind: known, numExperts, recipe };
  });
}

function isRecipeKey(key: string): key is keyof TrainRecipe {
  return key in JAKIRO_RECIPE;
}

function asObject(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refuse(name, "it must be an object", value);
  }
  return { ...value };
}

function refuse(name: string, rule: string, found: unknown): never {
  throw new TypeError(
    `Cannot train ${JSON.stringify(name)} as ${rule}: found ${
      JSON.stringify(found)
    }`,
  );
}
