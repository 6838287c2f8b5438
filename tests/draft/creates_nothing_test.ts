import { assert, assertEquals } from "@std/assert";
import { collect } from "../decode/_collect.ts";
import { loadModel } from "../../mod.ts";
import { writeRandomDrafter } from "./_random_drafter.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const CREATORS = [
  "createBindGroup",
  "createBindGroupLayout",
  "createBuffer",
  "createComputePipeline",
  "createComputePipelineAsync",
  "createPipelineLayout",
  "createQuerySet",
  "createShaderModule",
] as const;

/** Counts what is created on any device while an action runs. */
async function countCreated(
  action: () => Promise<void>,
): Promise<Partial<Record<typeof CREATORS[number], number>>> {
  const counts: Partial<Record<typeof CREATORS[number], number>> = {};
  const { prototype } = GPUDevice;
  const originals = CREATORS.map((name) =>
    [name, Object.getOwnPropertyDescriptor(prototype, name)] as const
  );
  try {
    for (const [name, original] of originals) {
      assert(original !== undefined, name);
      Object.defineProperty(prototype, name, {
        ...original,
        value: function (this: GPUDevice, ...args: unknown[]): unknown {
          counts[name] = (counts[name] ?? 0) + 1;
          return Reflect.apply(original.value, this, args);
        },
      });
    }
    await action();
  } finally {
    for (const [name, original] of originals) {
      Object.defineProperty(prototype, name, original ?? {});
    }
  }
  return counts;
}

for (
  const kind of ["none", "jakiro", "jakiro_star", "eagle", "eagle3"] as const
) {
  Deno.test(`Model.generate() creates nothing on the device once the model is loaded, with drafter ${kind}`, async () => {
    const directory = await Deno.makeTempDir();
    try {
      if (kind !== "none") await writeRandomDrafter(directory, { kind });
      const draft = kind === "none" ? kind : directory;
      const load = { draft, tree: { numNodes: 8, depth: 3, topK: 2 } };
      const loading = await countCreated(async () => {
        using _ = await loadModel(STORIES, load);
      });
      // Counting counts.
      for (const name of ["createBuffer", "createBindGroup"] as const) {
        assert((loading[name] ?? 0) > 20, name);
      }
      using model = await loadModel(STORIES, load);
      const created = await countCreated(async () => {
        for (const numTokens of [1, 5, 64, 70]) {
          const prompt = Array.from({ length: numTokens }, (_, i) => i + 300);
          for (const logProbs of [false, true]) {
            const options = {
              temperature: 0.9,
              topP: logProbs ? 0.9 : 1,
              repetitionPenalty: 1.1,
              logitBias: new Map([[400, 1]]),
              seed: 1,
              maxTokens: 20,
              ignoreEos: true,
              logProbs,
            };
            const { statistics } = await collect(
              model.generate(prompt, options),
            );
            assertEquals(statistics.generatedTokens, 20);
          }
        }
      });
      assertEquals(created, {});
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}
