import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { describeInspection } from "../../src/cli/inspect.ts";
import { inspectModel } from "../../src/cli/inspect_model.ts";
import { loadModel } from "../../mod.ts";
import { FAMILY_CONFIGS, writeFamily } from "../model/_families.ts";
import { withChatModel } from "./_chat_model.ts";
import { withDirectory } from "../checkpoint/tiny_model.ts";
import { writeRandomDrafter } from "../draft/_random_drafter.ts";

const STORIES = new URL("../../weights/stories260k", import.meta.url).pathname;
const GOLDEN = new URL("../golden/upstream_random", import.meta.url).pathname;
/** What the estimate leaves out: buffers of constant size, most of them row tables; a drafter's steps have more. */
const CONSTANT_BYTES = 27 * 1024;

async function assertEstimated(
  values: {
    readonly model?: string;
    readonly family?: string;
    readonly draft?: string;
    readonly dtype?: "f16" | "f32";
    readonly kvCache?: "f32" | "f16" | "q8";
    readonly context?: number;
  },
): Promise<void> {
  const { context: contextLength = 512, draft, model: source = STORIES } =
    values;
  const found = await inspectModel({ ...values, model: source });
  const { memory, dtype, kvCache } = found;
  const estimate = memory.find((row) => row.contextLength === contextLength);
  using model = await loadModel(source, {
    dtype,
    kvCache,
    contextLength,
    ...draft === undefined ? {} : { draft },
  });
  const left = model.allocatedBytes - (estimate?.totalBytes ?? 0);
  assert(left >= 0 && left < CONSTANT_BYTES, `${left} bytes, ${values.family}`);
}

Deno.test("inspectModel() estimates what loading allocates", async () => {
  const cases = [
    {},
    { dtype: "f16", context: 33 },
    { dtype: "f32", context: 512 },
    { dtype: "f32", kvCache: "f16", context: 65 },
    { dtype: "f16", kvCache: "q8" },
  ] as const;
  for (const values of cases) {
    await assertEstimated({ ...values, draft: "none" });
  }
});

Deno.test("inspectModel() estimates what loading allocates for every family", async () => {
  for (const [family, config] of Object.entries(FAMILY_CONFIGS)) {
    await withDirectory(async (model) => {
      await writeFamily(model, config);
      await Deno.copyFile(
        `${STORIES}/tokenizer.json`,
        `${model}/tokenizer.json`,
      );
      await assertEstimated({ model, draft: "none", context: 90, family });
    });
  }
});

Deno.test("describeInspection() says the family, and what is unusual in it", async () => {
  await withDirectory(async (model) => {
    const describe = async (family: string): Promise<string> => {
      await writeFamily(model, FAMILY_CONFIGS[family] ?? {});
      return describeInspection(await inspectModel({ model }));
    };
    const gemma = await describe("Gemma 3");
    assertStringIncludes(gemma, "family          gemma3_text\n");
    assertStringIncludes(gemma, "windows         9 tokens in 3 of 4 layers\n");
    const qwen = await describe("Qwen2");
    assertStringIncludes(qwen, "biases          queries, keys and values\n");
    assert(!qwen.includes("windows"));
    const mixtral = await describe("Mixtral");
    assertStringIncludes(mixtral, "experts         5, 2 for a token\n");
  });
});

Deno.test("inspectModel() estimates what loading allocates with a drafter of any kind", async () => {
  await assertEstimated({ context: 333 });
  await assertEstimated({ dtype: "f16" });
  await assertEstimated({ kvCache: "q8", context: 200 });
  for (const kind of ["jakiro_star", "eagle", "eagle3"] as const) {
    const draft = await Deno.makeTempDir();
    try {
      await writeRandomDrafter(draft, { kind });
      await assertEstimated({ draft, context: 100 });
    } finally {
      await Deno.remove(draft, { recursive: true });
    }
  }
});

