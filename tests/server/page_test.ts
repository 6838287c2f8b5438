/// <reference lib="dom" />
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import {
  answered,
  ask,
  askWhole,
  closeBrowser,
  eventually,
  testPage,
  textsOf,
} from "./_test_page.ts";
import { failWith, say } from "./_fake_api.ts";

const CHAT = "/v1/chat/completions";
const TREE = "/v1/draft_tree";

Deno.test.afterAll(closeBrowser);

testPage(
  "the page shows an answer as it comes, its drafts, and how fast it comes",
  async ({ page, api }) => {
    const gate = Promise.withResolvers<void>();
    api.answers.push({
      tokens: say("Once{ upon a} time{ there}"),
      gate: { before: 3, opened: gate.promise },
    });
    await ask(page, "Tell me a story.");
    const answer = page.locator(".answer");
    await eventually(async () =>
      assertEquals(await textsOf(answer.locator(".text")), ["Once upon a"])
    );
    assertEquals(await answer.getAttribute("aria-busy"), "true");
    assertEquals(
      await answer.locator(".figures").textContent(),
      "2.5 tokens per round · 42 tokens/s · 67 % drafted",
    );
    gate.resolve();
    await answered(page);
    assertEquals(await textsOf(answer.locator(".text")), [
      "Once upon a time there",
    ]);
    assertEquals(await textsOf(answer.locator(".token.drafted")), [
      "upon",
      "a",
      "there",
    ]);
    assertEquals(await answer.getAttribute("aria-busy"), null);
    const [request] = api.requestsTo(CHAT);
    const { seed, ...body } = request?.body ?? {};
    assertEquals(body, {
      model: "tiny",
      messages: [{ role: "user", content: "Tell me a story." }],
      stream: true,
      stream_options: { include_drafts: true },
    });
    assertEquals(seed, Number(seed) >>> 0);
    assertEquals(request?.authorization, null);
    assertMatch(
      await answer.locator(".figures").textContent() ?? "",
      new RegExp(`60 % drafted · seed ${seed}$`),
    );
  },
);

testPage(
  "the page stops an answer by button and by Escape, and keeps what came",
  async ({ page, api }) => {
    const never = new Promise<void>(() => {});
    for (const stop of ["button", "key"]) {
      api.answers.push({
        tokens: say(`A ${stop} more`),
        gate: { before: 2, opened: never },
      });
      await ask(page, stop);
      await page.getByText(`A ${stop}`, { exact: true }).waitFor();
      if (stop === "button") await page.click("#stop");
      else await page.keyboard.press("Escape");
      await answered(page);
      assertMatch(
        await page.locator(".answer .figures").last().textContent() ?? "",
        / · stopped$/,
      );
    }
    await eventually(() => assertEquals(api.numLeft, 2));
    await askWhole(page, "Go on.");
    assertEquals(api.requestsTo(CHAT).at(-1)?.body?.messages, [
      { role: "user", content: "button" },
      { role: "assistant", content: "A button" },
      { role: "user", content: "key" },
      { role: "assistant", content: "A key" },
      { role: "user", content: "Go on." },
    ]);
  },
);

testPage(
  "the page regenerates the last answer, with other noise",
  async ({ page, api }) => {
    api.answers.push({ tokens: say("First.") }, { tokens: say("Second.") });
    await askWhole(page, "Hello!");
    await page.getByRole("button", { name: "Regenerate" }).click();
    await page.locator(".answer").getByText("Second.").waitFor();
    await answered(page);
    assertEquals(await textsOf(page.locator(".answer .text")), ["Second."]);
    const [first, second] = api.requestsTo(CHAT);
    assertEquals(first?.body?.messages, second?.body?.messages);
    assertNotEquals(first?.body?.seed, second?.body?.seed);
    await askWhole(page, "And?");
    assertEquals(
      await page.getByRole("button", { name: "Regenerate" }).count(),
      1,
    );
  },
);

