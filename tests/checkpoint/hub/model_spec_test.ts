import { assertEquals, assertThrows } from "@std/assert";
import {
  formatHubSpec,
  parseHubSpec,
} from "../../../src/checkpoint/hub/model_spec.ts";

const NAMED: ReadonlyArray<readonly [string, string, string, string | null]> = [
  ["hf:Qwen/Qwen2.5-0.5B-Instruct", "Qwen/Qwen2.5-0.5B-Instruct", "main", null],
  ["hf:gpt2", "gpt2", "main", null],
  ["hf:a/b@v1.0", "a/b", "v1.0", null],
  ["hf:a/b@refs/pr/1", "a/b", "refs/pr/1", null],
  ["hf:a/b:x.Q4_K_M.gguf", "a/b", "main", "x.Q4_K_M.gguf"],
  ["hf:a/b@v1:dir/x.GGUF", "a/b", "v1", "dir/x.GGUF"],
];

Deno.test("parseHubSpec() reads what formatHubSpec() writes", () => {
  for (const [source, repo, revision, file] of NAMED) {
    assertEquals(parseHubSpec(source), { repo, revision, file });
    assertEquals(formatHubSpec({ repo, revision, file }), source);
  }
  assertEquals(parseHubSpec("hf:a/b@main").revision, "main");
});

Deno.test("parseHubSpec() refuses what the Hub does not allow or could lead out of a cache", () => {
  const bad = [
    "",
    "/",
    "a/",
    "/a",
    "a/b/c",
    "..",
    "a/..",
    "../b",
    "a/.b",
    "a/b.",
  ]
    .concat(
      "a/b-",
      "-a/b",
      "a/b--c",
      "a/b..c",
      "a/b.git",
      "a\\b",
      "a/b\0",
      "a b/c",
    )
    .concat("con/b", "a/NUL", "a/lpt1", "é/b", `a/${"b".repeat(97)}`, "C:/b")
    .concat("a/b@", "a/b@..", "a/b@../x", "a/b@/x", "a/b@x/", "a/b@x//y")
    .concat("a/b@x..y", "a/b@.x", "a/b@x.lock", "a/b@x\\y", "a/b@x y", "a/b@-x")
    .concat(`a/b@${"x".repeat(193)}`, "a/b@x\n", "a/b@aux")
    .concat("a/b:", "a/b:x", "a/b:x.bin", "a/b:../x.gguf", "a/b:/x.gguf")
    .concat("a/b:x\\y.gguf", "a/b:x\0.gguf", "a/b:nul.gguf", "a/b:x/../y.gguf")
    .concat("a/b:c:x.gguf", "a/b:./x.gguf", "a/b:x//y.gguf", "a/b:con/x.gguf")
    .concat(
      `a/b:${"x".repeat(240)}.gguf`,
      "a/b:\ud800.gguf",
      "a/b:x\u202e.gguf\n",
    );
  for (const name of bad) {
    assertThrows(
      () => parseHubSpec(`hf:${name}`),
      SyntaxError,
      "Cannot find a model on the Hub as its name must",
      name,
    );
  }
});
