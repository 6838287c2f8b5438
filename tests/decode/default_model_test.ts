import { assert, assertEquals, assertMatch } from "@std/assert";
import { type ChatMessage, loadModel, type Model } from "../../mod.ts";
import { collect } from "./_collect.ts";
import { runCli } from "../cli/_run_cli.ts";

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
