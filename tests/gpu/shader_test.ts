import { assert, assertEquals, assertThrows } from "@std/assert";
import { KERNELS, LIBRARIES } from "../../kernels/mod.ts";
import { assembleShader } from "../../src/gpu/shader.ts";
import { withKernel } from "./_kernels.ts";

Deno.test("assembleShader() keeps every line of a kernel where it is in its file", () => {
  for (const [name, source] of Object.entries(KERNELS)) {
    const lines = assembleShader(name, "f16", {
      K: 64,
      WEIGHTS: "weights_plain",
      INPUT: "normed_input",
      ALLOWED: "allowed_all",
      CACHE: "cache_f16",
    }).split("\n");
    const [first = "", ...rest] = source.trimEnd().split("\n");
    assert(lines[0]?.endsWith(first), name);
    rest.forEach((line, index) => {
      const expected = line.startsWith("#import") ? `// ${line}` : line;
      assertEquals(lines[index + 1], expected, `${name}, line ${index + 2}`);
    });
  }
});

Deno.test("assembleShader() appends each library that a kernel imports, once, in order, and those that they import", () => {
  for (
    const named of [
      {
        WEIGHTS: "weights_plain",
        INPUT: "plain_input",
        ALLOWED: "allowed_all",
        CACHE: "cache_q8",
      },
      {
        WEIGHTS: "weights_blocks",
        INPUT: "normed_input",
        ALLOWED: "allowed_mask",
        CACHE: "cache_f16",
      },
    ]
  ) {
    for (const [name, source] of Object.entries(KERNELS)) {
      const expected = new Set<string>();
      const visit = (text: string): void => {
        for (const [, word = ""] of text.matchAll(/^#import (\w+)$/gm)) {
          const library = LIBRARIES[
            Object.entries({ FOURS: "fours_f32", ...named })
              .find(([name]) => name === word)?.[1] ?? word
          ] ?? "";
          if (!expected.has(library)) {
            expected.add(library);
            visit(library);
          }
        }
      };
      visit(source);
      const code = assembleShader(name, "f32", named);
      const libraries = [...expected].map((library) =>
        library.replaceAll("#import", "// #import")
      );
      assert(code.endsWith(["", ...libraries].join("\n")), name);
      assertEquals(/^\s*#/m.test(code), false, name);
      for (const word of Object.keys(named)) {
        const isNamed = source.includes(`#import ${word}`);
        assertEquals(code.includes(`const ${word} =`), !isNamed, name);
      }
    }
  }
});

Deno.test("assembleShader() writes the constants and the number type before the first line", () => {
  const constants = { K: 64, EPS: "1.0e-5" };
  const [f32 = ""] = assembleShader("rms_norm", "f32", constants).split("\n");
  assert(f32.includes("alias Elem = f32; const ELEM_MAX = 3.4028234e38;"));
  assert(f32.includes("const K = 64u; const EPS = 1.0e-5; // out[t, d]"));
  assert(!f32.includes("enable"));
  const [f16 = ""] = assembleShader("rms_norm", "f16", constants).split("\n");
  assert(
    f16.startsWith("enable f16; alias Elem = f16; const ELEM_MAX = 65504.0;"),
  );
  const mixed = assembleShader("rms_norm", "f32", { Cache: "f16" });
  assert(mixed.startsWith("enable f16; alias Elem = f32;"));
  assert(mixed.includes("alias Cache = f16;"));
});

Deno.test("assembleShader() names the kernels when there is no such kernel", () => {
  const error = assertThrows(
    () => assembleShader("softmax", "f32", {}),
    ReferenceError,
  );
  assertEquals(
    error.message,
    `Cannot assemble kernel "softmax" as it must be one of ${
      Object.keys(KERNELS).join(", ")
    }`,
  );
});

Deno.test("assembleShader() names the libraries when a kernel imports another", async () => {
  await withKernel("bad_import", "// A comment.\n#import nothing\n", () => {
    const error = assertThrows(
      () => assembleShader("bad_import", "f32", {}),
      ReferenceError,
    );
    assertEquals(
      error.message,
      `Cannot import "nothing" into kernel "bad_import" as it must be one of ${
        Object.keys(LIBRARIES).join(", ")
      }`,
    );
  });
});
