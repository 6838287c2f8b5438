import type { ChatIo, RemarkKind } from "../chat/chat_io.ts";
import { describeError } from "./report_error.ts";
import { DraftedText } from "../chat/drafted_text.ts";
import { draftWriter, showsDrafts } from "./show_drafts.ts";
import { writeRemark } from "./output.ts";
import { ChatOptionSettings } from "./chat_option_settings.ts";
import { loadForCommand } from "./load_for_command.ts";
import type { Model } from "../decode/mod.ts";
import { onInterrupt } from "./on_interrupt.ts";
import type { OptionValues } from "./option_table.ts";
import { runChat } from "../chat/run_chat.ts";
import { TextLineStream } from "@std/streams";

/** How each kind of remark looks on a terminal: bold, dim, red. */
const STYLES: Readonly<Record<RemarkKind, string>> = {
  prompt: "\x1b[1m",
  note: "\x1b[2m",
  error: "\x1b[31m",
};

/**
 * Talks to a model on the terminal, or answers the lines of a pipe.
 *
 * @param values What the command line sets.
 * @returns The exit status.
 */
export async function runChatCommand(values: OptionValues): Promise<number> {
  const { model: loaded } = await loadForCommand(values);
  using model = loaded;
  const isShown = showsDrafts(model, values);
  const io = terminalIo(isShown);
  const isTemplated = model.chatTemplate !== null && !values.raw;
  if (!values.quiet) greet(io, { model, isTemplated });
  const { system } = values;
  return await runChat({
    model,
    isTemplated,
    messages: system === undefined ? [] : [{ role: "system", content: system }],
    settings: new ChatOptionSettings(values),
    ...isShown
      ? { followDrafts: (question) => new DraftedText(model, question) }
      : {},
    io,
    describeError,
  });
}

function greet(
  io: ChatIo,
  { model, isTemplated }: {
    readonly model: Model;
    readonly isTemplated: boolean;
  },
): void {
  const { deviceName, dtype, drafter, contextLength } = model;
  if (io.isInteractive) {
    const kind = drafter === null ? "no" : drafter;
    io.remark(
      "note",
      `${dtype} on ${deviceName}, ${kind} drafter, context of ${contextLength} tokens; /help lists commands`,
    );
  }
  if (!isTemplated && model.chatTemplate === null) {
    io.remark(
      "note",
      "the model has no chat template: each message is continued as plain text",
    );
  }
}

function terminalIo(isShowingDrafts: boolean): ChatIo {
  const hasColour = Deno.stderr.isTerminal() && !Deno.noColor;
  const lines = Deno.stdin.readable
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  return {
    lines: lines[Symbol.asyncIterator](),
    isInteractive: Deno.stdin.isTerminal() && Deno.stderr.isTerminal(),
    write: draftWriter(isShowingDrafts),
    remark: (kind, text) => {
      const marked = kind === "error" ? `jakiro: ${text}` : text;
      const styled = hasColour && marked !== ""
        ? `${STYLES[kind]}${marked}\x1b[0m`
        : marked;
      writeRemark(kind === "prompt" ? styled : `${styled}\n`);
    },
    onInterrupt,
    exit: (status) => Deno.exit(status),
  };
}
