import { assertEquals } from "@std/assert";
import { assertErrorAsync } from "./assert_error.ts";
import { openByteSource } from "../../src/checkpoint/byte_source.ts";
import { pathExists } from "../../src/checkpoint/path_exists.ts";
import { withServer } from "./with_server.ts";

const FILE = "https://host/m/f";
const BYTES = Uint8Array.from([1, 2, 3, 4, 5]);

function serve(requests: string[], status = 200): typeof fetch {
  return (input, init) => {
    requests.push(`${init?.method} ${input}`);
    const found = String(input) === FILE;
    const body = init?.method === "HEAD" ? null : BYTES;
    return Promise.resolve(
      found
        ? new Response(body, { status })
        : new Response("", { status: 404 }),
    );
  };
}

Deno.test("openByteSource() fetches a file on a server once, and reads anywhere in it", async () => {
  const requests: string[] = [];
  await withServer(serve(requests), async () => {
    using source = await openByteSource(FILE);
    assertEquals([source.file, source.sizeBytes], [FILE, 5]);
    const into = new Uint8Array(3);
    assertEquals(await source.read(1, into), 3);
    assertEquals([...into], [2, 3, 4]);
    assertEquals(await source.read(4, into), 1);
    assertEquals([...into], [5, 3, 4]);
    assertEquals(await source.read(9, into), 0);
  });
  assertEquals(requests, [`GET ${FILE}`]);
});

Deno.test("openByteSource() says what is wrong with a server's answer", async () => {
  await withServer(serve([]), async () => {
    await assertErrorAsync(() => openByteSource(`${FILE}2`), [
      ReferenceError,
      `Cannot open "${FILE}2" as it must exist: found nothing there`,
    ]);
  });
  await withServer(serve([], 500), async () => {
    await assertErrorAsync(() => openByteSource(FILE), [
      TypeError,
      `Cannot open "${FILE}" as its server must answer 200: answered 500`,
    ]);
  });
  const headers = { "content-length": String(2 ** 26 + 1) };
  await withServer(
    () => Promise.resolve(new Response("", { headers })),
    () =>
      assertErrorAsync(() => openByteSource(FILE), [
        RangeError,
        `Cannot open "${FILE}" as a file that is fetched must have at most 67108864 bytes: found 67108865`,
      ]),
  );
});

Deno.test("pathExists() asks a server without taking the file", async () => {
  const requests: string[] = [];
  await withServer(serve(requests), async () => {
    assertEquals(await pathExists(FILE), true);
    assertEquals(await pathExists(`${FILE}2`), false);
  });
  assertEquals(requests, [`HEAD ${FILE}`, `HEAD ${FILE}2`]);
});
