import type { Checkpoint } from "../checkpoint/mod.ts";
import { type OwnPrompts, ownTexts, readOwnPrompts } from "./own_texts.ts";
import { readFileTexts } from "./train_data.ts";
import type { Teacher } from "../decode/teacher.ts";
import type { TextModel } from "./encode_record.ts";
import { toDocument } from "./written_file.ts";
import type { TrainDocument } from "./train_document.ts";
import type { TrainOptions } from "./train_options.ts";
import type { TrainProgress } from "./train_progress.ts";
import type { TrainSettings } from "./train_settings.ts";

/** What is read before the target is on the device. */
export type ReadTexts =
  | {
    readonly documents: readonly TrainDocument[];
    /** Names and checksums of the files. */
    readonly data: string;
  }
  | { readonly prompts: OwnPrompts };

/** What texts are read for. */
export interface TrainTextsArgs {
  readonly options: TrainOptions;
  readonly settings: TrainSettings;
  readonly checkpoint: Checkpoint;
  readonly model: TextModel;
  readonly onProgress: (progress: TrainProgress) => void;
}

/**
 * Reads the files that are trained on or, without any, what the target's own texts begin with.
 *
 * @param args The training.
 * @returns Texts or prompts.
 * @throws {ReferenceError | SyntaxError | TypeError | RangeError} If a file cannot be used.
 */
export async function readTexts(args: TrainTextsArgs): Promise<ReadTexts> {
  const { options, settings, model, checkpoint, onProgress } = args;
  const { data = [], prompts, signal } = options;
  if (data.length > 0) {
    if (prompts !== undefined) {
      throw new TypeError(
        "Cannot train as either data or prompts for the model's own texts must be given: found both",
      );
    }
    const read = await readFileTexts(data, { model, signal, onProgress });
    return {
      documents: read.documents,
      data: read.sources.map(({ name, sha256 }) => `${name} ${sha256}`)
        .join(", "),
    };
  }
  return {
    prompts: await readOwnPrompts(prompts, {
      model,
      config: checkpoint.config,
      length: settings.length,
      onProgress,
    }),
  };
}

/**
 * Says in words where the texts are from: what they follow from, besides the target and the seed.
 *
 * @param texts What was read.
 * @param settings The training.
 * @returns Names and checksums.
 */
export function describeTexts(
  texts: ReadTexts,
  { numTokens }: Pick<TrainSettings, "numTokens">,
): string {
  if ("documents" in texts) return texts.data;
  const { source } = texts.prompts;
  const written = `${numTokens} tokens that the target wrote`;
  return source === null
    ? written
    : `${written} behind prompts of ${source.name} ${source.sha256}`;
}

/**
 * Gives the texts to train on, letting the target write them where none were read.
 *
 * @param texts What was read.
 * @param teacher The target.
 * @param args The training, and the checksum of the target's weights.
 * @returns The texts.
 * @throws {GpuError} If the device fails.
 * @throws {DOMException} If the training is told to stop.
 */
export async function completeTexts(
  texts: ReadTexts,
  teacher: Pick<Teacher, "write" | "dtype">,
  args: TrainTextsArgs & { readonly targetSha256: string },
): Promise<readonly TrainDocument[]> {
  if ("documents" in texts) return texts.documents;
  const { numTokens, length, seed } = args.settings;
  const written = await ownTexts(teacher, {
    out: args.options.out,
    targetSha256: args.targetSha256,
    prompts: texts.prompts,
    numTokens,
    length,
    seed,
    endTokens: args.checkpoint.config.eosTokenIds,
    signal: args.options.signal,
    onProgress: args.onProgress,
  });
  return written.map(toDocument);
}
