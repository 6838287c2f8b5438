import { cutDocuments } from "./cut_documents.ts";
import { readDataFile } from "./data_file.ts";
import { DataSet, type DataSetOptions } from "./data_set.ts";
import { encodeRecord, type TextModel } from "./encode_record.ts";
import { quote } from "../checkpoint/quote.ts";
import { readTextRecords } from "./text_record.ts";
import type { TrainDocument } from "./train_document.ts";
import type { TrainProgress } from "./train_progress.ts";

/** A file that was trained on. */
export interface DataSource {
  /** Its name, without folders. */
  readonly name: string;
  /** SHA-256 of its bytes. */
  readonly sha256: string;
}

/** Texts from files. */
export interface FileTexts {
  /** All of them. */
  readonly documents: readonly TrainDocument[];
  /** Where they are from. */
  readonly sources: readonly DataSource[];
}

/** How often progress is said, in texts. */
const REPORT_EVERY = 50;

/**
 * Reads texts and conversations from files, and turns them into ids.
 *
 * @param paths The files.
 * @param args How the model reads texts; a way to stop; called as it goes on.
 * @returns The texts.
 * @throws {ReferenceError | SyntaxError | TypeError | RangeError} If a file or a text cannot be trained on.
 * @throws {DOMException} If it is told to stop.
 */
export async function readFileTexts(
  paths: readonly string[],
  args: {
    readonly model: TextModel;
    readonly signal: AbortSignal | undefined;
    readonly onProgress: (progress: TrainProgress) => void;
  },
): Promise<FileTexts> {
  const files = [];
  for (const path of paths) files.push(await readDataFile(path));
  const records = files.flatMap(readTextRecords);
  const documents: TrainDocument[] = [];
  for (const [done, record] of records.entries()) {
    const document = encodeRecord(record, args.model);
    if (document !== null) documents.push(document);
    if (done % REPORT_EVERY > 0) continue;
    args.onProgress({ phase: "read", done, total: records.length });
    // Lets Ctrl-C and the progress bar have their turn.
    await new Promise((resolve) => setTimeout(resolve));
    args.signal?.throwIfAborted();
  }
  const numUnmatched = records.length - documents.length;
  if (documents.length === 0) {
    throw new RangeError(
      `Cannot train on ${
        paths.map(quote).join(", ")
      } as the tokens of an answer must be told from those of its question: found no conversation where they can`,
    );
  }
  if (numUnmatched > 0) {
    args.onProgress({
      phase: "note",
      text:
        `${numUnmatched} of ${records.length} texts are left out: their tokens cannot be matched to their answers`,
    });
  }
  const sources = files.map(({ path, sha256 }) => ({
    name: path.replace(/^.*[\\/]/, ""),
    sha256,
  }));
  return { documents, sources };
}

/**
 * Cuts texts into pieces, and takes some of them apart to be held out.
 *
 * @param documents The texts.
 * @param options Sizes and seed; called with what there is to know.
 * @returns What to train on.
 * @throws {RangeError} If there are too few.
 */
export function createDataSet(
  documents: readonly TrainDocument[],
  options: DataSetOptions & {
    readonly onProgress: (progress: TrainProgress) => void;
  },
): DataSet {
  const { length, onProgress } = options;
  const cut = cutDocuments(documents, length);
  const note = (text: string): void => onProgress({ phase: "note", text });
  if (cut.numCut > 0) {
    note(
      `${cut.numCut} of ${documents.length} texts are longer than ${length} tokens: they are cut into pieces (--length)`,
    );
  }
  if (cut.numLeftOut > 0) {
    note(
      `${cut.numLeftOut} of ${documents.length} texts are left out: they have nothing to learn`,
    );
  }
  const dataSet = new DataSet(cut, options);
  note(
    `${dataSet.trained.length} pieces of up to ${length} tokens to train on, ${dataSet.heldOut.length} held out`,
  );
  return dataSet;
}
