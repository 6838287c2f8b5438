/** How conversations are written down. @module */

/** Tokens that are no text, in the order of their ids. */
export const SPECIAL_TOKENS = {
  /** Begins a conversation or text. */
  begin: "<|begin|>",
  /** Ends each message, and so the answer. */
  end: "<|end|>",
  /** Begins what the model is told about itself. */
  system: "<|system|>",
  /** Begins what the user says. */
  user: "<|user|>",
  /** Begins what the model says. */
  assistant: "<|assistant|>",
} as const;

/** Id of `SPECIAL_TOKENS.begin`. */
export const BEGIN_ID = 0;

/** Id of `SPECIAL_TOKENS.end`. */
export const END_ID = 1;

/**
 * `<|begin|><|user|>Hello<|end|><|assistant|>`. A `<|` that somebody writes is taken apart, so that no
 * message can forge a token.
 */
export const CHAT_TEMPLATE = [
  "{{ bos_token }}",
  "{% for message in messages %}",
  "{% if message.role not in ['system', 'user', 'assistant'] %}",
  "{{ raise_exception('The roles are system, user and assistant.') }}",
  "{% endif %}",
  "{{ '<|' + message.role + '|>' + (message.content | trim | replace('<|', '< |')) + '<|end|>' }}",
  "{% endfor %}",
  "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}",
].join("");
