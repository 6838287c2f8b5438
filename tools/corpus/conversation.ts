import type { ChatMessage } from "../../src/text/mod.ts";

/** What somebody and the model say to each other. */
export interface Conversation {
  /** What it is for: `restaurants`, say. */
  readonly topics: readonly string[];
  /** Turns by user and assistant, in turn. */
  readonly messages: readonly ChatMessage[];
}