Deno.test("inspectModel() reads a model without a tokenizer", async () => {
  const found = await inspectModel({ model: GOLDEN });
  assertEquals(found.dtype, "f16");
  assertEquals(found.kvCache, "f16");
  assertEquals(found.hasChatTemplate, false);
  assertEquals(found.storedBytes, { F16: 2 * found.numParameters });
  assertEquals(found.largestMatrix.numSlices, 1);
  assertEquals(found.memory.map((row) => row.contextLength), [256]);
  assertEquals(found.drafter?.kind, "jakiro");
  assert(!("error" in found.device));
});

Deno.test("inspectModel() lists contexts up to the model's, and the one asked for", async () => {
  await withChatModel(async (model) => {
    const { memory, hasChatTemplate } = await inspectModel({
      model,
      context: 700,
    });
    assertEquals(
      memory.map((row) => row.contextLength),
      [512, 700, 1024, 2048, 4096, 8192, 16384, 32768],
    );
    assertEquals(hasChatTemplate, true);
    await assertRejects(
      () => inspectModel({ model, context: 32769 }),
      RangeError,
      "Cannot estimate memory as --context must be at most 32768 for this model: 32769",
    );
  });
});

Deno.test("inspectModel() finds the drafter that loading would", async () => {
  const folder = `${GOLDEN}/drafter`;
  await withChatModel(async (model) => {
    const own = await inspectModel({ model });
    assertEquals(own.drafter, {
      directory: `${model}/drafter`,
      kind: "jakiro",
      numParameters: 2 * 16 * 16 + 16 + 3 * 16 * 16 + 16 + 4 * 16 +
        6 * 16 * 16,
      storedBytes: { F32: 4 * (own.drafter?.numParameters ?? 0) },
    });
    const none = await inspectModel({ model, draft: "none" });
    assertEquals(none.drafter, null);
    await assertRejects(
      () => inspectModel({ model, draft: folder }),
      RangeError,
      "the target's",
    );
    await assertRejects(
      () => inspectModel({ model, draft: "/nonexistent" }),
      ReferenceError,
    );
  }, { hasDrafter: true });
  await withChatModel(async (model) => {
    assertEquals((await inspectModel({ model })).drafter, null);
  });
});

Deno.test("inspectModel() names what is missing", async () => {
  await assertRejects(
    () => inspectModel({ model: "/nonexistent" }),
    ReferenceError,
    'Cannot open "/nonexistent" as it must exist',
  );
});

Deno.test("describeInspection() says what a context that does not fit takes", async () => {
  const found = await inspectModel({ model: GOLDEN });
  const [row] = found.memory;
  assert(row !== undefined);
  const text = describeInspection({
    ...found,
    memory: [{ ...row, isBindable: false, largestBufferBytes: 3 * 2 ** 30 }],
  });
  assertStringIncludes(text, "no: a buffer takes 3.0 GiB");
  assertStringIncludes(text, "vocabulary      160");
  assertStringIncludes(text, `drafter         jakiro, ${GOLDEN}/drafter\n`);
  assertStringIncludes(text, "for one sequence, with the drafter:\n");
  const without = describeInspection({ ...found, drafter: null });
  assertStringIncludes(without, "drafter         none\n");
  assertStringIncludes(without, "memory in f16, for one sequence:\n");
  const rounded = describeInspection({ ...found, kvCache: "q8" });
  assertStringIncludes(rounded, "memory in f16, the KV cache in q8, for one");
});

Deno.test("describeInspection() shows the model where there is no device", async () => {
  const found = await inspectModel({ model: GOLDEN });
  const text = describeInspection({
    ...found,
    device: { error: "no adapter" },
    largestMatrix: { ...found.largestMatrix, numSlices: null },
    memory: found.memory.map((row) => ({ ...row, isBindable: null })),
  });
  assertStringIncludes(text, "device          none: no adapter\n");
  assertStringIncludes(text, "parameters      63,984: 125.0 KiB in F16\n");
  assert(!text.includes("fits"));
});
