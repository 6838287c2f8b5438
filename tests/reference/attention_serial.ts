// The same values as those of attention.wgsl: the two kernels differ in the order of their sums alone, of which a
// twin in f64 knows nothing.

/** CPU twin of `kernels/attention_serial.wgsl`. */
export { attention as attentionSerial } from "./attention.ts";
