import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import {
  type HubSettings,
  readHubSettings,
} from "../../../src/checkpoint/hub/hub_settings.ts";

function read(env: Readonly<Record<string, string>>): Promise<HubSettings> {
  return readHubSettings((name) => env[name]);
}

Deno.test("readHubSettings() looks where the Hub's own tools look", async () => {
  const home = await Deno.makeTempDir();
  try {
    const folder = join(home, ".cache", "huggingface");
    assertEquals(await read({ HOME: home }), {
      endpoint: "https://huggingface.co",
      token: null,
      cacheFolder: join(folder, "hub"),
      isOffline: false,
    });
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(join(folder, "token"), "hf_file\n");
    assertEquals((await read({ HOME: home })).token, "hf_file");
    const given = await read({
      HOME: home,
      HF_TOKEN: "hf_given",
      HF_HOME: "/models",
      HF_ENDPOINT: "https://mirror.example/hub/",
      HF_HUB_OFFLINE: "1",
    });
    assertEquals(given, {
      endpoint: "https://mirror.example/hub",
      token: "hf_given",
      cacheFolder: join("/models", "hub"),
      isOffline: true,
    });
    const { cacheFolder } = await read({ HOME: home, HF_HUB_CACHE: "/cache" });
    assertEquals(cacheFolder, "/cache");
    const { cacheFolder: other } = await read({ XDG_CACHE_HOME: home });
    assertEquals(other, join(home, "huggingface", "hub"));
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("readHubSettings() says what must be set", async () => {
  await assertRejects(
    () => read({}),
    TypeError,
    "Cannot find the Hub's cache as HF_HOME or HOME must be set",
  );
  for (const endpoint of ["huggingface.co", "ftp://x", "https://u:p@x"]) {
    await assertRejects(
      () => read({ HOME: "/none", HF_ENDPOINT: endpoint }),
      TypeError,
      "HF_ENDPOINT must be an http: or https: URL",
    );
  }
});
