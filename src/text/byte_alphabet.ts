/**
 * A letter for each byte, as byte-level tokenizers write them: a printable byte stands for itself, the others for what
 * follows U+0100. Source: GPT-2's `bytes_to_unicode`.
 */
export const BYTE_ALPHABET: readonly string[] = createAlphabet();

function createAlphabet(): string[] {
  let numOthers = 0;
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte > 0x20 && byte < 0x7f) ||
      (byte > 0xa0 && byte !== 0xad);
    return String.fromCodePoint(isPrintable ? byte : 0x100 + numOthers++);
  });
}
