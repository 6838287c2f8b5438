import { assert, assertEquals } from "@std/assert";
import { collect } from "./_collect.ts";
import { ggufBytes, type GgufContent } from "../checkpoint/_gguf_writer.ts";
import { ggufOfDirectory } from "../checkpoint/_gguf_model.ts";
import { pathExists } from "../../src/checkpoint/mod.ts";
import { loadModel, type Model } from "../../mod.ts";
import { runCli } from "../cli/_run_cli.ts";
import { withDirectory } from "../checkpoint/tiny_model.ts";

const STORIES = new URL("../../weights/stories260k", import.meta.url).pathname;
const SHARED =
  new URL("../../../shared/models/stories260k.gguf", import.meta.url)
    .pathname;
const PROMPTS = ["Once upon a time", "Lily and Ben", "The 🐶 café\n"];
const OPTIONS = [{ temperature: 0 }, { temperature: 0.8, seed: 7 }] as const;
/** What llama.cpp (node-llama-cpp 3.22.1, on a CPU) goes on with behind `Once upon a time`, greedily. */
const LLAMA_CPP_IDS = [
  ...[432, 383, 286, 261, 376, 298, 315, 421, 395, 317, 426, 338, 401, 396],
  ...[267, 337, 410, 408, 419, 292, 411, 322, 265, 282, 295, 433, 426, 385],
  ...[328, 432, 358, 394, 261, 370, 432, 352, 266, 268, 388, 426, 338, 391],
  ...[266, 267, 337, 335, 312, 432, 398, 312, 286, 267, 414, 270, 333, 415],
  ...[426, 13, 438, 310, 439, 419, 357, 336],
];

async function generateAll(model: Model): Promise<readonly number[][]> {
  const all: number[][] = [];
  for (const prompt of PROMPTS) {
    for (const options of OPTIONS) {
      const generation = model.generate(prompt, { maxTokens: 64, ...options });
      all.push([...(await collect(generation)).statistics.tokens]);
    }
  }
  return all;
}

async function withFile(
  content: GgufContent,
  action: (file: string) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    const file = `${directory}/model.gguf`;
    await Deno.writeFile(file, ggufBytes(content));
    await action(file);
  });
}

async function fromFile(file: string): Promise<readonly number[][]> {
  using model = await loadModel(file, { contextLength: 512 });
  assertEquals(model.drafter, null);
  return await generateAll(model);
}

async function fromDirectory(): Promise<readonly number[][]> {
  using model = await loadModel(STORIES, { draft: "none" });
  return await generateAll(model);
}

Deno.test("loadModel() generates from a GGUF file what it does from the directory", async () => {
  const expected = await fromDirectory();
  await withFile(await ggufOfDirectory(STORIES), async (file) => {
    assertEquals(await fromFile(file), expected);
  });
});

Deno.test("loadModel() generates from a GGUF file what llama.cpp does", async () => {
  await withFile(await ggufOfDirectory(STORIES), async (file) => {
    const [ids] = await fromFile(file);
    assertEquals(ids, LLAMA_CPP_IDS);
  });
});

// A fresh checkout has no such file.
if (await pathExists(SHARED)) {
  Deno.test("loadModel() generates from the published GGUF file of stories260k what it does from the directory", async () => {
    assertEquals(await fromFile(SHARED), await fromDirectory());
  });
}

Deno.test("loadModel() takes a drafter for a GGUF file where one is named", async () => {
  await withFile(await ggufOfDirectory(STORIES), async (file) => {
    using plain = await loadModel(file, { contextLength: 256 });
    const draft = `${STORIES}/drafter`;
    using model = await loadModel(file, { contextLength: 256, draft });
    assert(model.drafter !== null);
    assertEquals(await generateAll(model), await generateAll(plain));
  });
});

Deno.test("loadModel() answers by the chat template in a GGUF file", async () => {
  const content = await ggufOfDirectory(STORIES);
  const template =
    "{{ bos_token }}{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}";
  const metadata = {
    ...content.metadata,
    "tokenizer.chat_template": ["text", template],
  } as const;
  await withFile({ ...content, metadata }, async (file) => {
    using model = await loadModel(file, { contextLength: 256 });
    const messages = [{ role: "user", content: "Hi" }];
    assertEquals(model.chatTemplate?.render(messages), "<s>Hi</s>");
  });
});

Deno.test("inspect and generate take a GGUF file", async () => {
  await withFile(await ggufOfDirectory(STORIES), async (file) => {
    const inspected = await runCli(["inspect", "--json", "--model", file]);
    assertEquals([inspected.status, inspected.stderr], [0, ""]);
    const { directory, drafter, hasChatTemplate } = JSON.parse(
      inspected.stdout,
    );
    assertEquals([directory, drafter, hasChatTemplate], [file, null, false]);
    const options = ["--temperature", "0", "--max-tokens", "8", "--json"];
    const said = await runCli([
      ...["generate", "--model", file, "--quiet", ...options],
      "Once upon a time",
    ]);
    assertEquals(said.status, 0, said.stderr);
    assertEquals(JSON.parse(said.stdout).tokens, LLAMA_CPP_IDS.slice(0, 8));
    const folder = await runCli(["inspect", "--model", `${file}x.gguf`]);
    assertEquals(folder.status, 1);
    assert(folder.stderr.includes("as it must exist: found nothing there"));
  });
});
