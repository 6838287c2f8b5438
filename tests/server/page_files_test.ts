import { assert, assertEquals, assertMatch } from "@std/assert";
import { readPageFile } from "../../src/server/page_files.ts";

const FOLDER = new URL("../../src/server/page/", import.meta.url);
const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

async function read(path: string): Promise<Response> {
  const file = await readPageFile(path);
  assert(file !== null, path);
  return file;
}

Deno.test("readPageFile() reads all that lies in the page's folder", async () => {
  let numFiles = 0;
  for await (const { name } of Deno.readDir(FOLDER)) {
    const file = await read(name === "index.html" ? "/" : `/page/${name}`);
    assertEquals(
      await file.text(),
      await Deno.readTextFile(new URL(name, FOLDER)),
    );
    assertEquals(
      file.headers.get("content-type"),
      TYPES[name.split(".").at(-1) ?? ""] ?? "none",
    );
    numFiles++;
  }
  assert(numFiles > 0);
});

Deno.test("readPageFile() reads nothing else", async () => {
  for (
    const path of [
      "",
      "/page",
      "/page/",
      "/page/index.html",
      "/index.html",
      "/page/../page_files.ts",
      "/page/%2e%2e/page_files.ts",
      "/page_files.ts",
      "/page/constructor",
    ]
  ) assertEquals(await readPageFile(path), null, path);
});

Deno.test("readPageFile() forbids all that the page does not do", async () => {
  const { headers } = await read("/");
  const policy = headers.get("content-security-policy") ?? "";
  assertMatch(
    policy,
    /^default-src 'none'; script-src 'self'; style-src 'self';/,
  );
  assertMatch(
    policy,
    /frame-ancestors 'none'; require-trusted-types-for 'script'/,
  );
  assert(!/unsafe|\*|https?:/.test(policy), policy);
  assertEquals(headers.get("x-content-type-options"), "nosniff");
  assertEquals(headers.get("referrer-policy"), "no-referrer");
});

Deno.test("readPageFile() sends no file that the client has", async () => {
  const { headers } = await read("/page/page.js");
  const etag = headers.get("etag");
  assertEquals(headers.get("cache-control"), "no-cache");
  for (
    const [ifNoneMatch, status] of [
      [etag, 304],
      [`W/"other", W/${etag}`, 304],
      ["*", 304],
      ['"other"', 200],
      [null, 200],
    ] as const
  ) {
    const file = await readPageFile("/page/page.js", { ifNoneMatch });
    assertEquals(file?.status, status, ifNoneMatch ?? "none");
    assertEquals(file?.headers.get("etag"), etag);
    assertEquals(await file?.text() === "", status === 304);
  }
  const other = await read("/page/theme.js");
  assert(other.headers.get("etag") !== etag);
});

Deno.test("readPageFile() reads the page of a module that was imported from a server", async () => {
  const root = new URL("../../", import.meta.url);
  const cache = await Deno.makeTempDir();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      const text = pathname === "/main.ts"
        ? 'import { readPageFile } from "./src/server/page_files.ts";\n' +
          'console.log(await (await readPageFile("/page/page.js"))?.text());'
        : await Deno.readTextFile(new URL(`.${pathname}`, root));
      const isScript = pathname.endsWith(".ts");
      return new Response(text, {
        headers: {
          "content-type": isScript ? "text/typescript" : "text/plain",
        },
      });
    },
  );
  const host = `127.0.0.1:${server.addr.port}`;
  try {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--no-config", "--no-lock", "--quiet"]
        .concat(`--allow-import=${host}`, `http://${host}/main.ts`),
      env: { DENO_DIR: cache, NO_COLOR: "1" },
    }).output();
    const decoder = new TextDecoder();
    assertEquals([code, decoder.decode(stderr)], [0, ""]);
    assertEquals(
      decoder.decode(stdout),
      `${await Deno.readTextFile(new URL("page.js", FOLDER))}\n`,
    );
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});
