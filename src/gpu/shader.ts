import { KERNELS, LIBRARIES } from "../../kernels/mod.ts";

/** Number type of stored activations and weights; sums are always f32. */
export type Elem = "f16" | "f32";

/**
 * Values of the constants a kernel's header names, such as `{ K: 4096 }`: numbers become `u32`, `f16` and
 * `f32` aliases, and other texts are taken as they are. A constant that the kernel imports names a library.
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
  const imported = new Set(
    [...source.matchAll(/^#import (\w+)$/gm)].map(([, word]) => word),
  );
  const hasF16 = elem === "f16" || Object.values(constants).includes("f16");
  const prelude = [
    hasF16 ? "enable f16;" : "",
    `alias Elem = ${elem}; const ELEM_MAX = ${LARGEST[elem]};`,
    ...Object.entries(constants).filter(([key]) => !imported.has(key)).map((
      [key, value],
    ) =>
      value === "f16" || value === "f32"
        ? `alias ${key} = ${value};`
        : `const ${key} = ${typeof value === "number" ? `${value}u` : value};`
    ),
  ].join(" ");
  return [
    `${prelude} ${withoutImports(source)}`,
    ...importedLibraries(source, {
      name,
      constants: { FOURS: `fours_${elem}`, ...constants },
    }).map(withoutImports),
  ].join("\n");
}

function withoutImports(source: string): string {
  return source.replaceAll("#import", "// #import");
}

/** The libraries that a source imports, each once, and those that they import. */
function importedLibraries(
  source: string,
  kernel: { readonly name: string; readonly constants: KernelConstants },
  found: Set<string> = new Set(),
): readonly string[] {
  for (const [, word = ""] of source.matchAll(/^#import (\w+)$/gm)) {
    const library = String(kernel.constants[word] ?? word);
    const text = LIBRARIES[library];
    if (text === undefined) {
      throw new ReferenceError(
        `Cannot import "${library}" into kernel "${kernel.name}" as it must be one of ${
          Object.keys(LIBRARIES).join(", ")
        }`,
      );
    }
    if (found.has(text)) continue;
    found.add(text);
    importedLibraries(text, kernel, found);
  }
  return [...found];
}
