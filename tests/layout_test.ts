/**
 * Rules about the tree itself: which folder may import which, which files a kernel has, how long a file may be.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";

/** Sources by path from the root of the repository. */
type Tree = ReadonlyMap<string, string>;

/** What the files of a folder may import besides themselves: `docs/design.md`, section 6. */
const ALLOWED_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  "src/gpu": ["kernels"],
  "src/ops": ["src/gpu"],
  "src/text": [],
  "src/checkpoint": [],
  "src/plot": [],
  "src/model": ["src/ops", "src/gpu", "src/checkpoint"],
  "src/draft": ["src/model", "src/ops", "src/gpu", "src/checkpoint"],
  "src/decode": [
    "src/draft",
    "src/model",
    "src/ops",
    "src/gpu",
    "src/text",
    "src/checkpoint",
  ],
  "src/bench": [
    "src/decode",
    "src/draft",
    "src/model",
    "src/ops",
    "src/gpu",
    "src/text",
    "src/checkpoint",
    "src/plot",
  ],
  "src/chat": ["src/decode", "src/text", "src/checkpoint"],
  "src/cli": [
    "src/bench",
    "src/chat",
    "src/server",
    "src/train",
    "src/decode",
    "src/draft",
    "src/model",
    "src/ops",
    "src/gpu",
    "src/text",
    "src/checkpoint",
  ],
  "src/server": ["src/decode", "src/text", "src/checkpoint"],
  "src/train": [
    "src/decode",
    "src/draft",
    "src/model",
    "src/gpu",
    "src/text",
    "src/checkpoint",
    "src/plot",
  ],
};
const ENTRY_POINTS = ["mod.ts", "cli.ts", "train.ts", "serve.ts"];
/** Lines of a file: of a shader, and of any other. */
const MAX_LINES = { shader: 150, other: 250 } as const;
/** Bytes: what a package registry takes in one file, and what a clone should cost. */
const MAX_WEIGHTS = { file: 4e6, all: 12e6 } as const;
/** Packages that only some folders may import, so that the others need not load them. */
const LATE_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "@huggingface/hub": ["src/checkpoint"],
  "@jax-js/jax": ["src/train"],
  "prom-client": ["src/server"],
  "openai": [],
  "ajv": [],
  "ajv-formats": [],
  "@mlc-ai/web-xgrammar": ["src/text"],
  "playwright-core": [],
};

