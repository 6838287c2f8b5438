/** Sources of every WGSL kernel and of the functions they share. @module */

import accept from "./accept.wgsl" with { type: "text" };
import attention from "./attention.wgsl" with { type: "text" };
import choose from "./choose.wgsl" with { type: "text" };
import embed from "./embed.wgsl" with { type: "text" };
import log_prob from "./log_prob.wgsl" with { type: "text" };
import logit_cut from "./logit_cut.wgsl" with { type: "text" };
import matmul from "./matmul.wgsl" with { type: "text" };
import matmul_add from "./matmul_add.wgsl" with { type: "text" };
import matmul_qkv from "./matmul_qkv.wgsl" with { type: "text" };
import matmul_swiglu from "./matmul_swiglu.wgsl" with { type: "text" };
import pack from "./pack.wgsl" with { type: "text" };
import rms_norm from "./rms_norm.wgsl" with { type: "text" };
import lib_matmul from "./lib/matmul.wgsl" with { type: "text" };
import lib_rows from "./lib/rows.wgsl" with { type: "text" };
import lib_sampling from "./lib/sampling.wgsl" with { type: "text" };
import lib_state from "./lib/state.wgsl" with { type: "text" };
import lib_token_state from "./lib/token_state.wgsl" with { type: "text" };

/** WGSL of each kernel, by file name. */
export const KERNELS: Readonly<Record<string, string>> = {
  accept,
  attention,
  choose,
  embed,
  log_prob,
  logit_cut,
  matmul,
  matmul_add,
  matmul_qkv,
  matmul_swiglu,
  pack,
  rms_norm,
};

/** WGSL of each library in `kernels/lib/`, by the name `#import` uses. */
export const LIBRARIES: Readonly<Record<string, string>> = {
  matmul: lib_matmul,
  rows: lib_rows,
  sampling: lib_sampling,
  state: lib_state,
  token_state: lib_token_state,
};
