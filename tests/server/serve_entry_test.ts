import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { exchangeBytes } from "./_serve.ts";
import { withChatModel } from "../cli/_chat_model.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Runs `deno serve serve.ts` with some variables. */
function start(env: Readonly<Record<string, string>>): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...["serve", "--no-prompt", "--config", `${ROOT}deno.json`],
      ...["--host", "127.0.0.1", "--port", "0"],
      ...["--allow-read", "--allow-env=JAKIRO_*", `${ROOT}serve.ts`],
    ],
    env: { XDG_RUNTIME_DIR: "/tmp", NO_COLOR: "1", JAKIRO_PORT: "", ...env },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Reads until an address is named. */
async function addressOf(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<string> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(text)?.[0];
    if (found !== undefined) return found;
  }
  throw new Error(`It did not serve: ${text}`);
}

Deno.test("serve.ts serves what the environment describes", async () => {
  await withChatModel(async (model) => {
    const process = start({
      JAKIRO_MODEL: model,
      JAKIRO_NAME: "tiny",
      JAKIRO_API_KEYS: "sesame",
      JAKIRO_LOG: "none",
    });
    try {
      const address = await addressOf(process.stderr);
      const response = await fetch(`${address}v1/models`, {
        headers: { authorization: "Bearer sesame" },
      });
      const { data } = await response.json();
      assertEquals(data[0].id, "tiny");
      const refused = await fetch(`${address}v1/models`);
      assertEquals(refused.status, 401);
      await refused.body?.cancel();
      // Of an address of this machine alone, the module learns when it is listened on.
      const rebound = await exchangeBytes(
        Number(new URL(address).port),
        ["GET /health HTTP/1.1\r\nhost: rebound.example\r\n\r\n"],
        { until: "misdirected_request" },
      );
      assertStringIncludes(rebound, "HTTP/1.1 421");
    } finally {
      process.kill("SIGKILL");
      await process.stdout.cancel();
      await process.status;
    }
  });
});

Deno.test("serve.ts finishes what runs when it is told to end, refuses what waits, and ends", async () => {
  await withChatModel(async (model) => {
    const process = start({
      JAKIRO_MODEL: model,
      JAKIRO_NAME: "tiny",
      JAKIRO_MAX_RUNNING: "1",
      JAKIRO_LOG: "json",
    });
    const log = new Response(process.stdout).text();
    const address = await addressOf(process.stderr);
    const ask = (fields: object): Promise<Response> =>
      fetch(`${address}v1/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: "tiny", prompt: "Once", ...fields }),
      });
    const long = { max_tokens: 3000, ignore_eos: true };
    const running = await ask({ ...long, stream: true });
    const waiting = ask({ max_tokens: 1 });
    const isWaiting = async (): Promise<boolean> => {
      const metrics = await fetch(`${address}metrics`);
      return (await metrics.text()).includes(
        'jakiro_requests_queued{model="tiny"} 1\n',
      );
    };
    while (!await isWaiting()) {
      await new Promise((done) => setTimeout(done, 20));
    }
    process.kill("SIGTERM");
    const refused = await waiting;
    assertEquals(refused.status, 503);
    assertEquals((await refused.json()).error.code, "shutting_down");
    await assertRejects(() => ask({ max_tokens: 1 }), TypeError);
    const text = await running.text();
    assertStringIncludes(text, "[DONE]");
    assertEquals((await process.status).code, 0);
    const records = (await log).trimEnd().split("\n")
      .map((line) => JSON.parse(line));
    const asked = records.filter(({ path }) => path === "/v1/completions");
    assertEquals(asked.map(({ status }) => status), [503, 200]);
    assertEquals(asked[1].completionTokens, 3000);
  });
});

Deno.test("serve.ts says which variable is wrong", async () => {
  const { success, stderr } = await start({ JAKIRO_MAX_QUEUE: "x" }).output();
  assertEquals(success, false);
  assertStringIncludes(
    new TextDecoder().decode(stderr),
    "Cannot set JAKIRO_MAX_QUEUE as it must be an integer in [0, 65536]",
  );
});
