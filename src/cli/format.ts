const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"] as const;

/** Writes a number of bytes for people: `1.5 MiB`. */
export function formatBytes(numBytes: number): string {
  const power = numBytes < 1024
    ? 0
    : Math.min(Math.floor(Math.log2(numBytes) / 10), UNITS.length - 1);
  const value = numBytes / 1024 ** power;
  return `${value.toFixed(power === 0 ? 0 : 1)} ${UNITS[power]}`;
}

/** Writes a number with commas between thousands: `1,234,567`. */
export function formatCount(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
}

/** Lays rows out in columns, each as wide as its widest cell; `align` is `r` for right, a letter a column. */
export function formatColumns(
  rows: readonly (readonly string[])[],
  align = "",
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  return rows.map((row) =>
    row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return align[column] === "r" ? cell.padStart(width) : cell.padEnd(width);
    }).join("  ").trimEnd()
  );
}
