import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  answered,
  ask,
  askWhole,
  closeBrowser,
  testPage,
  textsOf,
} from "./_test_page.ts";
import { failWith, say } from "./_fake_api.ts";

const CHAT = "/v1/chat/completions";

Deno.test.afterAll(closeBrowser);

testPage(
  "the page asks for an API key where the server wants one, and goes on",
  async ({ page, api }) => {
    const alert = page.getByRole("alert");
    assertMatch(await alert.textContent() ?? "", /wants an API key/);
    await askWhole(page, "Hello!");
    assertEquals(await alert.count(), 2);
    await alert.last().getByRole("button", { name: "Enter API key" }).click();
    await page.keyboard.type("secret");
    await page.keyboard.press("Enter");
    await page.locator(".answer").getByText("Yes.").waitFor();
    await answered(page);
    assertEquals(await alert.count(), 0);
    const { authorization, body } = api.requestsTo(CHAT).at(-1) ?? {};
    assertEquals(authorization, "Bearer secret");
    assertEquals(body?.model, "tiny");
    assertEquals(body?.messages, [{ role: "user", content: "Hello!" }]);
  },
  {
    prepare: (api) => {
      api.key = "secret";
    },
  },
);

testPage(
  "the page says when a busy server may be asked again, and asks",
  async ({ page, api }) => {
    api.answers.push(failWith(429, "Queue full", { "retry-after": "5" }));
    await page.clock.install({ time: 0 });
    await page.clock.pauseAt(1000);
    await askWhole(page, "Hello!");
    const alert = page.getByRole("alert");
    assertEquals(
      await alert.locator("p").textContent(),
      "The server has as much to do as it can. Try again in 5 seconds.",
    );
    const button = alert.getByRole("button");
    assertEquals(await button.textContent(), "Try again (5)");
    await page.clock.runFor(4900);
    assertEquals(await button.textContent(), "Try again (1)");
    assert(await button.isDisabled());
    await page.clock.runFor(400);
    assertEquals(await button.textContent(), "Try again");
    await button.click();
    await page.locator(".answer").getByText("Yes.").waitFor();
    assertEquals(await alert.count(), 0);
  },
);

testPage(
  "the page says what other errors mean, and what to do",
  async ({ page, api }) => {
    const context = { code: "context_length_exceeded", message: "Too long" };
    const cases = [
      [failWith(503, "starting"), /The model is not running.*in a moment/],
      [failWith(500, "device lost"), /The server failed: device lost\. Try/],
      [failWith(404, "No model x"), /No model x\. Choose another model/],
      [failWith(400, "Bad seed"), /refuses this: Bad seed\./],
      [new Response("?", { status: 502 }), /The server failed: status 502\./],
      [
        Response.json({ error: context }, { status: 400 }),
        /Too long\. Begin a new conversation/,
      ],
      [
        { tokens: say("Half of"), breaksWith: "nothing" },
        /The answer broke off, as the connection was lost/,
      ],
      [
        { tokens: say("Half of"), breaksWith: "error" },
        /The answer broke off: the device was lost\. Try again/,
      ],
    ] as const;
    for (const [answer, expected] of cases) {
      api.answers.push(answer);
      await askWhole(page, "Hello!");
      const alert = page.locator(".answer").last().getByRole("alert");
      assertMatch(await alert.textContent() ?? "", expected);
    }
    assertEquals(
      (await textsOf(page.locator(".answer .text"))).slice(-2),
      ["Half of", "Half of"],
    );
    await page.getByRole("button", { name: "Try again" }).last().click();
    await page.locator(".answer").getByText("Yes.").waitFor();
    await answered(page);
    // Trying an earlier question again would take away what came after it.
    assertEquals(
      await page.getByRole("button", { name: "Try again" }).count(),
      0,
    );
    // Questions without an answer are not asked again.
    assertEquals(api.requestsTo(CHAT).at(-1)?.body?.messages.length, 3);
  },
);

testPage(
  "the page says that the server is out of reach, and asks again",
  async ({ page }) => {
    await page.route("**/v1/chat/completions", (route) => route.abort());
    await ask(page, "Hello!");
    const alert = page.getByRole("alert");
    assertMatch(await alert.textContent() ?? "", /cannot be reached/);
    await page.unroute("**/v1/chat/completions");
    await alert.getByRole("button", { name: "Try again" }).click();
    await page.locator(".answer").getByText("Yes.").waitFor();
  },
);
