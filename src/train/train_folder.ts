import { pathExists } from "../checkpoint/path_exists.ts";
import { quote } from "../checkpoint/quote.ts";
import {
  readResumeFile,
  RESUME_FILE,
  type StoppedTraining,
} from "./resume_file.ts";

const WEIGHTS_FILE = "model.safetensors";

/**
 * Makes the directory of a drafter where there is none, and reads the training that it holds where that is to
 * go on.
 *
 * @param out The directory.
 * @param isResuming Whether a training is to go on there.
 * @returns The training, or null where one is to begin.
 * @throws {ReferenceError} If there is no training to go on with, or nowhere to make the directory.
 * @throws {TypeError} If it is no directory.
 * @throws {RangeError} If a training is to begin, and there is a drafter already, or it cannot be written to.
 */
export async function openTrainFolder(
  out: string,
  isResuming: boolean,
): Promise<StoppedTraining | null> {
  const resumeFile = `${out}/${RESUME_FILE}`;
  if (isResuming) {
    if (await pathExists(resumeFile)) {
      await checkWritable(out);
      return await readResumeFile(resumeFile);
    }
    throw new ReferenceError(
      `Cannot resume as ${
        quote(out)
      } must hold ${RESUME_FILE} of a training that has stopped: found none`,
    );
  }
  for (const name of [WEIGHTS_FILE, RESUME_FILE]) {
    if (!await pathExists(`${out}/${name}`)) continue;
    throw new RangeError(
      `Cannot train into ${
        quote(out)
      } as it must hold no drafter yet, or be resumed: found ${name}`,
    );
  }
  await makeFolder(out);
  await checkWritable(out);
  return null;
}

/** Told now, not when the first hours of a training are to be saved. */
async function checkWritable(out: string): Promise<void> {
  if (!(await Deno.stat(out)).isDirectory) {
    throw new TypeError(
      `Cannot train into ${
        quote(out)
      } as it must be a directory: found another file`,
    );
  }
  const probe = `${out}/${crypto.randomUUID()}.tmp`;
  try {
    (await Deno.open(probe, { write: true, createNew: true })).close();
    await Deno.remove(probe);
  } catch (error) {
    const found = error instanceof Error ? error.name : String(error);
    throw new RangeError(
      `Cannot train into ${
        quote(out)
      } as it must be a directory that can be written to: found ${found}`,
      { cause: error },
    );
  }
}

async function makeFolder(out: string): Promise<void> {
  try {
    await Deno.mkdir(out);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new ReferenceError(
      `Cannot make ${
        quote(out)
      } as the directory that it is to be in must exist: found nothing there`,
    );
  }
}
