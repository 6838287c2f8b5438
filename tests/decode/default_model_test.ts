import { assert, assertEquals, assertMatch } from "@std/assert";
import { type ChatMessage, loadModel, type Model } from "../../mod.ts";
import { collect } from "./_collect.ts";
import { runCli } from "../cli/_run_cli.ts";
import { withServer } from "../checkpoint/with_server.ts";

/** What is asked, and what an answer speaks of. */
const REQUESTS: readonly (readonly [string, RegExp])[] = [
  ["Hello!", /help|do for you/i],
  [
    "I'm looking for a restaurant in San Francisco.",
    /food|restaurant|cuisine/i,
  ],
  ["I need a flight from New York to Los Angeles.", /flight|when|date|return/i],
  ["Tell me a story about a dog.", /\bdog\b/],
];

function answer(model: Model, messages: readonly ChatMessage[]) {
  return collect(model.chat(messages, { temperature: 0 }));
}

Deno.test("loadModel() without a model loads one that answers to the point, and ends its turns", async () => {
  using model = await loadModel();
  assert(model.chatTemplate !== null);
  for (const [content, topic] of REQUESTS) {
    const { statistics } = await answer(model, [{ role: "user", content }]);
    assertEquals([statistics.stop, content], ["eos", content]);
    assertMatch(statistics.text, topic);
    // No marker of a turn is left in the text.
    assert(!statistics.text.includes("<|"), statistics.text);
  }
});

Deno.test("generate answers without --model, in any directory, and as the module does", async () => {
  const [content] = REQUESTS[1] ?? [""];
  using model = await loadModel();
  const messages = [{ role: "user", content }] as const;
  const { statistics } = await collect(model.chat(messages, { seed: 1 }));
  const directory = await Deno.makeTempDir();
  try {
    assertEquals(
      await runCli(["generate", "--quiet", "--seed=1", content], { directory }),
      { status: 0, stdout: `${statistics.text}\n`, stderr: "" },
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("loadModel() reads the same model, with its drafter, from a server", async () => {
  const folder = new URL("../../weights/stories260k/", import.meta.url);
  const server = "https://host/weights/";
  const answerFile: typeof fetch = async (input) => {
    const path = String(input).replace(server, "");
    try {
      return new Response(await Deno.readFile(new URL(path, folder)));
    } catch {
      return new Response("", { status: 404 });
    }
  };
  await withServer(answerFile, async () => {
    using model = await loadModel(new URL(server));
    using local = await loadModel(folder);
    assertEquals([model.drafter, local.drafter], ["jakiro", "jakiro"]);
    const options = { maxTokens: 20, seed: 1 };
    const texts = [model, local].map((each) =>
      collect(each.generate("Once upon a time", options))
    );
    const [actual, expected] = await Promise.all(texts);
    assertEquals(actual?.statistics.tokens, expected?.statistics.tokens);
  });
});

Deno.test("chat answers without --model, turn by turn", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const { status, stdout, stderr } = await runCli(
      ["chat", "--temperature=0"],
      { input: "Hello!\nI want to see a film tonight.\n", directory },
    );
    assertEquals([status, stderr], [0, ""]);
    assertEquals(stdout.trimEnd().split("\n").length, 2);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
