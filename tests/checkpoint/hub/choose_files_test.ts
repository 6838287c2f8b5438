import { assertEquals, assertThrows } from "@std/assert";
import { chooseFiles } from "../../../src/checkpoint/hub/choose_files.ts";
import { parseHubSpec } from "../../../src/checkpoint/hub/model_spec.ts";

function choose(names: readonly string[], source = "hf:a/b"): unknown {
  return chooseFiles(names, parseHubSpec(source));
}

Deno.test("chooseFiles() takes configuration, tokenizer, template and weights, and no others", () => {
  const names = [
    ".gitattributes",
    "README.md",
    "chat_template.jinja",
    "config.json",
    "generation_config.json",
    "merges.txt",
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
    "model.safetensors.index.json",
    "original/consolidated.00.pth",
    "pytorch_model.bin",
    "tokenizer.json",
    "tokenizer_config.json",
    "x.gguf",
  ];
  assertEquals(choose(names), {
    paths: [
      "chat_template.jinja",
      "config.json",
      "generation_config.json",
      "tokenizer.json",
      "tokenizer_config.json",
      "model.safetensors.index.json",
      "model-00001-of-00002.safetensors",
      "model-00002-of-00002.safetensors",
    ],
    gguf: null,
  });
});

Deno.test("chooseFiles() takes a model's own drafter, before the model's weights", () => {
  const names = ["drafter/config.json", "drafter/model.safetensors"]
    .concat("drafter/README.md", "model.safetensors", "config.json");
  assertEquals(choose(names), {
    paths: [
      "config.json",
      "drafter/config.json",
      "drafter/model.safetensors",
      "model.safetensors",
    ],
    gguf: null,
  });
});

Deno.test("chooseFiles() takes a drafter's PyTorch file where there is nothing else", () => {
  assertEquals(choose(["config.json", "pytorch_model.bin"]), {
    paths: ["config.json", "pytorch_model.bin"],
    gguf: null,
  });
});

Deno.test("chooseFiles() takes the only GGUF file, in all its parts", () => {
  assertEquals(choose(["a.md", "x.gguf"]), {
    paths: ["x.gguf"],
    gguf: "x.gguf",
  });
  const parts = ["d/x-00001-of-00002.gguf", "d/x-00002-of-00002.gguf"];
  const whole = { paths: parts, gguf: parts[0] };
  assertEquals(choose(parts), whole);
  assertEquals(choose([...parts, "y.gguf"], `hf:a/b:${parts[1]}`), whole);
});

Deno.test("chooseFiles() says what is missing", () => {
  const cases = [
    [["README.md"], "hf:a/b", "found none"],
    [["config.json"], "hf:a/b", "found none"],
    [["x.gguf"], "hf:a/b:y.gguf", 'must hold "y.gguf": found "x.gguf"'],
    [["x-00001-of-00002.gguf"], "hf:a/b", 'must hold "x-00002-of-00002.gguf"'],
  ] as const;
  for (const [names, source, message] of cases) {
    assertThrows(() => choose(names, source), ReferenceError, message);
  }
  assertThrows(
    () => choose(["con.gguf"]),
    RangeError,
    'must have plain relative names: found "con.gguf"',
  );
});
