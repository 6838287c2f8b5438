/// <reference lib="dom" />
import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLessOrEqual,
} from "@std/assert";
import type { Page } from "playwright-core";
import {
  answered,
  ask,
  askWhole,
  assertInView,
  closeBrowser,
  eventually,
  testPage,
  textsOf,
} from "./_test_page.ts";
import { readContrast } from "./_contrast.ts";
import { failWith, say } from "./_fake_api.ts";

Deno.test.afterAll(closeBrowser);

/** What has the focus, by what a reader is told. */
async function focused(page: Page): Promise<string> {
  return await page.evaluate(() => {
    const element = document.activeElement;
    return element?.id || element?.textContent?.trim() || "";
  });
}

testPage(
  "the page is used by keyboard alone",
  async ({ page, api }) => {
    assertEquals(await focused(page), "prompt");
    await page.keyboard.type("One");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("Two");
    await page.keyboard.press("Enter");
    await answered(page);
    const [request] = api.requestsTo("/v1/chat/completions");
    assertEquals(request?.body?.messages[0]?.content, "One\nTwo");
    await page.keyboard.press("Enter");
    assertEquals(api.requestsTo("/v1/chat/completions").length, 1);
    await page.locator(".skip").focus();
    const order: string[] = [];
    for (let step = 0; step < 10; step++) {
      await page.keyboard.press("Tab");
      order.push(await focused(page));
    }
    assertEquals(order.slice(0, 9), [
      "model",
      "show-drafts",
      "new",
      "open-settings",
      "theme",
      "Edit",
      "Regenerate",
      "Draft tree",
      "prompt",
    ]);
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    await page.locator("svg.drawing").waitFor();
    assertEquals(await focused(page), "tree-title");
    await page.keyboard.press("Escape");
    assertEquals(await focused(page), "Draft tree");
    await page.locator("#open-settings").focus();
    await page.keyboard.press("Enter");
    assertEquals(
      await page.locator("#settings select").evaluate((field) =>
        field === document.activeElement
      ),
      true,
    );
    await page.keyboard.press("Escape");
    assertEquals(await focused(page), "open-settings");
  },
);

testPage(
  "the page tells screen readers an answer sentence by sentence",
  async ({ page, api }) => {
    const gate = Promise.withResolvers<void>();
    api.answers.push({
      tokens: say("It rains. It{ still} does"),
      gate: { before: 4, opened: gate.promise },
    });
    await ask(page, "How is it?");
    const said = page.locator('[aria-live="polite"] p');
    await eventually(async () =>
      assertEquals(await textsOf(said), ["Answering", "It rains."])
    );
    gate.resolve();
    await answered(page);
    assertEquals(await textsOf(said), [
      "Answering",
      "It rains.",
      "It still does",
      "End of the answer",
    ]);
    const names = await page.locator("button, input, select, textarea")
      .evaluateAll((controls) =>
        controls.map((control) => {
          const labels = "labels" in control
            ? [...control.labels as NodeListOf<HTMLElement>]
            : [];
          return [control, ...labels].map((each) => each.textContent).join("")
            .trim();
        })
      );
    assertEquals(names.filter((name) => name === ""), []);
  },
);

testPage(
  "the page follows an answer, unless the reader looks elsewhere",
  async ({ page, api }) => {
    const scroller = page.locator("#scroller");
    const top = () => scroller.evaluate((each) => each.scrollTop);
    const fromEnd = () =>
      scroller.evaluate((each) =>
        each.scrollHeight - each.clientHeight - each.scrollTop
      );
    const gate = Promise.withResolvers<void>();
    const lines = say("First.\n".repeat(60).replaceAll("\n", "\n "));
    api.answers.push({ tokens: lines }, {
      tokens: [...lines, ...lines],
      gate: { before: lines.length, opened: gate.promise },
    });
    await askWhole(page, "Hello!");
    await eventually(async () => assertLessOrEqual(await fromEnd(), 1));
    await ask(page, "More!");
    await eventually(async () =>
      assertEquals(await page.locator(".token").count(), 2 * lines.length)
    );
    await eventually(async () => assertLessOrEqual(await fromEnd(), 1));
    await scroller.evaluate((each) => each.scrollTo(0, 100));
    gate.resolve();
    await answered(page);
    assertEquals(await top(), 100);
    await scroller.evaluate((each) => each.scrollTo(0, each.scrollHeight));
    const token = page.locator(".answer").last().locator(".token").nth(-14);
    await token.click();
    await page.locator("svg.drawing").waitFor();
    await assertInView(page, ".token[aria-current]");
  },
  { viewport: { width: 360, height: 640 } },
);

testPage(
  "the page fits a screen of 360 pixels",
  async ({ page, api }) => {
    const long = "x".repeat(300);
    api.answers.push({
      tokens: [{ text: long, drafted: true }, ...say(" end")],
    });
    await askWhole(page, long);
    api.answers.push(failWith(400, long));
    await askWhole(page, "And?");
    const overflow = () =>
      page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        const scroller = document.querySelector("#scroller");
        const inside = scroller === null
          ? Infinity
          : scroller.scrollWidth - scroller.clientWidth;
        return Math.max(scrollWidth - clientWidth, inside);
      });
    assertEquals(await overflow(), 0);
    for (
      const id of ["model", "show-drafts", "new", "theme", "prompt", "send"]
    ) {
      await assertInView(page, `#${id}`);
    }
    await page.getByText("end", { exact: true }).click();
    await page.locator("svg.drawing").waitFor();
    assertEquals(await overflow(), 0);
    await assertInView(page, ".token[aria-current]");
    await assertInView(page, "#tree");
    await assertInView(page, "#tree-close");
    await page.keyboard.press("Escape");
    await page.click("#open-settings");
    assertEquals(await overflow(), 0);
    const dialog = await page.locator("#settings").boundingBox();
    assertLessOrEqual(dialog?.width ?? Infinity, 360);
  },
  { viewport: { width: 360, height: 640 } },
);

for (const colorScheme of ["light", "dark"] as const) {
  testPage(
    `the page is legible in its ${colorScheme} theme`,
    async ({ page, api }) => {
      api.answers.push(
        { tokens: say("Plain{ drafted}") },
        failWith(500, "broken"),
      );
      await askWhole(page, "Hello!");
      await askWhole(page, "And?");
      await page.getByText("drafted", { exact: true }).click();
      await page.locator("svg.drawing").waitFor();
      // 4.5 is what WCAG 2.2 asks for at level AA.
      for (
        const selector of [
          ".question .text",
          ".token:not(.drafted)",
          ".token.drafted",
          ".figures",
          ".failure p",
          "#send",
          "#model",
          "#tree-summary",
        ]
      ) {
        const ratio = await readContrast(page.locator(selector).first());
        assertGreaterOrEqual(ratio, 4.5, selector);
      }
      const ground = () =>
        page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const before = await ground();
      await page.click("#theme");
      const other = await ground();
      assert(before !== other, "the theme has not changed");
      await page.reload();
      assertEquals(await ground(), other);
      await page.click("#theme");
      assertEquals(await ground(), before);
    },
    { colorScheme },
  );
}
