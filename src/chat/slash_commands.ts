import { loadChat, saveChat } from "./chat_file.ts";
import type { Chat } from "./chat.ts";
import type { ChatIo } from "./chat_io.ts";
import type { ChatSettings } from "./chat_settings.ts";
import type { GenerateStatistics } from "../decode/mod.ts";
import { remarkEnding } from "./remark_ending.ts";

/** What commands act on. */
export interface SlashContext {
  /** The conversation. */
  readonly chat: Chat;
  /** Options of the answers. */
  readonly settings: ChatSettings;
  /** Where remarks go. */
  readonly io: Pick<ChatIo, "isInteractive" | "remark">;
  /** Ends the chat. */
  readonly leave: () => void;
}

interface SlashCommand {
  readonly name: string;
  readonly operand: string;
  readonly help: string;
  readonly run: (
    context: SlashContext,
    operand: string,
  ) => Promise<void> | void;
}

const COMMANDS: readonly SlashCommand[] = [
  {
    name: "/help",
    operand: "",
    help: "lists the commands",
    run: ({ io }) => io.remark("note", helpText()),
  },
  {
    name: "/clear",
    operand: "",
    help: "forgets what was said, but for the system message",
    run: ({ chat }) => chat.clear(),
  },
  {
    name: "/system",
    operand: "TEXT",
    help: 'sets the system message, "" removes it; without TEXT, shows it',
    run: ({ chat, io }, text) => {
      if (text === "") io.remark("note", chat.system ?? "no system message");
      else chat.system = text === '""' ? null : text;
    },
  },
  {
    name: "/set",
    operand: "NAME VALUE",
    help: "sets an option, default takes it back; without NAME, shows all",
    run: ({ settings, io }, operand) => {
      if (operand === "") {
        return io.remark("note", settings.describe().join("\n"));
      }
      const [, name = "", value = ""] = /^(\S+)\s*(.*)$/s.exec(operand) ?? [];
      io.remark("note", settings.set(name, value));
    },
  },
  {
    name: "/save",
    operand: "FILE",
    help: "saves the conversation as JSON",
    run: async ({ chat, io }, path) => {
      await saveChat(requireFile("/save", path), chat.messages);
      io.remark("note", `saved ${count(chat.messages.length)}`);
    },
  },
  {
    name: "/load",
    operand: "FILE",
    help: "goes on with a conversation that was saved",
    run: async ({ chat, io }, path) => {
      chat.messages = await loadChat(requireFile("/load", path));
      io.remark("note", `loaded ${count(chat.messages.length)}`);
    },
  },
  {
    name: "/regen",
    operand: "",
    help: "answers the last message again, with another seed",
    run: async ({ chat, settings, io }) => {
      const { isSame, statistics } = await chat.regenerate(settings.options);
      remarkEnding(statistics, io);
      if (!isSame || !io.isInteractive) return;
      io.remark(
        "note",
        "the answer is the same: /set temperature 0.8 makes others possible",
      );
    },
  },
  {
    name: "/stats",
    operand: "",
    help: "shows what the last answer took",
    run: ({ chat, io }) =>
      io.remark(
        "note",
        chat.statistics === null
          ? "no answer yet"
          : describeStatistics(chat.statistics),
      ),
  },
  {
    name: "/exit",
    operand: "",
    help: "leaves",
    run: ({ leave }) => leave(),
  },
];

/**
 * Runs a command line that begins with a slash.
 *
 * @param line The line.
 * @param context What it acts on.
 * @throws {ReferenceError} If there is no such command; else what the command throws.
 */
export async function runSlashCommand(
  line: string,
  context: SlashContext,
): Promise<void> {
  const [, name = "", operand = ""] = /^(\S+)\s*(.*)$/s.exec(line) ?? [];
  const command = COMMANDS.find((command) => command.name === name);
  if (command === undefined) {
    throw new ReferenceError(
      `Cannot run ${name} as it must be a command: see /help (nothing was sent; a message that begins with "/" goes between """)`,
    );
  }
  if (command.operand === "" && operand !== "") {
    throw new RangeError(
      `Cannot run ${name} as nothing must follow it: found ${
        JSON.stringify(operand)
      }`,
    );
  }
  await command.run(context, operand.trimEnd());
}

function helpText(): string {
  const rows = COMMANDS.map(({ name, operand, help }) =>
    `${`${name} ${operand}`.padEnd(16)} ${help}`
  );
  return [
    ...rows,
    'A line that ends in "\\" goes on in the next; """ begins and ends several lines.',
    "Ctrl-C ends an answer.",
  ].join("\n");
}

function requireFile(name: string, path: string): string {
  if (path !== "") return path;
  throw new RangeError(`Cannot run ${name} as FILE must follow it: found none`);
}

function count(numMessages: number): string {
  return `${numMessages} ${numMessages === 1 ? "message" : "messages"}`;
}

function describeTimes(
  { roundMs, idleShare }: GenerateStatistics,
): readonly string[] {
  if (roundMs === null) return [];
  const { verify, accept, draft } = roundMs;
  const idle = idleShare === null
    ? ""
    : `; the device was idle ${(idleShare * 100).toFixed(0)} % of the time`;
  const total = verify + accept + draft;
  return [
    `timed rounds took ${total.toFixed(2)} ms: ${
      verify.toFixed(2)
    } to verify, ${accept.toFixed(2)} to accept, ${
      draft.toFixed(2)
    } to draft${idle}`,
  ];
}

function describeStatistics(statistics: GenerateStatistics): string {
  const { promptTokens, cachedTokens, generatedTokens } = statistics;
  const { acceptedPerDepth } = statistics;
  const depths = acceptedPerDepth.map((_, index) => index + 1);
  return [
    `${generatedTokens} tokens, ${
      statistics.tokensPerSecond.toFixed(1)
    } tokens/s`,
    `prompt of ${promptTokens} tokens, ${cachedTokens} of them cached, ${
      statistics.prefillMs.toFixed(0)
    } ms`,
    `${statistics.rounds} rounds, ${
      statistics.tokensPerRound.toFixed(2)
    } tokens each`,
    ...depths.length === 0 ? [] : [
      `rounds that accepted ${depths.join(", ")} or more drafted tokens: ${
        acceptedPerDepth.join(", ")
      }`,
    ],
    ...describeTimes(statistics),
    `seed ${statistics.seed}, ended by ${statistics.stop}`,
  ].join("\n");
}
