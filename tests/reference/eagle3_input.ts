// out[t] = [norm(w[token of row t]) * input_norm ; h'],  h' = norm(h) * hidden_norm,  residual[t] = h or h',
// norm(v) = v / sqrt(mean(v²) + EPS), h a row of `hidden`: that of row t, or its hidden_row when GATHERED

import { at, type Floats } from "./lib/at.ts";
import { readRows } from "./lib/rows.ts";

/**
 * CPU twin of `kernels/eagle3_input.wgsl`.
 *
 * @param bindings The kernel's bindings, `w` unpacked: `[V, D]`; `out` and `residual` are written.
 * @param constants The kernel's constants.
 */
export function eagle3Input(
  bindings: {
    readonly rows: Uint32Array;
    readonly w: Floats;
    readonly hidden: Floats;
    readonly inputNorm: Float32Array;
    readonly hiddenNorm: Float32Array;
    readonly out: Float64Array;
    readonly residual: Float64Array;
  },
  constants: {
    readonly D: number;
    readonly EPS: number;
    readonly GATHERED: boolean;
    readonly NORMED_RESIDUAL: boolean;
  },
): void {
  const { rows, w, hidden, inputNorm, hiddenNorm, out, residual } = bindings;
  const { D, EPS, GATHERED, NORMED_RESIDUAL } = constants;
  const normed = (x: Floats, row: number, weight: Float32Array): number[] => {
    let squares = 0;
    for (let d = 0; d < D; d++) squares += at(x, row * D + d) ** 2;
    const scale = 1 / Math.sqrt(squares / D + EPS);
    return Array.from(
      { length: D },
      (_, d) => at(x, row * D + d) * scale * at(weight, d),
    );
  };
  readRows(rows).row.forEach(({ token, hiddenRow }, t) => {
    const from = GATHERED ? hiddenRow : t;
    const h = normed(hidden, from, hiddenNorm);
    out.set([...normed(w, token, inputNorm), ...h], t * 2 * D);
    const kept = NORMED_RESIDUAL
      ? h
      : h.map((_, d) => at(hidden, from * D + d));
    residual.set(kept, t * D);
  });
}
