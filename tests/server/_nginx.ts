const CONFIG = new URL("../../deploy/nginx.conf", import.meta.url);

/** nginx, before replicas. */
export interface Nginx extends AsyncDisposable {
  /** Port it listens on. */
  readonly port: number;
}

/**
 * Starts nginx with the configuration that hosts are given, on a free port, before two replicas.
 *
 * @param ports The replicas' ports.
 * @returns nginx.
 */
export async function startNginx(
  ports: readonly [number, number],
): Promise<Nginx> {
  const folder = await Deno.makeTempDir();
  const port = freePort();
  const text = await Deno.readTextFile(CONFIG);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`);
  const own = [
    [":8001", `:${ports[0]}`],
    [":8002", `:${ports[1]}`],
    [":8000", `:${port}`],
    ["http {", `http { access_log off; ${temporary.join(" ")}`],
  ].reduce((config, [from = "", to = ""]) => config.replace(from, to), text);
  await Deno.writeTextFile(`${folder}/nginx.conf`, own);
  const process = new Deno.Command("/usr/sbin/nginx", {
    args: [
      "-p",
      folder,
      "-c",
      `${folder}/nginx.conf`,
      "-e",
      `${folder}/error.log`,
      "-g",
      `daemon off; pid ${folder}/nginx.pid;`,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await listens(port);
  return {
    port,
    async [Symbol.asyncDispose]() {
      process.kill("SIGTERM");
      await process.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function listens(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nginx does not listen on ${port}`);
}
