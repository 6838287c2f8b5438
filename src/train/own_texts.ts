import type { ModelConfig } from "../checkpoint/mod.ts";
import { readDataFile } from "./data_file.ts";
import type { DataSource } from "./train_data.ts";
import { quote } from "../checkpoint/quote.ts";
import { readPrompts } from "./read_prompts.ts";
import type { Teacher } from "../decode/teacher.ts";
import type { TextModel } from "./encode_record.ts";
import type { TrainingIdentity } from "./training_identity.ts";
import type { TrainProgress } from "./train_progress.ts";
import {
  loadWritten,
  saveWritten,
  WRITTEN_FILE,
  type WrittenText,
} from "./written_file.ts";
import { writeTexts } from "./write_texts.ts";

/** What a target is to write. */
export interface OwnTextsOptions {
  /** Directory in which the texts are kept. */
  readonly out: string;
  /** SHA-256 of the target's weights. */
  readonly targetSha256: string;
  /** What the texts begin with. */
  readonly prompts: OwnPrompts;
  /** Fewest tokens of all together. */
  readonly numTokens: number;
  /** Most tokens of a text. */
  readonly length: number;
  /** Of what is drawn. */
  readonly seed: number;
  /** Ids that end a text. */
  readonly endTokens: readonly number[];
  /** Ends the writing with an error. */
  readonly signal: AbortSignal | undefined;
  /** Called as it goes on. */
  readonly onProgress: (progress: TrainProgress) => void;
}

/** What texts of a target begin with. */
export interface OwnPrompts {
  /** Ids of each. */
  readonly ids: readonly (readonly number[])[];
  /** Where they are from, or null where there is only the token that begins a text. */
  readonly source: DataSource | null;
}

/**
 * Reads what a target's own texts are to begin with.
 *
 * @param path A file of prompts, or undefined for the token that begins a text.
 * @param args The target, how it reads texts, most tokens of a text, and where to say what is left out.
 * @returns The prompts.
 * @throws {RangeError} If no prompt is shorter than the texts, or no token begins a text.
 */
export async function readOwnPrompts(
  path: string | undefined,
  args: {
    readonly model: TextModel;
    readonly config: Pick<ModelConfig, "bosTokenId">;
    readonly length: number;
    readonly onProgress: (progress: TrainProgress) => void;
  },
): Promise<OwnPrompts> {
  const { length, config } = args;
  if (path === undefined) {
    if (config.bosTokenId !== null) {
      return { ids: [[config.bosTokenId]], source: null };
    }
    throw new RangeError(
      "Cannot let the model write its own texts as its config.json must have a bos_token_id: found none (give --prompts or --data)",
    );
  }
  const file = await readDataFile(path);
  const all = readPrompts(file, args.model).map(({ ids }) => ids);
  const ids = all.filter((prompt) =>
    prompt.length > 0 && prompt.length < length
  );
  if (ids.length === 0) {
    throw new RangeError(
      `Cannot take prompts from ${
        quote(path)
      } as one must be shorter than ${length} tokens: found none`,
    );
  }
  if (ids.length < all.length) {
    args.onProgress({
      phase: "note",
      text: `${
        all.length - ids.length
      } of ${all.length} prompts are left out: they do not fit ${length} tokens`,
    });
  }
  const name = path.replace(/^.*[\\/]/, "");
  return { ids, source: { name, sha256: file.sha256 } };
}

/**
 * Lets a target write the texts that its drafter is trained on, or takes those that it wrote before.
 *
 * @param teacher The target.
 * @param options What to write.
 * @returns The texts.
 * @throws {DOMException} If it is told to stop.
 * @throws {GpuError} If the device fails.
 */
export async function ownTexts(
  teacher: Pick<Teacher, "write" | "dtype">,
  options: OwnTextsOptions,
): Promise<readonly WrittenText[]> {
  const { prompts, numTokens, length, seed, onProgress } = options;
  const identity: TrainingIdentity = {
    target: options.targetSha256,
    prompts: prompts.source?.sha256 ?? null,
    dtype: teacher.dtype,
    numTokens,
    length,
    seed,
  };
  const file = `${options.out}/${WRITTEN_FILE}`;
  const known = await loadWritten(file, identity);
  if (known !== null) return known;
  const texts = await writeTexts(teacher, {
    prompts: prompts.ids,
    numTokens,
    length,
    seed,
    endTokens: options.endTokens,
    signal: options.signal,
    onProgress: (done, total) => onProgress({ phase: "write", done, total }),
  });
  await saveWritten(file, identity, texts);
  return texts;
}
