import type { TrainDocument } from "./train_document.ts";

/** Texts cut to a length. */
export interface CutDocuments {
  /** Pieces of each text that has any. */
  readonly pieces: readonly (readonly TrainDocument[])[];
  /** Texts longer than the length. */
  readonly numCut: number;
  /** Texts of which no piece is left, being too short or having nothing to learn. */
  readonly numLeftOut: number;
}

/** Fewest ids from which anything is learnt: a token's state, the next token, and what follows it. */
const MIN_LENGTH = 4;

/**
 * Cuts texts into pieces of at most a length; what is too short, or has nothing to learn, is left out.
 *
 * @param documents Texts.
 * @param length Most ids of a piece.
 * @returns The pieces, and how many texts were cut or left out.
 */
export function cutDocuments(
  documents: readonly TrainDocument[],
  length: number,
): CutDocuments {
  const pieces = documents.map((document) => cutDocument(document, length))
    .filter((own) => own.length > 0);
  return {
    pieces,
    numCut: documents.filter(({ tokenIds }) => tokenIds.length > length).length,
    numLeftOut: documents.length - pieces.length,
  };
}

function cutDocument(
  { tokenIds, isLearnt }: TrainDocument,
  length: number,
): readonly TrainDocument[] {
  const pieces: TrainDocument[] = [];
  for (let start = 0; start < tokenIds.length; start += length) {
    const end = start + length;
    const own = tokenIds.slice(start, end);
    const learnt = isLearnt?.slice(start, end);
    if (own.length < MIN_LENGTH || learnt?.includes(true) === false) continue;
    pieces.push({
      tokenIds: own,
      ...learnt === undefined ? {} : { isLearnt: learnt },
    });
  }
  return pieces;
}
