/** One typed function per kernel: checks, binds, and returns launches. @module */

export * from "./accept.ts";
export * from "./attention.ts";
export * from "./attention_serial.ts";
export * from "./choose.ts";
export * from "./draft_expand.ts";
export * from "./draft_input.ts";
export * from "./draft_top.ts";
export * from "./draft_tree.ts";
export * from "./embed.ts";
export * from "./kv_commit.ts";
export * from "./log_prob.ts";
export * from "./logit_cut.ts";
export * from "./matmul.ts";
export * from "./matmul_add.ts";
export * from "./matmul_hidden.ts";
export * from "./matmul_linear.ts";
export * from "./matmul_qkv.ts";
export * from "./matmul_swiglu.ts";
export * from "./matrix_kernel.ts";
export * from "./moe_route.ts";
export * from "./op.ts";
export * from "./pack.ts";
export * from "./packed_matrix.ts";
export * from "./rms_norm.ts";
export * from "./row_table.ts";
export * from "./sampling_buffers.ts";
