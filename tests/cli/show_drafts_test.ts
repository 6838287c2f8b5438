import { assertEquals } from "@std/assert";
import { showsDrafts } from "../../src/cli/show_drafts.ts";

Deno.test("showsDrafts() is true only where asked for, with a drafter, and for text", () => {
  const quiet = true;
  const jakiro = { drafter: "jakiro" } as const;
  assertEquals(showsDrafts(jakiro, { quiet }), false);
  assertEquals(showsDrafts({ drafter: null }, { showDrafts: true }), false);
  const isShown = showsDrafts(jakiro, { showDrafts: true, quiet });
  assertEquals(isShown, Deno.stdout.isTerminal() && !Deno.noColor);
  const json = { showDrafts: true, json: true, quiet };
  assertEquals(showsDrafts(jakiro, json), false);
});
