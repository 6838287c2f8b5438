/**
 * Stands in for `jsr:@std/streams` where JSR cannot be reached: the same names, signatures and behaviour, and only what
 * this project imports.
 *
 * @module
 */

export * from "./text_line_stream.ts";
export * from "./to_text.ts";