/** What the style guide rules out and the linter, or a comment to it, lets pass. */
const FORBIDDEN: Readonly<Record<string, RegExp>> = {
  "a to-do": /\b(?:TODO|FIXME|XXX)\b/,
  "a silenced type error": /@ts-(?:ignore|expect-error|nocheck)/,
  "a silenced lint rule":
    /deno-lint-ignore(?:-file|.*(?:no-explicit-any|no-non-null-assertion))/,
  "an enum": /^\s*(?:export )?(?:declare )?(?:const )?enum /m,
  "a Proxy": /\bnew Proxy\(/,
  "an enable line": /^\s*enable /m,
};

async function readTree(): Promise<Tree> {
  const root = new URL("../", import.meta.url);
  const tree = new Map<string, string>();
  async function visit(folder: string): Promise<void> {
    for await (
      const { name, isDirectory } of Deno.readDir(new URL(folder, root))
    ) {
      if (isDirectory) await visit(`${folder}${name}/`);
      else if (/\.(?:css|js|ts|wgsl)$/.test(name)) {
        await read(`${folder}${name}`);
      }
    }
  }
  async function read(path: string): Promise<void> {
    tree.set(path, await Deno.readTextFile(new URL(path, root)));
  }
  for (const folder of ["src/", "kernels/", "tests/", "tools/"]) {
    await visit(folder);
  }
  for await (const { name } of Deno.readDir(root)) {
    if (ENTRY_POINTS.includes(name)) await read(name);
  }
  return tree;
}

/** Bytes of the files under `weights/`, by path. */
async function readWeightSizes(): Promise<ReadonlyMap<string, number>> {
  const root = new URL("../", import.meta.url);
  const sizes = new Map<string, number>();
  async function visit(folder: string): Promise<void> {
    for await (
      const { name, isDirectory } of Deno.readDir(new URL(folder, root))
    ) {
      const path = `${folder}${name}`;
      if (isDirectory) await visit(`${path}/`);
      else sizes.set(path, (await Deno.stat(new URL(path, root))).size);
    }
  }
  await visit("weights/");
  return sizes;
}

/** The files under a folder, with their sources. */
function filesIn(
  tree: Tree,
  folder: string,
): Array<[path: string, source: string]> {
  return [...tree].filter(([path]) => path.startsWith(`${folder}/`)).sort();
}

/** `src/gpu` of `src/gpu/device.ts`, `kernels` of `kernels/mod.ts`. */
function folderOf(path: string): string {
  const parts = path.split("/").slice(0, -1);
  return parts.slice(0, parts[0] === "src" ? 2 : 1).join("/");
}

/** Paths of the files that a source imports; packages are left out. */
function importsOf(path: string, source: string): string[] {
  const statement = /^\s*(?:import|export)\b[^;"]*?\bfrom\s*"([^"]+)"/gm;
  const bare = /(?:^\s*import\s*|\bimport\(\s*)"([^"]+)"/gm;
  return [...source.matchAll(statement), ...source.matchAll(bare)]
    .map((match) => match[1] ?? "")
    .filter((specifier) => /^\.{0,2}\//.test(specifier))
    .map((specifier) =>
      new URL(specifier, `file:///${path}`).pathname.slice(1)
    );
}

function isAllowed(path: string, target: string): boolean {
  if (path === "kernels/mod.ts") return /^kernels\/.*\.wgsl$/.test(target);
  if (ENTRY_POINTS.includes(path)) {
    return /^(?:src|kernels|weights)\//.test(target);
  }
  const from = folderOf(path);
  const to = folderOf(target);
  if (to === "kernels" && target !== "kernels/mod.ts") return false;
  return to === from || (ALLOWED_IMPORTS[from] ?? []).includes(to);
}

function findForbiddenImports(tree: Tree): string[] {
  const entryPoints = [...tree].filter(([path]) => ENTRY_POINTS.includes(path));
  return [...filesIn(tree, "src"), ...filesIn(tree, "kernels"), ...entryPoints]
    .flatMap(
      ([path, source]) =>
        importsOf(path, source).filter((target) => !isAllowed(path, target))
          .map((target) => `${path} imports ${target}`),
    );
}

/** Files of `src` that import a package which they must do without. */
function findEarlyPackages(tree: Tree): string[] {
  return filesIn(tree, "src").flatMap(([path, source]) =>
    Object.entries(LATE_PACKAGES)
      .filter(([name, folders]) =>
        source.includes(`"${name}`) && !folders.includes(folderOf(path))
      )
      .map(([name]) => `${path} imports ${name}`)
  );
}

/** Folders of `src` that no rule names, whose imports would go unchecked. */
function findUnknownFolders(tree: Tree): string[] {
  const folders = new Set(filesIn(tree, "src").map(([path]) => folderOf(path)));
  return [...folders].filter((folder) => !(folder in ALLOWED_IMPORTS));
}

function findMissingKernelFiles(tree: Tree): string[] {
  return [...tree.keys()].flatMap((path) => {
    const name = /^kernels\/([^/]+)\.wgsl$/.exec(path)?.[1];
    if (name === undefined) return [];
    return [
      `src/ops/${name}.ts`,
      `tests/reference/${name}.ts`,
      `tests/ops/${name}_test.ts`,
    ]
      .filter((file) => !tree.has(file)).map((file) => `${path} lacks ${file}`);
  }).sort();
}

function findLongFiles(tree: Tree): string[] {
  return ["src", "tools", "kernels"].flatMap((folder) =>
    filesIn(tree, folder).flatMap(([path, source]) => {
      const isShader = path.endsWith(".wgsl");
      const maxLines = isShader ? MAX_LINES.shader : MAX_LINES.other;
      const numLines = source.trimEnd().split("\n").length;
      return numLines > maxLines
        ? [`${path} has ${numLines} lines, over ${maxLines}`]
        : [];
    })
  );
}

function findHeavyWeights(sizes: ReadonlyMap<string, number>): string[] {
  const total = sizes.values().reduce((sum, bytes) => sum + bytes, 0);
  return [...sizes]
    .filter(([, bytes]) => bytes > MAX_WEIGHTS.file)
    .map(([path, bytes]) => `${path} has ${bytes} bytes`)
    .concat(total > MAX_WEIGHTS.all ? `weights/ has ${total} bytes` : []);
}

function findForbiddenText(tree: Tree): string[] {
  const folders = ["src", "kernels", "tools"];
  return folders.flatMap((folder) => filesIn(tree, folder)).flatMap((
    [path, source],
  ) =>
    Object.entries(FORBIDDEN).filter(([, pattern]) => pattern.test(source))
      .map(([name]) => `${path} has ${name}`)
  );
}

function findBadNames(tree: Tree): string[] {
  return [...tree.keys()].filter((path) =>
    !/^(?:[a-z0-9_]+\/)*[a-z0-9_]+\.(?:css|js|ts|wgsl)$/.test(path) ||
    /(?:^|\/)index\.ts$/.test(path)
  ).sort();
}

Deno.test("src/ imports go one way, from the front ends to the kernels", async () => {
  assertEquals(findForbiddenImports(await readTree()), []);
});

Deno.test("src/ leaves packages that load slowly to the folders that need them", async () => {
  assertEquals(findEarlyPackages(await readTree()), []);
});

Deno.test("src/ has only folders with an import rule", async () => {
  assertEquals(findUnknownFolders(await readTree()), []);
});

Deno.test("kernels/ has an op, a twin and a test for each kernel", async () => {
  assertEquals(findMissingKernelFiles(await readTree()), []);
});

Deno.test("src/, tools/ and kernels/ have files of bounded length", async () => {
  assertEquals(findLongFiles(await readTree()), []);
});

Deno.test("src/, tools/ and kernels/ have nothing that the style guide rules out", async () => {
  assertEquals(findForbiddenText(await readTree()), []);
});

Deno.test("src/, tools/, kernels/ and tests/ have files named in snake_case", async () => {
  assertEquals(findBadNames(await readTree()), []);
});

Deno.test("weights/ has files that a package registry takes, and 12 MB in all", async () => {
  const sizes = await readWeightSizes();
  assert(sizes.has("weights/chat/config.json"));
  assertEquals(findHeavyWeights(sizes), []);
});

Deno.test("the rules hold for an empty tree", () => {
  for (
    const find of [
      findForbiddenImports,
      findEarlyPackages,
      findUnknownFolders,
      findMissingKernelFiles,
      findLongFiles,
      findForbiddenText,
      findBadNames,
    ]
  ) assertEquals(find(new Map()), []);
});

Deno.test("the rules name the files that break them", () => {
  const tree: Tree = new Map([
    [
      "mod.ts",
      'export * from "./tests/x.ts";\nexport { y } from "./src/gpu/a.ts";',
    ],
    ["src/gpu/a.ts", 'import {\n  b,\n} from "../ops/b.ts";\nimport "./c.ts";'],
    [
      "src/ops/b.ts",
      'import type { C } from "../gpu/c.ts";\nimport k from "../../kernels/mod.ts";',
    ],
    [
      "src/text/t.ts",
      'import { numpy } from "@jax-js/jax";\nconst m = await import("../model/m.ts");',
    ],
    ["src/misc/Bad.ts", "// TODO: rename\n".repeat(251)],
    [
      "kernels/mod.ts",
      'import k from "./k.wgsl" with { type: "text" };\nimport "./x.ts";',
    ],
    ["kernels/k.wgsl", `enable f16;${"\n//".repeat(150)}`],
    ["tests/ops/k_test.ts", 'import { a } from "../../src/gpu/a.ts";'],
  ]);
  assertEquals(findForbiddenImports(tree), [
    "src/gpu/a.ts imports src/ops/b.ts",
    "src/ops/b.ts imports kernels/mod.ts",
    "src/text/t.ts imports src/model/m.ts",
    "kernels/mod.ts imports kernels/x.ts",
    "mod.ts imports tests/x.ts",
  ]);
  assertEquals(findEarlyPackages(tree), ["src/text/t.ts imports @jax-js/jax"]);
  assertEquals(findUnknownFolders(tree), ["src/misc"]);
  assertEquals(findMissingKernelFiles(tree), [
    "kernels/k.wgsl lacks src/ops/k.ts",
    "kernels/k.wgsl lacks tests/reference/k.ts",
  ]);
  assertEquals(findLongFiles(tree), [
    "src/misc/Bad.ts has 251 lines, over 250",
    "kernels/k.wgsl has 151 lines, over 150",
  ]);
  assertEquals(findForbiddenText(tree), [
    "src/misc/Bad.ts has a to-do",
    "kernels/k.wgsl has an enable line",
  ]);
  assertEquals(findBadNames(tree), ["src/misc/Bad.ts"]);
  const sizes = ["a", "b", "c", "d"].map((name, index) =>
    [name, 2e6 + index * 1e6] as const
  );
  assertEquals(findHeavyWeights(new Map(sizes)), [
    "d has 5000000 bytes",
    "weights/ has 14000000 bytes",
  ]);
});
