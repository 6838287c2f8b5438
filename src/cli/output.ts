/** What a text is written to. */
export interface OutputFile {
  /** Writes some of the bytes, and says how many. */
  writeSync(bytes: Uint8Array): number;
  /** Whether a person is reading. */
  isTerminal(): boolean;
}

/** What, written by a model or a file, could drive a terminal: controls, and changes of writing direction. */
const CONTROLS =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Writes a text that is not ours, such as a model's: as it is to a file, without controls to a terminal.
 *
 * @param text The text.
 * @param file Where to. Default: standard output.
 * @throws {Deno.errors.BrokenPipe} If the reader has gone.
 */
export function writeText(text: string, file: OutputFile = Deno.stdout): void {
  writeAll(file.isTerminal() ? withoutControls(text) : text, file);
}

/**
 * Writes a text that is not ours to a terminal, in colour.
 *
 * @param text The text.
 * @param colour Escape sequence that begins the colour.
 * @param file Where to. Default: standard output.
 * @throws {Deno.errors.BrokenPipe} If the reader has gone.
 */
export function writeColoured(
  text: string,
  colour: string,
  file: OutputFile = Deno.stdout,
): void {
  writeAll(`${colour}${withoutControls(text)}\x1b[0m`, file);
}

/**
 * Writes a remark to standard error; that nobody may be reading it is no error.
 *
 * @param text The remark, line end included.
 * @param file Where to. Default: standard error.
 */
export function writeRemark(
  text: string,
  file: OutputFile = Deno.stderr,
): void {
  try {
    writeAll(text, file);
  } catch {
    // Remarks are for whoever reads them.
  }
}

/** Replaces characters that could drive a terminal. */
export function withoutControls(text: string): string {
  return text.replaceAll(CONTROLS, "\ufffd");
}

function writeAll(text: string, file: OutputFile): void {
  const bytes = new TextEncoder().encode(text);
  let numBytes = 0;
  while (numBytes < bytes.length) {
    numBytes += file.writeSync(bytes.subarray(numBytes));
  }
}
