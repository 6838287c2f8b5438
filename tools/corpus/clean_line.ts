/**
 * Puts a line of a corpus into plain typing: ASCII quotation marks and dashes, one space between words,
 * none before punctuation and one behind a sentence.
 */
export function cleanLine(text: string): string {
  return text.replaceAll(/[’‘`´]/g, "'").replaceAll(/[“”«»]/g, '"')
    .replaceAll(/[–—]/g, "-").replaceAll("…", "...")
    .replaceAll(/\s+/g, " ").replaceAll(/ ([.,?!;:](?:\s|$))/g, "$1")
    .replaceAll(/([a-z][.?!])(?=[A-Z][a-z])/g, "$1 ").trim();
}
