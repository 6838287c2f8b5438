/** From text to token ids and back, and from a conversation to text. @module */

export * from "./chat_message.ts";
export * from "./chat_template.ts";
export * from "./gguf_chat_template.ts";
export * from "./gguf_tokenizer.ts";
export * from "./grammar.ts";
export * from "./grammar/grammar_compiler.ts";
export * from "./grammar/grammar_matcher.ts";
export * from "./stop_strings.ts";
export * from "./stream_decoder.ts";
export * from "./tokenizer.ts";
