import type { Choice } from "../reference/choose_experts.ts";
import type { Random } from "./_random.ts";

/** @returns Different experts of each row in ascending order, with random weights. */
export function randomChoices(
  random: Random,
  shape: {
    readonly T: number;
    readonly numExperts: number;
    readonly numChosen: number;
  },
): readonly (readonly Choice[])[] {
  return Array.from({ length: shape.T }, () => {
    const experts = Array.from({ length: shape.numExperts }, (_, e) => e);
    return Array.from({ length: shape.numChosen }, () => {
      const [expert = NaN] = experts.splice(random.below(experts.length), 1);
      return { expert, weight: Math.fround(random.next()) };
    }).sort((a, b) => a.expert - b.expert);
  });
}

/** @returns Words of a buffer of choices. */
export function choiceWords(
  choices: readonly (readonly Choice[])[],
): Uint32Array<ArrayBuffer> {
  const all = choices.flat();
  const words = new Uint32Array(2 * all.length);
  const floats = new Float32Array(words.buffer);
  all.forEach(({ expert, weight }, index) => {
    words[2 * index] = expert;
    floats[2 * index + 1] = weight;
  });
  return words;
}
