import { KERNELS, LIBRARIES } from "../../kernels/mod.ts";

/** Number type of stored activations and weights; sums are always f32. */
export type Elem = "f16" | "f32";

/**
 * Values of the constants a kernel's header names, such as `{ K: 4096 }`: numbers become `u32`, `f16` and
 * `f32` aliases, and other texts are taken as they are.
 */
export type KernelConstants = Readonly<Record<string, number | string>>;

const LARGEST: Readonly<Record<Elem, string>> = {
  f16: "65504.0",
  f32: "3.4028234e38",
};

/**
 * Puts together the WGSL of a kernel: constants and the `Elem` alias before the file's first line, each
 * imported library after its last, so that a compiler message's line is the file's line.
 *
 * @param name File name of the kernel, without extension.
 * @param elem What `Elem` stands for.
 * @param constants Values of the kernel's constants.
 * @returns A complete shader.
 * @throws {ReferenceError} If there is no such kernel or library.
 */
export function assembleShader(
  name: string,
  elem: Elem,
  constants: KernelConstants,
): string {
  const source = KERNELS[name];
  if (source === undefined) {
    throw new ReferenceError(
      `Cannot assemble kernel "${name}" as it must be one of ${
        Object.keys(KERNELS).join(", ")
      }`,
    );
  }
  const prelude = [
    elem === "f16" ? "enable f16;" : "",
    `alias Elem = ${elem}; const ELEM_MAX = ${LARGEST[elem]};`,
    ...Object.entries(constants).map(([key, value]) =>
      value === "f16" || value === "f32"
        ? `alias ${key} = ${value};`
        : `const ${key} = ${typeof value === "number" ? `${value}u` : value};`
    ),
  ].join(" ");
  const libraries = [...source.matchAll(/^#import (\w+)$/gm)].map((match) => {
    const library = LIBRARIES[match[1] ?? ""];
    if (library === undefined) {
      throw new ReferenceError(
        `Cannot import "${
          match[1]
        }" into kernel "${name}" as it must be one of ${
          Object.keys(LIBRARIES).join(", ")
        }`,
      );
    }
    return library;
  });
  return [
    `${prelude} ${source.replaceAll("#import", "// #import")}`,
    ...libraries,
  ].join("\n");
}
