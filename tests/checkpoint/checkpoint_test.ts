import { assertEquals } from "@std/assert";
import {
  type Checkpoint,
  openCheckpoint,
  parseModelConfig,
} from "../../src/checkpoint/mod.ts";
import { assertErrorAsync } from "./assert_error.ts";
import { tinyTensors, withDirectory, writeTinyModel } from "./tiny_model.ts";

Deno.test("openCheckpoint() reads configuration and tensors of a directory", async () => {
  await withDirectory(async (directory) => {
    await writeTinyModel(directory, { config: { num_local_experts: 2 } });
    const url = new URL(`file://${directory}/`);
    for (const place of [directory, `${directory}/`, url]) {
      using checkpoint = await openCheckpoint(place);
      assertEquals(checkpoint.directory, directory);
      assertEquals(checkpoint.config.hiddenSize, 8);
      assertEquals(checkpoint.configJson.get("num_local_experts"), 2);
      assertEquals(
        checkpoint.config,
        parseModelConfig(checkpoint.configJson, "config.json"),
      );
      assertEquals(checkpoint.generationDefaults.temperature, null);
      assertEquals(checkpoint.tensors.size, tinyTensors().length);
      const entry = checkpoint.tensors.get("model.norm.weight");
      if (entry === undefined) throw new Error("the norm is missing");
      const into = new Uint8Array(entry.sizeBytes);
      await checkpoint.readTensorBytes(entry, { into });
      const written = tinyTensors().find(({ name }) => name === entry.name);
      assertEquals<unknown>(into, written?.bytes);
    }
  });
});

Deno.test("openCheckpoint() adds what generation_config.json says", async () => {
  await withDirectory(async (directory) => {
    await writeTinyModel(directory, {
      config: { bos_token_id: null, eos_token_id: 2 },
      generationConfig: {
        bos_token_id: 1,
        eos_token_id: [3, 2],
        temperature: 0.5,
      },
    });
    using checkpoint = await openCheckpoint(directory);
    assertEquals(checkpoint.config.bosTokenId, 1);
    assertEquals(checkpoint.config.eosTokenIds, [2, 3]);
    assertEquals(checkpoint.generationDefaults.temperature, 0.5);
  });
});

Deno.test("openCheckpoint() takes names that a URL escapes", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/a b#ü`;
    await Deno.mkdir(path);
    await writeTinyModel(path);
    using checkpoint = await openCheckpoint(
      new URL("a%20b%23%C3%BC/", `file://${directory}/`),
    );
    assertEquals(checkpoint.directory, path);
  });
});

Deno.test("openCheckpoint() says what is missing", async () => {
  await withDirectory(async (directory) => {
    const open = (place: string | URL): () => Promise<Checkpoint> => () =>
      openCheckpoint(place);
    await assertErrorAsync(open(`${directory}/none`), [
      ReferenceError,
      'Cannot open "DIR/none" as it must exist: found nothing there',
    ], { directory });
    await assertErrorAsync(open(new URL("ftp://example.com/x")), [
      TypeError,
      'Cannot open "ftp://example.com/x" as its scheme must be file, http or https: found ftp:',
    ]);
    await assertErrorAsync(open(directory), [
      ReferenceError,
      'Cannot open "DIR/config.json" as it must exist: found nothing there',
    ], { directory });
    await writeTinyModel(directory);
    await assertErrorAsync(open(`${directory}/config.json`), [
      TypeError,
      'Cannot open "DIR/config.json" as it must be a directory: found a file',
    ], { directory });
    await Deno.remove(`${directory}/model.safetensors`);
    await assertErrorAsync(open(directory), [
      ReferenceError,
      'Cannot open "DIR" as it must hold model.safetensors or model.safetensors.index.json: found neither',
    ], { directory });
  });
});

Deno.test("openCheckpoint() refuses a malformed generation_config.json", async () => {
  await withDirectory(async (directory) => {
    await writeTinyModel(directory, { generationConfig: [] });
    await assertErrorAsync(() => openCheckpoint(directory), [
      TypeError,
      'Cannot read "DIR/generation_config.json" as it must hold a JSON object: found []',
    ], { directory });
    await writeTinyModel(directory, { generationConfig: { eos_token_id: 99 } });
    await assertErrorAsync(() => openCheckpoint(directory), [
      RangeError,
      'Cannot load "DIR/generation_config.json" as "eos_token_id" must be an integer in [0, 9] or a list of them: found 99',
    ], { directory });
  });
});
