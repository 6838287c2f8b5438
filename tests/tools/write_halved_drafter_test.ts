import { assertEquals, assertRejects } from "@std/assert";
import { fileURLToPath } from "node:url";
import { readSafetensorsFile } from "../../src/checkpoint/mod.ts";
import { withDirectory } from "../checkpoint/tiny_model.ts";
import { writeHalvedDrafter } from "../../tools/write_halved_drafter.ts";

const DRAFTER = fileURLToPath(
  new URL("../../weights/stories260k/drafter/", import.meta.url),
);

Deno.test("writeHalvedDrafter() rounds each weight to the nearest F16 and keeps the rest", async () => {
  await withDirectory(async (directory) => {
    const drafter = `${directory}/whole`;
    await Deno.mkdir(drafter);
    for (const name of ["model.safetensors", "config.json"]) {
      await Deno.copyFile(`${DRAFTER}/${name}`, `${drafter}/${name}`);
    }
    await assertRejects(
      () => writeHalvedDrafter(drafter, `${directory}/none`),
      Deno.errors.NotFound,
    );
    await assertRejects(() => Deno.stat(`${directory}/none`));
    await Deno.writeTextFile(`${drafter}/curves.svg`, "<svg/>");
    const out = `${directory}/halved`;
    await writeHalvedDrafter(drafter, out);
    const whole = await readSafetensorsFile(`${drafter}/model.safetensors`);
    const halved = await readSafetensorsFile(`${out}/model.safetensors`);
    assertEquals(halved.metadata, whole.metadata);
    assertEquals([...halved.tensors.keys()], [...whole.tensors.keys()]);
    for (const [name, { dtype, shape, bytes }] of halved.tensors) {
      const before = whole.tensors.get(name);
      assertEquals([dtype, shape], ["F16", before?.shape]);
      const values = new Float32Array(before?.bytes.slice().buffer ?? []);
      const view = new DataView(bytes.slice().buffer);
      values.forEach((value, index) =>
        assertEquals(view.getFloat16(2 * index, true), Math.f16round(value))
      );
    }
    assertEquals(await Deno.readTextFile(`${out}/curves.svg`), "<svg/>");
    const config = JSON.parse(await Deno.readTextFile(`${out}/config.json`));
    assertEquals(config.torch_dtype, "float16");
    await assertRejects(
      () => writeHalvedDrafter(out, `${directory}/again`),
      RangeError,
      "must be F32: F16",
    );
  });
});
