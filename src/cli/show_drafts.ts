import type { Model } from "../decode/mod.ts";
import type { OptionValues } from "./option_table.ts";
import { writeColoured, writeRemark, writeText } from "./output.ts";
import type { WriteText } from "../chat/forward_chunks.ts";

const GREEN = "\x1b[32m";

/**
 * Says whether text that was drafted is to be seen, and where that was asked for and cannot be, why.
 *
 * @param model What generates.
 * @param values What the command line sets.
 * @returns Whether it is.
 */
export function showsDrafts(
  { drafter }: Pick<Model, "drafter">,
  { showDrafts = false, json = false, quiet = false }: OptionValues,
): boolean {
  if (!showDrafts || drafter === null) return false;
  const hasColour = Deno.stdout.isTerminal() && !Deno.noColor && !json;
  if (!quiet) {
    writeRemark(
      hasColour
        ? `text that the ${drafter} drafter proposed is green\n`
        : "--show-drafts does nothing as text goes to no terminal with colour\n",
    );
  }
  return hasColour;
}

/**
 * Makes what writes a generation's text on standard output.
 *
 * @param isShowing Whether drafted text is coloured.
 * @returns Takes the text piece by piece.
 */
export function draftWriter(isShowing: boolean): WriteText {
  return (text, isDrafted) => {
    if (isShowing && isDrafted) writeColoured(text, GREEN);
    else writeText(text);
  };
}
