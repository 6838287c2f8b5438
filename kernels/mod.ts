/** Sources of every WGSL kernel and of the functions they share. @module */

import accept from "./accept.wgsl" with { type: "text" };
import attention from "./attention.wgsl" with { type: "text" };
import attention_merge from "./attention_merge.wgsl" with { type: "text" };
import attention_serial from "./attention_serial.wgsl" with { type: "text" };
import attention_split from "./attention_split.wgsl" with { type: "text" };
import choose from "./choose.wgsl" with { type: "text" };
import choose_experts from "./choose_experts.wgsl" with { type: "text" };
import draft_expand from "./draft_expand.wgsl" with { type: "text" };
import draft_input from "./draft_input.wgsl" with { type: "text" };
import draft_merge from "./draft_merge.wgsl" with { type: "text" };
import draft_top from "./draft_top.wgsl" with { type: "text" };
import draft_tree from "./draft_tree.wgsl" with { type: "text" };
import eagle3_input from "./eagle3_input.wgsl" with { type: "text" };
import embed from "./embed.wgsl" with { type: "text" };
import gather from "./gather.wgsl" with { type: "text" };
import kv_commit from "./kv_commit.wgsl" with { type: "text" };
import kv_store from "./kv_store.wgsl" with { type: "text" };
import log_prob from "./log_prob.wgsl" with { type: "text" };
import logit_cut from "./logit_cut.wgsl" with { type: "text" };
import matmul from "./matmul.wgsl" with { type: "text" };
import matmul_add from "./matmul_add.wgsl" with { type: "text" };
import matmul_chosen_add from "./matmul_chosen_add.wgsl" with { type: "text" };
import matmul_chosen_swiglu from "./matmul_chosen_swiglu.wgsl" with {
  type: "text",
};
import matmul_experts from "./matmul_experts.wgsl" with { type: "text" };
import matmul_gelu from "./matmul_gelu.wgsl" with { type: "text" };
import matmul_hidden from "./matmul_hidden.wgsl" with { type: "text" };
import matmul_linear from "./matmul_linear.wgsl" with { type: "text" };
import matmul_qkv from "./matmul_qkv.wgsl" with { type: "text" };
import matmul_swiglu from "./matmul_swiglu.wgsl" with { type: "text" };
import pack from "./pack.wgsl" with { type: "text" };
import pack_blocks from "./pack_blocks.wgsl" with { type: "text" };
import qk_norm from "./qk_norm.wgsl" with { type: "text" };
import quantize from "./quantize.wgsl" with { type: "text" };
import rms_norm from "./rms_norm.wgsl" with { type: "text" };
import rms_norm_add from "./rms_norm_add.wgsl" with { type: "text" };
import tap from "./tap.wgsl" with { type: "text" };
import top_log_probs from "./top_log_probs.wgsl" with { type: "text" };
import lib_allowed_all from "./lib/allowed_all.wgsl" with { type: "text" };
import lib_allowed_mask from "./lib/allowed_mask.wgsl" with { type: "text" };
import lib_attend from "./lib/attend.wgsl" with { type: "text" };
import lib_block_layout from "./lib/block_layout.wgsl" with { type: "text" };
import lib_store_blocks from "./lib/store_blocks.wgsl" with { type: "text" };
import lib_weights_blocks from "./lib/weights_blocks.wgsl" with {
  type: "text",
};
import lib_weights_plain from "./lib/weights_plain.wgsl" with { type: "text" };
import lib_cache_f16 from "./lib/cache_f16.wgsl" with { type: "text" };
import lib_cache_f32 from "./lib/cache_f32.wgsl" with { type: "text" };
import lib_cache_q8 from "./lib/cache_q8.wgsl" with { type: "text" };
import lib_choice from "./lib/choice.wgsl" with { type: "text" };
import lib_committed from "./lib/committed.wgsl" with { type: "text" };
import lib_draft_value from "./lib/draft_value.wgsl" with { type: "text" };
import lib_fours_f16 from "./lib/fours_f16.wgsl" with { type: "text" };
import lib_fours_f32 from "./lib/fours_f32.wgsl" with { type: "text" };
import lib_history from "./lib/history.wgsl" with { type: "text" };
import lib_joined_input from "./lib/joined_input.wgsl" with { type: "text" };
import lib_matmul from "./lib/matmul.wgsl" with { type: "text" };
import lib_noise from "./lib/noise.wgsl" with { type: "text" };
import lib_normed_input from "./lib/normed_input.wgsl" with { type: "text" };
import lib_order from "./lib/order.wgsl" with { type: "text" };
import lib_plain_input from "./lib/plain_input.wgsl" with { type: "text" };
import lib_processed_logit from "./lib/processed_logit.wgsl" with {
  type: "text",
};
import lib_routed_input from "./lib/routed_input.wgsl" with { type: "text" };
import lib_rows from "./lib/rows.wgsl" with { type: "text" };
import lib_sampling from "./lib/sampling.wgsl" with { type: "text" };
import lib_soft_cap from "./lib/soft_cap.wgsl" with { type: "text" };
import lib_softmax_sums from "./lib/softmax_sums.wgsl" with { type: "text" };
import lib_state from "./lib/state.wgsl" with { type: "text" };
import lib_token_state from "./lib/token_state.wgsl" with { type: "text" };
import lib_tree from "./lib/tree.wgsl" with { type: "text" };

/** WGSL of each kernel, by file name. */
export const KERNELS: Readonly<Record<string, string>> = {
  accept,
  attention,
  attention_merge,
  attention_serial,
  attention_split,
  choose,
  choose_experts,
  draft_expand,
  draft_input,
  draft_merge,
  draft_top,
  draft_tree,
  eagle3_input,
  embed,
  gather,
  kv_commit,
  kv_store,
  log_prob,
  logit_cut,
  matmul,
  matmul_add,
  matmul_chosen_add,
  matmul_chosen_swiglu,
  matmul_experts,
  matmul_gelu,
  matmul_hidden,
  matmul_linear,
  matmul_qkv,
  matmul_swiglu,
  pack,
  pack_blocks,
  qk_norm,
  quantize,
  rms_norm,
  rms_norm_add,
  tap,
  top_log_probs,
};

/** WGSL of each library in `kernels/lib/`, by the name `#import` uses. */
export const LIBRARIES: Readonly<Record<string, string>> = {
  allowed_all: lib_allowed_all,
  allowed_mask: lib_allowed_mask,
  attend: lib_attend,
  block_layout: lib_block_layout,
  store_blocks: lib_store_blocks,
  weights_blocks: lib_weights_blocks,
  weights_plain: lib_weights_plain,
  cache_f16: lib_cache_f16,
  cache_f32: lib_cache_f32,
  cache_q8: lib_cache_q8,
  choice: lib_choice,
  committed: lib_committed,
  draft_value: lib_draft_value,
  fours_f16: lib_fours_f16,
  fours_f32: lib_fours_f32,
  history: lib_history,
  joined_input: lib_joined_input,
  matmul: lib_matmul,
  noise: lib_noise,
  normed_input: lib_normed_input,
  order: lib_order,
  plain_input: lib_plain_input,
  processed_logit: lib_processed_logit,
  routed_input: lib_routed_input,
  rows: lib_rows,
  sampling: lib_sampling,
  soft_cap: lib_soft_cap,
  softmax_sums: lib_softmax_sums,
  state: lib_state,
  token_state: lib_token_state,
  tree: lib_tree,
};
