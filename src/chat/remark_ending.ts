import type { GenerateStatistics, StopReason } from "../decode/mod.ts";
import type { ChatIo } from "./chat_io.ts";

const ENDINGS: Readonly<Partial<Record<StopReason, string>>> = {
  abort: "stopped",
  length: "ended as --max-tokens was reached",
  context: "ended as the context is full: /clear begins anew",
};

/**
 * Tells a person why an answer ended, unless it came to its own end.
 *
 * @param statistics What the answer took.
 * @param io Where to.
 */
export function remarkEnding(
  statistics: GenerateStatistics,
  io: Pick<ChatIo, "isInteractive" | "remark">,
): void {
  const { text, stop } = statistics;
  const ending = text === "" && stop === "abort"
    ? "stopped before the first word: nothing was kept"
    : ENDINGS[stop];
  if (io.isInteractive && ending !== undefined) io.remark("note", ending);
}
