/** A drawing of given width, in SVG, that a sheet sets below others. */
export interface Chart {
  /** Its height. */
  readonly height: number;
  /** Its elements, from the point 0, 0 on. */
  readonly body: string;
}

/** Width of charts and sheets. */
export const CHART_WIDTH = 800;

/** Writes a coordinate: a tenth of a pixel is enough. */
export function fixed(value: number): string {
  return value.toFixed(1);
}
