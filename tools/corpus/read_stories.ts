import { cleanLine } from "./clean_line.ts";

const PLAIN = /^[A-Za-z0-9 .,?!'"$%&:;()\n-]+$/;
const WHOLE = /[.!?]"?$/;

/**
 * Reads stories, and leaves out those that are cut off or have other characters than plain English.
 *
 * @param text Stories with `<|endoftext|>` between them.
 */
export function readStories(text: string): string[] {
  return text.split("<|endoftext|>")
    .map((story) =>
      story.split("\n").map(cleanLine).filter((line) => line !== "").join("\n")
    )
    .filter((story) => PLAIN.test(story) && WHOLE.test(story));
}
