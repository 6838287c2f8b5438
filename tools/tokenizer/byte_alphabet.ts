/**
 * A character for each byte, as byte-level tokenizers write them: printable ones for themselves, the
 * others by what follows U+0100.
 *
 * Source: Radford et al. 2019 (GPT-2), `bytes_to_unicode`.
 */
export const BYTE_ALPHABET: readonly string[] = makeAlphabet();

function makeAlphabet(): string[] {
  let numOthers = 0;
  return Array.from({ length: 256 }, (_, byte) => {
    const character = String.fromCharCode(byte);
    return /[!-~¡-¬®-ÿ]/.test(character)
      ? character
      : String.fromCharCode(0x100 + numOthers++);
  });
}
