import { assert, assertEquals } from "@std/assert";
import type {
  Browser,
  BrowserContextOptions,
  Locator,
  Page,
} from "playwright-core";
import { FakeApi } from "./_fake_api.ts";
import { launchBrowser } from "./_browser.ts";

/** What a test of the page works with. */
export interface OpenPage {
  /** The page, with its models listed. */
  readonly page: Page;
  /** The service behind it. */
  readonly api: FakeApi;
}

/** How a test opens the page. */
export interface OpenOptions extends BrowserContextOptions {
  /** Prepares the service before the page asks for its models. */
  readonly prepare?: (api: FakeApi) => void;
  /** What the browser is to note on its console, besides failed requests. Default: nothing. */
  readonly note?: RegExp;
}

/** Most milliseconds that anything may take. */
const TIMEOUT_MS = 30_000;

let browser: Promise<Browser> | null = null;

/**
 * Tests the page, in a fresh profile of a browser that all tests of a file share; sees that nothing fails in it and that
 * it asks no other server for anything.
 */
export function testPage(
  name: string,
  action: (open: OpenPage) => Promise<void>,
  options: OpenOptions = {},
): void {
  const fn = () => withPage(action, options);
  // The browser outlives the test.
  Deno.test({ name, fn, sanitizeOps: false, sanitizeResources: false });
}

async function withPage(
  action: (open: OpenPage) => Promise<void>,
  { prepare = () => {}, note, ...options }: OpenOptions,
): Promise<void> {
  await using api = new FakeApi();
  prepare(api);
  browser ??= launchBrowser();
  const context = await (await browser).newContext(options);
  const complaints: string[] = [];
  const addresses = new Set<string>();
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(TIMEOUT_MS);
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      // What the service refuses on purpose is noted there, too.
      const text = message.text();
      if (text.startsWith("Failed to load resource")) return;
      if (note?.test(text) !== true) complaints.push(text);
    });
    page.on("request", (request) => {
      addresses.add(`${new URL(request.url()).origin}/`);
    });
    const listed = page.waitForResponse((response) =>
      response.url().endsWith("/v1/models")
    );
    await page.goto(api.url);
    await listed;
    await action({ page, api });
    assertEquals(complaints, []);
    assertEquals([...addresses], [api.url]);
  } finally {
    await context.close();
  }
}

/** Ends the browser. */
export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
  browser = null;
}

/** Sends a question by keyboard. */
export async function ask(page: Page, question: string): Promise<void> {
  await page.fill("#prompt", question);
  await page.press("#prompt", "Enter");
}

/** Sends a question, and waits for the end of its answer. */
export async function askWhole(page: Page, question: string): Promise<void> {
  await ask(page, question);
  await page.locator(".answer").last().waitFor();
  await answered(page);
}

/** Waits for the end of the answer that is coming. */
export async function answered(page: Page): Promise<void> {
  await page.locator("#send").waitFor();
}

/** Waits until an assertion holds. */
export async function eventually(
  check: () => Promise<void> | void,
): Promise<void> {
  const endAt = Date.now() + TIMEOUT_MS;
  while (Date.now() < endAt) {
    try {
      return await check();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }
  await check();
}

/** Texts of elements, without the spaces that lay them out. */
export async function textsOf(locator: Locator): Promise<readonly string[]> {
  return (await locator.allTextContents()).map((text) => text.trim());
}

/** Sees that an element is wholly in the window. */
export async function assertInView(
  page: Page,
  selector: string,
): Promise<void> {
  const box = await page.locator(selector).boundingBox();
  const size = page.viewportSize();
  assert(box !== null && size !== null, `${selector} is not shown`);
  const isInside = box.x >= 0 && box.y >= 0 &&
    box.x + box.width <= size.width && box.y + box.height <= size.height;
  assert(isInside, `${selector} is at ${JSON.stringify(box)}`);
}
