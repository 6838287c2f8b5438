import { type CostKey, openCostFile } from "./cost_file.ts";
import type { Learnt } from "./learnt.ts";

/** A file that keeps what a policy has learnt. */
export interface PolicyFile {
  /** Reads what is kept, or null where nothing is, or not of as many gears. */
  read(numGears: number): Promise<Learnt | null>;
  /** Keeps what was learnt. */
  write(learnt: Learnt): void;
}

/**
 * Finds the file that keeps what rounds take on a device with a model, and accept.
 *
 * @param key What it follows from.
 * @returns The file.
 */
export async function openPolicyFile(key: CostKey): Promise<PolicyFile> {
  const file = await openCostFile(key);
  return {
    async read(numGears) {
      const learnt = await file.read();
      return isLearnt(learnt, numGears) ? learnt : null;
    },
    write: (learnt) => file.write(learnt),
  };
}

function isLearnt(value: unknown, numGears: number): value is Learnt {
  if (!isRecord(value)) return false;
  const { costs, sums, isPlain, numPlainTokens, retryAfter } = value;
  return isList(costs, numGears) &&
    costs.every((cost) => isNumber(cost) && cost > 0) &&
    isList(sums, numGears) &&
    sums.every((sum) =>
      isRecord(sum) && isNumber(sum.weight) && isNumber(sum.tokens)
    ) &&
    typeof isPlain === "boolean" && isNumber(numPlainTokens) &&
    isNumber(retryAfter);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isList(value: unknown, length: number): value is unknown[] {
  return Array.isArray(value) && value.length === length;
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value) && Number(value) >= 0;
}
