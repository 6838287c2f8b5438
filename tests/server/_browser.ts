import type { Browser } from "playwright-core";

const PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** No request but the tests' own, and no sandbox, which root cannot have. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts this machine's Chromium, without a window and with a folder of its own. */
export async function launchBrowser(): Promise<Browser> {
  // Whether this is Windows' Linux is else found out by reading files that take all permissions.
  Deno.env.set("__IS_WSL_TEST__", "1");
  const { chromium } = await import("playwright-core");
  return await chromium.launch({ executablePath: findChromium(), args: FLAGS });
}

function findChromium(): string {
  const found = PATHS.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
  if (found !== undefined) return found;
  throw new ReferenceError(
    `Cannot drive the page as a Chromium must be installed: none of ${
      PATHS.join(", ")
    } is there`,
  );
}
