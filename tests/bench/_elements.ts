import { assertEquals } from "@std/assert";

/** An element, with the text right in it. */
export interface Element {
  readonly name: string;
  readonly attributes: string;
  text: string;
}

const VOID = ["meta"];

/** Lists the elements of HTML or SVG; fails where tags do not match, or an attribute's quotes. */
export function readElements(source: string): Element[] {
  const all: Element[] = [];
  const open: Element[] = [];
  const token =
    /<!DOCTYPE html>|<\/([a-z0-9]+)>|<([a-z0-9]+)((?: [a-zA-Z:-]+="[^"<>]*")*)(\/?)>|([^<>]+)/gy;
  while (token.lastIndex < source.length) {
    const { lastIndex } = token;
    const match = token.exec(source);
    if (match === null) {
      throw new SyntaxError(source.slice(lastIndex, lastIndex + 80));
    }
    const [, closed, opened, attributes = "", isEmpty, text] = match;
    if (text !== undefined) {
      const last = open.at(-1);
      if (last !== undefined) last.text += text;
    } else if (closed !== undefined) {
      assertEquals(open.pop()?.name, closed);
    } else if (opened !== undefined) {
      const element = { name: opened, attributes, text: "" };
      all.push(element);
      if (isEmpty !== "/" && !VOID.includes(opened)) open.push(element);
    }
  }
  assertEquals(open, []);
  return all;
}
