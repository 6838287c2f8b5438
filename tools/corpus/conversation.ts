import type { ChatMessage } from "../../src/text/mod.ts";

/** A message that says something. */
export interface Turn extends ChatMessage {
  readonly content: string;
}

/** What somebody and the model say to each other. */
export interface Conversation {
  /** What it is for: `restaurants`, say. */
  readonly topics: readonly string[];
  /** Turns by user and assistant, in turn. */
  readonly messages: readonly Turn[];
}
