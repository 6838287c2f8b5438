import { assert, assertEquals, assertMatch } from "@std/assert";
import type { DraftTree } from "../../mod.ts";
import { runCli } from "./_run_cli.ts";
import { withChatModel } from "./_chat_model.ts";

const STORIES = new URL("../../weights/stories260k", import.meta.url).pathname;

Deno.test("tree draws what the drafter proposes and the model accepts", async () => {
  const { status, stdout, stderr } = await runCli(
    ["tree", "--model", STORIES, "-", "--temperature=0", "--tree=6"],
    { input: "Once upon a time\n" },
  );
  assertEquals(status, 0);
  const lines = stdout.split("\n");
  assertEquals(lines.length, 1 + 6 + 1 + 1);
  assertMatch(lines[1] ?? "", /^"," +root$/);
  assertMatch(lines[2] ?? "", /^ {2}" there" +-0\.\d{3} {2}mixture +accepted$/);
  assertMatch(lines.at(-2) ?? "", /^next root: "/);
  assertMatch(stderr, /^6 nodes of a jakiro drafter, [1-5] accepted\n$/);
});

Deno.test("tree prints one JSON object, of the shape that options give it", async () => {
  await withChatModel(async (model) => {
    const args = ["tree", "--model", model, "--json", "--quiet", "--seed=3"]
      .concat("--tree=9", "--tree-depth=2", "--tree-top-k=3", "Hi");
    const { status, stdout, stderr } = await runCli(args);
    assertEquals([status, stderr], [0, ""]);
    assertEquals(stdout.indexOf("\n"), stdout.length - 1);
    const tree: DraftTree = JSON.parse(stdout);
    assertEquals(Object.keys(tree), ["nodes", "next"]);
    assertEquals(tree.nodes.length, 9);
    for (const [index, node] of tree.nodes.entries()) {
      assert(node.depth <= 3);
      if (node.parent === null) assertEquals([index, node.branch], [0, null]);
      else {
        assert(node.parent < index);
        const isLast = node.depth === 3;
        assertEquals(node.branch, isLast ? "contrastive" : "mixture");
      }
    }
    const [templated, raw] = await Promise.all([
      runCli(args),
      runCli([...args, "--raw"]),
    ]);
    assertEquals(templated.stdout, stdout);
    assert(raw.stdout !== stdout);
  }, { hasDrafter: true });
});

Deno.test("tree draws a static tree, and refuses sizes for it", async () => {
  const drawn = await runCli(
    ["tree", "--model", STORIES, "--tree=static"].concat(
      "--temperature=0",
      "--json",
      "Once",
    ),
  );
  assertMatch(drawn.stderr, /^27 nodes of a jakiro drafter, \d accepted\n$/);
  const { nodes }: DraftTree = JSON.parse(drawn.stdout);
  const numNodes = [0, 1, 2, 3, 4, 5, 6].map((level) =>
    nodes.filter(({ depth }) => depth === level).length
  );
  assertEquals(numNodes, [1, 4, 8, 8, 3, 2, 1]);
  assertEquals(
    await runCli(["tree", "--tree=static", "--tree-depth=3", "Once"]),
    {
      status: 2,
      stdout: "",
      stderr:
        "jakiro: Cannot draft a static tree as its sizes are fixed: found --tree-depth\n",
    },
  );
});

Deno.test("tree says that it needs a drafter", async () => {
  const none = await runCli(["tree", "--draft=none", "Hi"]);
  assertEquals(none, {
    status: 2,
    stdout: "",
    stderr:
      'jakiro: Cannot draw a tree as --draft must be a folder: found "none"\n',
  });
  await withChatModel(async (model) => {
    assertEquals(await runCli(["tree", "--model", model, "Hi"]), {
      status: 1,
      stdout: "",
      stderr:
        'jakiro: Cannot draw a tree as the model must have a drafter: found no folder "drafter" in its own, and no --draft\n',
    });
  });
});

Deno.test("tree says that a text which ends has none", async () => {
  const end = await runCli([
    "tree",
    "--model",
    STORIES,
    "--logit-bias=2=1000",
    "Hi",
  ]);
  assertEquals(end, {
    status: 1,
    stdout: "",
    stderr:
      "jakiro: Cannot draft a tree as the text must go on behind its first token: it ends there, by an end-of-text id or the context\n",
  });
});
