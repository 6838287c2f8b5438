import type { ServedEntry } from "./service.ts";

/** What every answer, and every piece of one, begins with. */
export interface AnswerHead {
  /** Names the answer. */
  readonly id: string;
  /** Kind of object. */
  readonly object: string;
  /** When, in seconds since 1970. */
  readonly created: number;
  /** Name of the model. */
  readonly model: string;
  /** Changes when answers to the same request may. */
  readonly system_fingerprint: string;
}

/** Kind of answer. */
export interface AnswerKind {
  /** What its name begins with. */
  readonly prefix: string;
  /** What clients know it as. */
  readonly object: string;
}

/**
 * Makes what an answer begins with.
 *
 * @param entry Who answers.
 * @param kind Of the answer.
 * @returns The same for all of its pieces.
 */
export function answerHead(
  { model, fingerprint }: ServedEntry,
  { prefix, object }: AnswerKind,
): AnswerHead {
  return {
    id: `${prefix}-${crypto.randomUUID().replaceAll("-", "")}`,
    object,
    created: Math.floor(Date.now() / 1000),
    model: model.id,
    system_fingerprint: fingerprint,
  };
}
