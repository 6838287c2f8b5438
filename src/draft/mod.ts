/** Drafters, and the trees that they propose. @module */

export * from "./drafter.ts";
export * from "./draft_head.ts";
export * from "./draft_memory.ts";
export * from "./draft_plan.ts";
export * from "./draft_session.ts";
export * from "./open_drafter.ts";
export * from "./static_tree.ts";
export * from "./tree_ladder.ts";
export * from "./tree_options.ts";
