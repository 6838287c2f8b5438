import { Chat, type ChatArgs } from "./chat.ts";
import type { ChatIo } from "./chat_io.ts";
import type { ChatSettings } from "./chat_settings.ts";
import { Interrupts } from "./interrupts.ts";
import { remarkEnding } from "./remark_ending.ts";
import { runSlashCommand, type SlashContext } from "./slash_commands.ts";
import { type Turn, TurnReader } from "./turn_reader.ts";

/** What {@linkcode runChat} needs. */
export interface RunChatArgs extends Omit<ChatArgs, "io"> {
  /** Options of the answers. */
  readonly settings: ChatSettings;
  /** Where lines come from, and answers go to. */
  readonly io: ChatIo;
  /** Puts an error into one line. */
  readonly describeError: (error: unknown) => string;
}

/**
 * Answers lines until they end or the user leaves. An error ends an answer, never the chat.
 *
 * @param args Model, options, lines.
 * @returns The exit status: 1 where lines were piped in and one of them failed, else 0.
 * @throws {Deno.errors.BrokenPipe} If the reader of the answers has gone.
 */
export async function runChat(args: RunChatArgs): Promise<number> {
  const { io, settings } = args;
  const chat = new Chat(args);
  const turns = new TurnReader(io);
  const interrupts = new Interrupts({ chat, turns, io });
  using _ = io.onInterrupt(() => interrupts.handle());
  let numFailed = 0;
  let isLeaving = false;
  const leave = (): void => {
    isLeaving = true;
  };
  while (!isLeaving) {
    let turn: Turn | null = null;
    try {
      turn = await turns.read();
      interrupts.disarm();
      if (turn === null) break;
      await runTurn(turn, { chat, settings, io, leave });
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) throw error;
      numFailed++;
      const loss = turn?.isCommand === false
        ? " (the message was not kept)"
        : "";
      io.remark("error", `${args.describeError(error)}${loss}`);
    }
  }
  // The shell's prompt belongs on a line of its own.
  if (io.isInteractive && !isLeaving) io.remark("note", "");
  return numFailed > 0 && !io.isInteractive ? 1 : 0;
}

async function runTurn(turn: Turn, context: SlashContext): Promise<void> {
  if (turn.isCommand) return await runSlashCommand(turn.text, context);
  const { chat, settings, io } = context;
  remarkEnding(await chat.send(turn.text, settings.options), io);
}
