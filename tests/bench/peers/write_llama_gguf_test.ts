import { assertEquals, assertRejects } from "@std/assert";
import { collect } from "../../decode/_collect.ts";
import { loadModel } from "../../../mod.ts";
import { openCheckpoint } from "../../../src/checkpoint/mod.ts";
import { writeLlamaGguf } from "../../../bench/peers/write_llama_gguf.ts";

const STORIES = new URL("../../../weights/stories260k/", import.meta.url);
const CHAT = new URL("../../../weights/chat/", import.meta.url);
const PROMPT = [1, 403, 407, 261, 378];

async function withFile(action: (file: string) => Promise<void>) {
  const file = await Deno.makeTempFile({ suffix: ".gguf" });
  try {
    await action(file);
  } finally {
    await Deno.remove(file);
  }
}

async function goOn(source: string | URL): Promise<readonly number[]> {
  using model = await loadModel(source, { draft: "none", contextLength: 64 });
  const options = { temperature: 0, maxTokens: 40, ignoreEos: true };
  const { statistics } = await collect(model.generate(PROMPT, options));
  return statistics.tokens;
}

Deno.test("writeLlamaGguf() writes a model that goes on as its directory does", async () => {
  await withFile(async (file) => {
    await writeLlamaGguf(STORIES, file);
    assertEquals(await goOn(file), await goOn(STORIES));
  });
});

Deno.test("writeLlamaGguf() keeps the number type of matrices, and sizes", async () => {
  await withFile(async (file) => {
    await writeLlamaGguf(CHAT, file);
    using written = await openCheckpoint(file);
    using original = await openCheckpoint(CHAT);
    assertEquals(written.tensors.size, original.tensors.size);
    for (const { name, shape, dtype } of original.tensors.values()) {
      const own = written.tensors.get(name);
      const expected = shape.length === 1 ? "F32" : dtype;
      assertEquals([name, own?.shape, own?.dtype], [name, shape, expected]);
    }
    const { hiddenSize, numKeyValueHeads, vocabSize } = written.config;
    const { config } = original;
    assertEquals(
      [hiddenSize, numKeyValueHeads, vocabSize],
      [config.hiddenSize, config.numKeyValueHeads, config.vocabSize],
    );
  });
});

Deno.test("writeLlamaGguf() refuses what is no Llama", async () => {
  const directory = await Deno.makeTempDir();
  try {
    for await (const { name, isFile } of Deno.readDir(STORIES)) {
      if (isFile) {
        await Deno.copyFile(new URL(name, STORIES), `${directory}/${name}`);
      }
    }
    const path = `${directory}/config.json`;
    const config = JSON.parse(await Deno.readTextFile(path));
    const architectures = ["MistralForCausalLM"];
    await Deno.writeTextFile(
      path,
      JSON.stringify({ ...config, model_type: "mistral", architectures }),
    );
    await withFile((file) =>
      assertRejects(
        () => writeLlamaGguf(directory, file),
        TypeError,
        "it must be a Llama without rope_scaling: is mistral",
      ).then(() => {})
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
