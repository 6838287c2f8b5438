import { assertEquals, assertStringIncludes } from "@std/assert";
import { finish, spawnLauncher } from "./_launch.ts";
import { readElements } from "../bench/_elements.ts";
import { withDirectory } from "../checkpoint/tiny_model.ts";

const STORIES = new URL("../../weights/stories260k", import.meta.url).pathname;
const SHORT = ["bench", "--model", STORIES, "--max-tokens=4", "--repeat=1"]
  .concat("--context=64", "--tree=4");

Deno.test("jakiro permits bench to write a report, and nothing where there is none", async () => {
  await withDirectory(async (directory) => {
    await Deno.mkdir(`${directory}/reports`);
    const report = "reports/of <this>.html";
    const { status, stdout, stderr } = await finish(
      spawnLauncher([...SHORT, "--report", report], { directory }),
    );
    assertEquals([status, stderr], [
      0,
      `measuring 8 texts\n${report} has the report\n`,
    ]);
    assertStringIncludes(
      stdout,
      "the texts of all 2 ways are the same, 4 texts",
    );
    const files = await Array.fromAsync(Deno.readDir(`${directory}/reports`));
    const names = files.map(({ name }) => name);
    assertEquals(names, ["of <this>.html"]);
    const html = await Deno.readTextFile(`${directory}/${report}`);
    const elements = readElements(html);
    assertEquals(
      elements.find(({ name }) => name === "h1")?.text,
      `jakiro bench: ${STORIES}`,
    );
  });
});

Deno.test("jakiro refuses a report in a folder with a comma in its name", async () => {
  const { status, stdout, stderr } = await finish(
    spawnLauncher([...SHORT, "--report=a,b/c.html"]),
  );
  assertEquals([status, stdout], [2, ""]);
  assertStringIncludes(
    stderr,
    'Cannot write the report as its folder must have no comma in its name: found "a,b"',
  );
});
