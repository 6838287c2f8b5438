/** A prompt of a file, as a model reads it. */
export interface EncodedPrompt {
  /** Its ids. */
  readonly ids: readonly number[];
  /** What the file says that it is an example of, or null. */
  readonly category: string | null;
}
