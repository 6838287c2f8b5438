import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ggufBytes, type GgufContent } from "../checkpoint/_gguf_writer.ts";
import { ggufOfDirectory } from "../checkpoint/_gguf_model.ts";
import { readSafetensorsFile } from "../../src/checkpoint/mod.ts";
import { runCli } from "./_run_cli.ts";

const STORIES = new URL("../../weights/stories260k", import.meta.url).pathname;
const TEMPLATE = "{{ bos_token }}{% for m in messages %}" +
  "{{ m.content }}{% endfor %}";

/** Runs a test in a folder with `model.gguf`, stories260k unless told otherwise. */
async function withFile(
  test: (file: string, directory: string) => Promise<void>,
  change: (content: GgufContent) => GgufContent = (content) => content,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    const file = `${directory}/model.gguf`;
    const content = change(await ggufOfDirectory(STORIES));
    await Deno.writeFile(file, ggufBytes(content));
    await test(file, directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function withTemplate(content: GgufContent): GgufContent {
  const metadata = {
    ...content.metadata,
    "tokenizer.chat_template": ["text", TEMPLATE],
  } as const;
  return { ...content, metadata };
}

Deno.test("chat talks to a model in a GGUF file as to its folder, by the template in the file", async () => {
  const chat = (model: string) =>
    runCli(
      ["chat", "--model", model, "--draft=none", "--max-tokens=5"]
        .concat("--temperature=0"),
      { input: "Once upon a time\nLily" },
    );
  await withFile(async (file) => {
    const [actual, expected] = [await chat(file), await chat(STORIES)];
    assertEquals(actual, expected);
    assertEquals(actual.status, 0, actual.stderr);
    assertStringIncludes(actual.stderr, "the model has no chat template");
  });
  await withFile(async (file) => {
    const { status, stdout, stderr } = await chat(file);
    assertEquals([status, stderr], [0, ""]);
    assert(stdout.startsWith(", there was a little\n"), stdout);
  }, withTemplate);
});

Deno.test("train makes the drafter for a GGUF file that it makes for the folder, and generate uses it", async () => {
  await withFile(async (file, directory) => {
    const train = async (model: string, out: string): Promise<unknown> => {
      const result = await runCli(
        ["train", "--model", model, `--out=${out}`, "--tokens=300"].concat(
          ["--batch=2", "--length=16", "--steps=2", "--evaluate-every=2"],
          ["--seed=9", "--backend=wasm", "--quiet"],
        ),
        { directory, timeoutMs: 300_000 },
      );
      assertEquals([result.status, result.stderr], [0, ""]);
      const { tensors } = await readSafetensorsFile(
        `${directory}/${out}/model.safetensors`,
      );
      assert(tensors.size > 5);
      return tensors.values().map(({ name, bytes }) => [name, bytes.toHex()])
        .toArray();
    };
    assertEquals(await train(file, "ours"), await train(STORIES, "theirs"));
    const generate = async (draft: string) => {
      const { status, stdout, stderr } = await runCli([
        ...["generate", "--model", file, "--draft", draft, "--tree=8"],
        ...["--seed=4", "--max-tokens=20", "--json", "--quiet", "One day"],
      ], { directory });
      assertEquals([status, stderr], [0, ""]);
      return JSON.parse(stdout);
    };
    const [drafted, plain] = [await generate("ours"), await generate("none")];
    assertEquals([drafted.drafter, plain.drafter], ["jakiro", null]);
    assertEquals(drafted.tokens, plain.tokens);
  });
});
