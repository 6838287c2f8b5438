import { assertEquals } from "@std/assert";
import { createWorkspace } from "../../src/model/workspace.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import {
  estimateMemory,
  type MemoryEstimate,
  workspaceBytes,
} from "../../src/model/mod.ts";
import { openCheckpoint } from "../../src/checkpoint/mod.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const SIZES = { maxRows: 64, maxLogitRows: 1, elem: "f32" } as const;

Deno.test("createWorkspace() allocates what workspaceBytes() counts, with room for splits only where they are made", async () => {
  using checkpoint = await openCheckpoint(STORIES);
  const { config } = checkpoint;
  const windows = (window: number) => ({
    ...config,
    layerWindows: Array(config.numHiddenLayers).fill(window),
  });
  // 16 rows, 8 heads of 8, and the splits of 256 that there are up to 11 positions behind the context.
  const perSplit = 16 * 8 * (8 + 4) * 4;
  for (
    const { isSoftware, contextLength, numSplits, model = config } of [
      { isSoftware: true, contextLength: 4000, numSplits: 0 },
      { isSoftware: false, contextLength: 1024, numSplits: 0 },
      { isSoftware: false, contextLength: 4000, numSplits: 16 },
      { isSoftware: false, contextLength: 4096, numSplits: 17 },
      {
        isSoftware: false,
        contextLength: 4000,
        numSplits: 9,
        model: windows(2000),
      },
      {
        isSoftware: false,
        contextLength: 4000,
        numSplits: 0,
        model: windows(1000),
      },
      // A layer among them that sees everything.
      {
        isSoftware: false,
        contextLength: 4000,
        numSplits: 16,
        model: { ...config, layerWindows: [1000, null, 1000, 1000, 1000] },
      },
    ]
  ) {
    using gpu = await Gpu.open();
    Object.assign(gpu, { adapter: { ...gpu.adapter, isSoftware } });
    const options = { ...SIZES, contextLength, isSoftware };
    const bytes = workspaceBytes(model, options);
    assertEquals(bytes.partials, numSplits * perSplit);
    const { partials } = createWorkspace(gpu, model, options);
    assertEquals(partials.size, Math.max(16, bytes.partials));
    const empty = Object.values(bytes).filter((size) => size === 0).length;
    const sum = Object.values(bytes).reduce((a, b) => a + b);
    // The output of attention is as large as its queries; an empty buffer takes 16 bytes.
    assertEquals(gpu.allocatedBytes, sum + bytes.q + 16 * empty);
    const estimate = (isSoftware: boolean): MemoryEstimate =>
      estimateMemory(model, { ...options, isSoftware });
    assertEquals(
      estimate(isSoftware).scratchBytes - estimate(true).scratchBytes,
      bytes.partials,
    );
  }
});

Deno.test("createWorkspace() makes do with less room for splits than it would have", async () => {
  using checkpoint = await openCheckpoint(STORIES);
  using gpu = await Gpu.open({ maxBindingBytes: 65_536 });
  Object.assign(gpu, { adapter: { ...gpu.adapter, isSoftware: false } });
  const options = { ...SIZES, contextLength: 4000 };
  const { partials } = createWorkspace(gpu, checkpoint.config, options);
  assertEquals(partials.size, 65_536);
});
