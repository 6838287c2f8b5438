import { createHash } from "node:crypto";
import type { ServedModel } from "./served_model.ts";

/**
 * Names what, besides a request, an answer follows from: the same seed gives the same text while it stays the same. A drafter
 * is no part of it, as none changes a text.
 *
 * @param model The model.
 * @returns The name, as `system_fingerprint`.
 */
export function modelFingerprint(model: ServedModel): string {
  const { id, dtype, deviceName, contextLength, config } = model;
  const facts = JSON.stringify([id, dtype, deviceName, contextLength, config]);
  const hash = createHash("sha256").update(facts).digest("hex");
  return `fp_${hash.slice(0, 12)}`;
}