testPage(
  "the page asks an earlier question otherwise, and begins anew",
  async ({ page, api }) => {
    await askWhole(page, "One");
    await askWhole(page, "Two");
    const edit = page.getByRole("button", { name: "Edit" }).first();
    await edit.focus();
    await page.keyboard.press("Enter");
    assertEquals(await page.inputValue("#prompt"), "One");
    await page.keyboard.press("Escape");
    assertEquals(await page.inputValue("#prompt"), "");
    assertEquals(await page.locator("#editing").isVisible(), false);
    await edit.click();
    await askWhole(page, "Three");
    assertEquals(await textsOf(page.locator(".question .text")), ["Three"]);
    assertEquals(api.requestsTo(CHAT).at(-1)?.body?.messages, [
      { role: "user", content: "Three" },
    ]);
    await page.getByRole("button", { name: "New conversation" }).click();
    await page.getByRole("heading", { name: "Say something" }).waitFor();
    assertEquals(await page.locator(".message").count(), 0);
    await page.getByRole("button", { name: "Tell me a story about a dog." })
      .click();
    await answered(page);
    assertEquals(api.requestsTo(CHAT).at(-1)?.body?.messages, [
      { role: "user", content: "Tell me a story about a dog." },
    ]);
  },
);

testPage(
  "the page sends what is set, keeps it, and keeps the key for the tab only",
  async ({ page, api }) => {
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByLabel("Model").selectOption("other");
    await page.getByLabel("Instructions").fill("Be short.");
    await page.getByLabel("Temperature").fill("0.7");
    await page.getByLabel("Top p").fill("0.9");
    await page.getByLabel("Most tokens").fill("20");
    await page.getByLabel("Seed").fill("7");
    await page.getByLabel("API key").fill("secret");
    await page.getByLabel("Temperature").fill("3");
    await page.getByRole("button", { name: "Done" }).click();
    assert(
      await page.locator("#settings").isVisible(),
      "3 is no temperature",
    );
    await page.getByLabel("Temperature").fill("0.7");
    await page.getByRole("button", { name: "Done" }).click();
    await page.locator("#settings").waitFor({ state: "hidden" });
    assertEquals(await page.textContent("#model"), "other");
    await page.reload();
    api.answers.push({ tokens: say("Long"), ending: "length" });
    await askWhole(page, "Hello!");
    const [request] = api.requestsTo(CHAT);
    assertEquals(request?.authorization, "Bearer secret");
    assertEquals(request?.body, {
      model: "other",
      messages: [
        { role: "system", content: "Be short." },
        { role: "user", content: "Hello!" },
      ],
      temperature: 0.7,
      top_p: 0.9,
      seed: 7,
      max_completion_tokens: 20,
      stream: true,
      stream_options: { include_drafts: true },
    });
    assertMatch(
      await page.textContent(".figures") ?? "",
      / · seed 7 · ended, as long as it may be$/,
    );
    const kept = await page.evaluate(() => JSON.stringify(localStorage));
    assertStringIncludes(kept, "Be short.");
    assert(!kept.includes("secret"), "the key outlives the tab");
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByRole("button", { name: "Defaults" }).click();
    await page.keyboard.press("Escape");
    await askWhole(page, "Again");
    const { seed, ...rest } = api.requestsTo(CHAT)[1]?.body ?? {};
    assertNotEquals(seed, 7);
    assertEquals(Object.keys(rest).sort(), [
      "messages",
      "model",
      "stream",
      "stream_options",
    ]);
  },
);

testPage(
  "the page colours drafts, and stops doing so for good",
  async ({ page, api }) => {
    api.answers.push({ tokens: say("Plain{ drafted}") });
    await askWhole(page, "Hello!");
    const colours = () =>
      page.locator(".token").evaluateAll((tokens) =>
        tokens.map((token) => getComputedStyle(token).backgroundColor)
      );
    const [plain, drafted] = await colours();
    assertNotEquals(plain, drafted);
    const toggle = page.getByRole("button", { name: "Drafts", exact: true });
    assertEquals(await toggle.getAttribute("aria-pressed"), "true");
    await toggle.click();
    assertEquals(await colours(), [plain ?? "", plain ?? ""]);
    await page.reload();
    assertEquals(await toggle.getAttribute("aria-pressed"), "false");
  },
);

