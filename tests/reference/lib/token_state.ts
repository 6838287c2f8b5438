/** Low bits: times generated. */
export const COUNT_MASK = 0x3fffffff;
/** The id ends the text. */
export const IS_END = 0x40000000;
/** The id occurs in the prompt. */
export const IN_PROMPT = 0x80000000;
