import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { Chat } from "../../src/chat/chat.ts";
import { FakeIo, FakeModel } from "./_fake.ts";
import {
  runSlashCommand,
  type SlashContext,
} from "../../src/chat/slash_commands.ts";

const MESSAGES = [
  { role: "user", content: "1" },
  { role: "assistant", content: "A" },
];

function makeContext(
  { isInteractive = true } = {},
): SlashContext & {
  readonly model: FakeModel;
  readonly io: FakeIo;
  readonly calls: string[];
} {
  const model = new FakeModel();
  const io = new FakeIo([], { isInteractive });
  const calls: string[] = [];
  return {
    model,
    io,
    calls,
    chat: new Chat({ model, isTemplated: true, messages: MESSAGES, io }),
    settings: {
      options: {},
      set: (name, value) => {
        calls.push(`set ${name}=${value}`);
        return `${name} is ${value}`;
      },
      describe: () => ["a 1", "b 2"],
    },
    leave: () => calls.push("leave"),
  };
}

Deno.test("/help names every command", async () => {
  const context = makeContext();
  await runSlashCommand("/help", context);
  const [help = ""] = context.io.shown;
  for (
    const name of ["clear", "system TEXT", "set NAME VALUE", "save FILE"]
      .concat("load FILE", "regen", "stats", "exit")
  ) assertStringIncludes(help, `\n/${name} `);
});

Deno.test("/clear, /exit and /system act on the chat", async () => {
  const context = makeContext();
  const { chat, io, calls } = context;
  await runSlashCommand("/system", context);
  await runSlashCommand("/system Be  kind\nto all ", context);
  assertEquals(chat.system, "Be  kind\nto all");
  await runSlashCommand("/system", context);
  await runSlashCommand("/clear ", context);
  assertEquals(chat.messages, [{
    role: "system",
    content: "Be  kind\nto all",
  }]);
  await runSlashCommand('/system ""', context);
  assertEquals(chat.messages, []);
  assertEquals(io.shown, ["note:no system message", "note:Be  kind\nto all"]);
  await runSlashCommand("/exit", context);
  assertEquals(calls, ["leave"]);
});

Deno.test("/set shows all, or sets one to the rest of the line", async () => {
  const context = makeContext();
  await runSlashCommand("/set", context);
  await runSlashCommand("/set stop a  b", context);
  await runSlashCommand("/set seed", context);
  assertEquals(context.calls, ["set stop=a  b", "set seed="]);
  assertEquals(context.io.shown[0], "note:a 1\nb 2");
  assertEquals(context.io.shown[1], "note:stop is a  b");
});

Deno.test("/stats shows the last answer's figures", async () => {
  const context = makeContext();
  await runSlashCommand("/stats", context);
  context.model.answers = [["B"]];
  await context.chat.send("2", {});
  await runSlashCommand("/stats", context);
  const [none, , , stats = ""] = context.io.shown;
  assertEquals(none, "note:no answer yet");
  assertStringIncludes(stats, "3 tokens, 200.0 tokens/s");
  assertStringIncludes(stats, "2 rounds, 1.00 tokens each");
  assertStringIncludes(stats, "seed 41, ended by eos");
  assert(!stats.includes("drafted") && !stats.includes("timed rounds"));
});

Deno.test("/stats shows how far drafts were accepted", async () => {
  const context = makeContext();
  context.model.figures = { tokensPerRound: 2.5, acceptedPerDepth: [9, 4] };
  await context.chat.send("2", {});
  await runSlashCommand("/stats", context);
  const stats = context.io.shown.at(-1) ?? "";
  assertStringIncludes(stats, "2 rounds, 2.50 tokens each");
  assertStringIncludes(
    stats,
    "\nrounds that accepted 1, 2 or more drafted tokens: 9, 4\n",
  );
});

Deno.test("/stats shows what a round takes where the device has a clock", async () => {
  const context = makeContext();
  context.model.figures = {
    roundMs: { verify: 2.5, accept: 0.125, draft: 1 },
    idleShare: 0.084,
  };
  await context.chat.send("2", {});
  await runSlashCommand("/stats", context);
  assertStringIncludes(
    context.io.shown.at(-1) ?? "",
    "\ntimed rounds took 3.63 ms: 2.50 to verify, 0.13 to accept, 1.00 to draft; the device was idle 8 % of the time\n",
  );
});

Deno.test("/regen says when the answer is the same", async () => {
  const context = makeContext();
  context.model.answers = [["A"], ["B"]];
  await runSlashCommand("/regen", context);
  await runSlashCommand("/regen", context);
  assertEquals(context.io.shown, [
    "answer:A",
    "answer:\n",
    "note:the answer is the same: /set temperature 0.8 makes others possible",
    "answer:B",
    "answer:\n",
  ]);
});

Deno.test("/load leaves the conversation as it was when it fails", async () => {
  const context = makeContext();
  await assertRejects(
    () => runSlashCommand("/load /nonexistent.json", context),
    ReferenceError,
  );
  assertEquals(context.chat.messages, MESSAGES);
});

Deno.test("/save and /load take names with blanks, and need one", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const context = makeContext();
    await runSlashCommand(`/save ${directory}/a b.json `, context);
    context.chat.clear();
    await runSlashCommand(`/load ${directory}/a b.json`, context);
    assertEquals(context.chat.messages, MESSAGES);
    assertEquals(context.io.shown, [
      "note:saved 2 messages",
      "note:loaded 2 messages",
    ]);
    for (const name of ["/save", "/load"]) {
      await assertRejects(
        () => runSlashCommand(name, context),
        RangeError,
        `Cannot run ${name} as FILE must follow it`,
      );
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("runSlashCommand() refuses other names", async () => {
  const context = makeContext();
  for (const line of ["/", "/Help", "/helpme", "//", "/etc/passwd is a file"]) {
    await assertRejects(
      () => runSlashCommand(line, context),
      ReferenceError,
      `Cannot run ${line.split(" ")[0]} as it must be a command`,
    );
  }
  assertEquals(context.model.asked, []);
});
