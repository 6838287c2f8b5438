import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runCli } from "./_run_cli.ts";
import { withChatModel } from "./_chat_model.ts";

const STORIES = new URL("../../weights/stories260k", import.meta.url).pathname;

Deno.test("chat answers the lines of a pipe, and prints nothing else", async () => {
  await withChatModel(async (model) => {
    const { status, stdout, stderr } = await runCli(
      ["chat", "--model", model, "--max-tokens=3", "--ignore-eos"],
      { input: "Hi\n\nMore\\\nof it\n/stats" },
    );
    assertEquals(status, 0);
    const { length } = stdout.trimEnd().split("\n");
    assert(length >= 2, stdout);
    // Each turn's template begins with the whole conversation so far.
    assertStringIncludes(stderr, "of them cached");
    assert(!stdout.includes("> "));
  });
});

Deno.test("chat saves and loads where it was started, and keeps its head", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const input = [
      "Once upon a time",
      "/save talk.json",
      "/save /nonexistent/talk.json",
      "/clear",
      "/load nothing.json",
      "/load talk.json",
      "/regen",
      "/nope",
      "/save again.json",
    ].join("\n");
    const args = [
      "chat",
      "--model",
      STORIES,
      "--max-tokens=5",
      "--temperature=0",
    ];
    const { status, stdout, stderr } = await runCli(args, { input, directory });
    assertEquals(status, 1);
    assertEquals(stdout, ", there was a little\n, there was a little\n");
    assertEquals(stderr.split("\n"), [
      "the model has no chat template: each message is continued as plain text",
      "saved 2 messages",
      'jakiro: Cannot save "/nonexistent/talk.json" as the program must be allowed to write there: found no permission (the launcher gives it for the folder that chat is started in)',
      'jakiro: Cannot open "nothing.json" as it must exist: found nothing there',
      "loaded 2 messages",
      'jakiro: Cannot run /nope as it must be a command: see /help (nothing was sent; a message that begins with "/" goes between """)',
      "saved 2 messages",
      "",
    ]);
    assertEquals(
      JSON.parse(await Deno.readTextFile(`${directory}/talk.json`)),
      {
        messages: [
          { role: "user", content: "Once upon a time" },
          { role: "assistant", content: ", there was a little" },
        ],
      },
    );
    const names = (await Array.fromAsync(Deno.readDir(directory)))
      .map(({ name }) => name).sort();
    assertEquals(names, ["again.json", "talk.json"]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("chat ends an answer on Ctrl-C, and goes on", async () => {
  await withChatModel(async (model) => {
    const input = "Hi\n/stats\n/set max-tokens 3\nHi\n/stats\n";
    const { status, stderr } = await runCli(
      ["chat", "--model", model, "--context=32000", "--ignore-eos"],
      { input, interruptAfter: 30 },
    );
    assertEquals(status, 0);
    const endings = [...stderr.matchAll(/ended by (\w+)/g)].map(([, by]) => by);
    assertEquals(endings, ["abort", "length"]);
  });
});

Deno.test("chat says that a conversation is too long, and keeps it", async () => {
  const input = "Once upon a time\n" + "and then ".repeat(20) +
    "\n/stats\n/regen\n";
  const { status, stdout, stderr } = await runCli(
    ["chat", "--model", STORIES, "--context=24", "--max-tokens=5"].concat(
      "--temperature=0",
    ),
    { input },
  );
  assertEquals(status, 1);
  assertEquals(stdout, ", there was a little\n, there was a little\n");
  assertStringIncludes(stderr, "must be shorter than the context of 24 tokens");
  assertStringIncludes(stderr, "(the message was not kept)\n5 tokens");
});
