import type { Spread } from "./spread.ts";

/** Writes a figure with about three digits. */
export function formatFigure(value: number): string {
  return value.toFixed(value >= 99.5 ? 0 : value >= 9.95 ? 1 : 2);
}

/** Writes where values lie: the median, and in brackets the least and the largest. */
export function formatSpread(spread: Spread | null): string {
  if (spread === null) return "";
  const [middle, least, most] = [spread.median, spread.min, spread.max].map(
    formatFigure,
  );
  return `${middle} (${least} to ${most})`;
}

/** Writes a share as a percentage. */
export function formatShare(share: number | null): string {
  return share === null ? "" : `${(share * 100).toFixed(0)} %`;
}
