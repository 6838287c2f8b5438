/// <reference lib="dom" />
import type { Locator } from "playwright-core";

/** Reads the contrast of an element's text with what is behind it, as WCAG 2.2 defines it. */
export async function readContrast(locator: Locator): Promise<number> {
  const [ink, ground] = await locator.evaluate((element) => {
    let behind: Element | null = element;
    while (
      behind !== null && /, 0\)$/.test(getComputedStyle(behind).backgroundColor)
    ) behind = behind.parentElement;
    return [
      getComputedStyle(element).color,
      getComputedStyle(behind ?? document.body).backgroundColor,
    ].map((colour) => (colour.match(/[\d.]+/g) ?? []).map(Number));
  });
  const [dark = 0, light = 0] = [luminance(ink), luminance(ground)].sort((
    a,
    b,
  ) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: readonly number[] = []): number {
  const [red = 0, green = 0, blue = 0] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
