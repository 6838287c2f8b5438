import type { BenchWay } from "../bench/mod.ts";
import { loadOptions, type OptionValues } from "./option_table.ts";

/**
 * Lists the ways that a command line compares with plain decoding: each drafter with each tree.
 *
 * @param values What it sets.
 * @returns The ways.
 * @throws {UsageError} If a static tree is given sizes.
 */
export function benchWays(values: OptionValues): readonly BenchWay[] {
  const drafts = asked(values.benchDrafts).filter((draft) => draft !== "none");
  return drafts.flatMap((draft) =>
    asked(values.benchTrees).map((tree): BenchWay => {
      const { tree: shape = "auto", ...options } = loadOptions({
        ...values,
        ...draft === undefined ? {} : { draft },
        ...tree === undefined ? {} : { tree },
      });
      const { draftVocab } = options;
      const trees = typeof shape === "string"
        ? shape
        : shape.shape ?? describeSizes(shape);
      return {
        ...options.draft === undefined ? {} : { draft: options.draft },
        ...draftVocab === undefined ? {} : { draftVocab },
        tree: shape,
        name: ({ drafter }) =>
          `${drafts.length > 1 ? draft : drafter}, ${trees}${
            draftVocab === undefined ? "" : `, first ${draftVocab} tokens`
          }`,
      };
    })
  );
}

/** What was asked for, each once; nothing stands for the default. */
function asked<T>(
  values: readonly T[] | undefined,
): readonly (T | undefined)[] {
  return values === undefined ? [undefined] : [...new Set(values)];
}

/** Those that are set: `tree 8, depth 3`. */
function describeSizes(
  sizes: {
    readonly numNodes?: number;
    readonly depth?: number;
    readonly topK?: number;
  },
): string {
  const { numNodes, depth, topK } = sizes;
  return [
    numNodes === undefined ? "tree" : `tree ${numNodes}`,
    ...depth === undefined ? [] : [`depth ${depth}`],
    ...topK === undefined ? [] : [`top ${topK}`],
  ].join(", ");
}
