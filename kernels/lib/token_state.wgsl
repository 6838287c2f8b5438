// What is known of each token id in this generation: times generated (low 30 bits), ends the text, occurs
// in the prompt. Needs nothing from the importer, which binds `token_state: array<u32>` [V].

const COUNT_MASK = 0x3fffffffu;
const IS_END = 0x40000000u;
const IN_PROMPT = 0x80000000u;
