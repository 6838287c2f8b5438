import type { StopReason } from "../decode/mod.ts";

/** Why an answer ended, as the OpenAI API says it. */
export type FinishReason = "stop" | "length" | "tool_calls";

/** Says why an answer ended: by itself or a stop string, or since it was long enough. */
export function finishReason(stop: StopReason): FinishReason {
  return stop === "length" || stop === "context" ? "length" : "stop";
}
