import { quote } from "../checkpoint/quote.ts";
import type { ReportForm } from "../bench/mod.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Finds out whether a report can be written, before anything is measured, and in which form.
 *
 * @param path Where to.
 * @returns The form, by the end of the name.
 * @throws {UsageError} If the name ends otherwise.
 * @throws {TypeError} If it is a directory.
 * @throws {ReferenceError} If the directory that it is to be in does not exist.
 * @throws {RangeError} If that directory cannot be written to.
 */
export async function checkReportFile(path: string): Promise<ReportForm> {
  const form = /\.(html|svg)$/i.exec(path)?.[1]?.toLowerCase();
  if (form !== "html" && form !== "svg") {
    throw new UsageError(
      `Cannot write a report as --report must end with .html or .svg: found ${
        quote(path)
      }`,
    );
  }
  await refuseDirectory(path);
  const probe = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    (await Deno.open(probe, { write: true, createNew: true })).close();
    await Deno.remove(probe);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new ReferenceError(
        `Cannot write ${
          quote(path)
        } as the directory that it is to be in must exist: found nothing there`,
      );
    }
    const found = error instanceof Error ? error.name : String(error);
    throw new RangeError(
      `Cannot write ${
        quote(path)
      } as the directory that it is to be in must be one that can be written to: found ${found}`,
      { cause: error },
    );
  }
  return form;
}

async function refuseDirectory(path: string): Promise<void> {
  const isDirectory = await Deno.stat(path).then(
    ({ isDirectory }) => isDirectory,
    () => false,
  );
  if (!isDirectory) return;
  throw new TypeError(
    `Cannot write ${quote(path)} as it must be a file: found a directory`,
  );
}
