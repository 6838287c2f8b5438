import { nn, numpy as np } from "@jax-js/jax";
import { linear } from "./linear.ts";

/**
 * Activations of one or more networks with a SiLU gate.
 *
 * Shapes: `[N, D]` by `[2*F, D]` to `[N, F]`; `F` counts all networks.
 *
 * @param x The rows; consumed.
 * @param gateUp The gates' rows, then the others'; consumed.
 * @returns `silu(gate · x) * (up · x)`.
 */
export function swigluActivations(x: np.Array, gateUp: np.Array): np.Array {
  const [gate, up] = np.split(linear(x, gateUp), 2, 1);
  if (gate === undefined || up === undefined) {
    throw new RangeError("Cannot split rows as they must have two halves");
  }
  return nn.silu(gate).mul(up);
}
