import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { runCli } from "./_run_cli.ts";
import { withChatModel } from "./_chat_model.ts";

/** A running `jakiro serve`. */
interface Served {
  /** Where it listens. */
  readonly address: string;
  readonly process: Deno.ChildProcess;
  /** All of standard error, when it has ended. */
  readonly remarks: Promise<string>;
  /** All of standard output, when it has ended. */
  readonly log: Promise<string>;
}

/** Runs `jakiro serve` with the permissions that the launcher gives it. */
async function withServe(
  model: string,
  options: {
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly run: (served: Served) => Promise<void>;
  },
): Promise<void> {
  const root = new URL("../../", import.meta.url).pathname;
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--config", `${root}deno.json`],
      ...["--allow-read", "--allow-net=127.0.0.1:0"],
      ...["--allow-env=JAKIRO_API_KEYS", `${root}cli.ts`],
      ...["serve", "--port", "0", "--model", model, "--name", "tiny"],
      ...options.args ?? [],
    ],
    env: { XDG_RUNTIME_DIR: "/tmp", NO_COLOR: "1", ...options.env },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [first, second] = process.stderr.tee();
  const remarks = new Response(second).text();
  const log = new Response(process.stdout).text();
  try {
    const address = await readAddress(first);
    await options.run({ address, process, remarks, log });
  } finally {
    try {
      process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await process.status;
  }
}

async function readAddress(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<string> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const found = /on (http:\S+)\n/.exec(text)?.[1];
    if (found !== undefined) return found;
  }
  throw new Error(`It did not serve: ${text}`);
}

function ask(
  address: string,
  fields: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${address}v1/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ model: "tiny", prompt: "Once", ...fields }),
  });
}

Deno.test("serve finishes what runs when it is told to end", async () => {
  await withChatModel(async (model) => {
    await withServe(model, {
      args: ["--log", "json"],
      async run({ address, process, remarks, log }) {
        const answer = await ask(address, {
          stream: true,
          max_tokens: 300,
          ignore_eos: true,
        });
        assertEquals(answer.status, 200);
        process.kill("SIGTERM");
        const text = await answer.text();
        assert(text.trimEnd().endsWith("data: [DONE]"));
        assertEquals((await process.status).code, 0);
        assertStringIncludes(await remarks, "finishing what runs");
        const [record] = (await log).trimEnd().split("\n")
          .map((line) => JSON.parse(line));
        assertEquals(record.path, "/v1/completions");
        assertEquals(record.completionTokens, 300);
        assertEquals(record.prompt, undefined);
      },
    });
  });
});

Deno.test("serve ends at once when it is told twice", async () => {
  await withChatModel(async (model) => {
    await withServe(model, {
      async run({ address, process, remarks }) {
        const answer = await ask(address, {
          stream: true,
          max_tokens: 30_000,
          ignore_eos: true,
        });
        const reader = answer.body?.getReader();
        await reader?.read();
        process.kill("SIGINT");
        await new Promise((done) => setTimeout(done, 500));
        process.kill("SIGINT");
        assertEquals((await process.status).code, 130);
        await reader?.cancel().catch(() => {});
        assertStringIncludes(await remarks, "a second signal ends at once");
      },
    });
  });
});

Deno.test("serve asks for the keys of a file or of the environment", async () => {
  await withChatModel(async (model) => {
    const file = `${model}/keys`;
    await Deno.writeTextFile(file, "# one\nsesame\n");
    for (
      const options of [
        { args: ["--api-key-file", file] },
        { env: { JAKIRO_API_KEYS: "other, sesame" } },
      ]
    ) {
      await withServe(model, {
        ...options,
        async run({ address }) {
          const refused = await ask(address, { max_tokens: 1 });
          assertEquals(refused.status, 401);
          await refused.body?.cancel();
          const authorization = "Bearer sesame";
          const good = await ask(address, { max_tokens: 1 }, { authorization });
          assertEquals((await good.json()).usage.completion_tokens, 1);
        },
      });
    }
  });
});

Deno.test("serve says in one line why it cannot", async () => {
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = other.addr;
  await withChatModel(async (model) => {
    const taken = await runCli(
      ["serve", "--model", model, "--port", String(port)],
      {
        permissions: [
          `--allow-net=127.0.0.1:${port}`,
          "--allow-env=JAKIRO_API_KEYS",
        ],
      },
    );
    assertEquals([taken.status, taken.stdout], [1, ""]);
    assertStringIncludes(
      taken.stderr,
      `jakiro: Cannot listen on 127.0.0.1:${port} as no other program must: one does\n`,
    );
    for (const host of ["a/b", "a b"]) {
      const nowhere = await runCli(
        ["serve", "--model", model, "--host", host],
        { permissions: ["--allow-net", "--allow-env=JAKIRO_API_KEYS"] },
      );
      assertEquals([nowhere.status, nowhere.stdout], [1, ""]);
      assertMatch(
        nowhere.stderr,
        /^jakiro: Cannot listen on a.b:8000 as it must be an address or name of this machine: .*\n$/,
      );
    }
    const lost = await runCli(
      ["serve", "--model", model, "--api-key-file", `${model}/nothing`],
    );
    assertEquals(lost.status, 1);
    assertStringIncludes(lost.stderr, "as it must exist: found nothing there");
    await Deno.writeTextFile(`${model}/keys`, "# none\n");
    const keyless = await runCli(
      ["serve", "--model", model, "--api-key-file", `${model}/keys`],
    );
    assertEquals(keyless.status, 1);
    assertStringIncludes(keyless.stderr, "jakiro: Cannot read API keys from");
  });
});