testPage(
  "the page draws the tree that grows from a token",
  async ({ page, api }) => {
    api.answers.push({ tokens: say("Well.") }, {
      tokens: say("Once{ upon a} time"),
    });
    await askWhole(page, "Hello!");
    await askWhole(page, "A story");
    await page.getByText("upon", { exact: true }).click();
    await page.locator("svg.drawing").waitFor();
    const { seed } = api.requestsTo(CHAT)[1]?.body ?? {};
    assertEquals<unknown>(api.requestsTo(TREE)[0]?.body, {
      model: "tiny",
      seed,
      messages: [
        { role: "user", content: "Hello!" },
        { role: "assistant", content: "Well." },
        { role: "user", content: "A story" },
        { role: "assistant", content: "Once" },
      ],
    });
    assertEquals(await page.locator(".drawing .node").count(), 10);
    assertEquals(await page.locator(".drawing path").count(), 9);
    assertEquals(
      await textsOf(
        page.locator(".drawing .node.accepted text:first-of-type"),
      ),
      ["·upon", "·a", "·time"],
    );
    assertEquals(
      await page.textContent("#tree-summary"),
      "The drafter proposed 9 tokens. The model accepted 3 in one pass, “upon a time”, and then chose “there”.",
    );
    assertEquals(await textsOf(page.locator(".token[aria-current]")), [
      "upon",
    ]);
    const lastMessage = () =>
      api.requestsTo(TREE).at(-1)?.body?.messages.at(-1)?.content;
    await page.getByRole("button", { name: "Earlier" }).click();
    await eventually(() => assertEquals(lastMessage(), "A story"));
    assert(await page.getByRole("button", { name: "Earlier" }).isDisabled());
    for (let step = 0; step < 3; step++) {
      await page.getByRole("button", { name: "Later" }).click();
    }
    await eventually(() => assertEquals(lastMessage(), "Once upon a"));
    assert(await page.getByRole("button", { name: "Later" }).isDisabled());
    api.tree = failWith(400, "The model 'tiny' has no drafter.");
    await page.getByRole("button", { name: "Earlier" }).click();
    await page.getByText("The model 'tiny' has no drafter.").waitFor();
    assertEquals(await page.locator("svg.drawing").count(), 0);
    await page.getByRole("button", { name: "Close the draft tree" }).click();
    assertEquals(await page.locator("#tree").isVisible(), false);
    assertEquals(await page.locator(".token[aria-current]").count(), 0);
  },
);

testPage(
  "the page shows text as text, whoever wrote it",
  async ({ page, api }) => {
    const hostile = "<img src=x onerror=document.title='owned'><b>bold</b>";
    const tree = [{ id: 0, parent: null, score: 0, text: hostile }];
    api.answers.push({ tokens: [{ text: hostile, drafted: true }] });
    api.tree = tree;
    await askWhole(page, hostile);
    await page.click(".token");
    await page.locator("svg.drawing").waitFor();
    assertEquals(
      await page.locator("main :is(img, b), aside img").count(),
      0,
    );
    assertEquals(await textsOf(page.locator(".message .text")), [
      hostile,
      hostile,
    ]);
    assertEquals(await page.title(), "Jakiro");
    // The policy that comes with the page holds even for code that forgets.
    const refused = await page.evaluate((html) => {
      try {
        document.body.innerHTML = html;
        return "";
      } catch (error) {
        return String(error);
      }
    }, hostile);
    assertStringIncludes(refused, "TrustedHTML");
  },
  { note: /requires 'TrustedHTML' assignment/ },
);
