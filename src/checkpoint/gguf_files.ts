import { ConfigFields } from "./config_fields.ts";
import { type GgufHeader, readGgufHeader } from "./gguf_header.ts";
import type { JsonObject } from "./json.ts";
import { OpenTensorFiles } from "./open_tensor_files.ts";
import { quote } from "./quote.ts";
import { entryMessage, type TensorEntry } from "./tensor_entry.ts";

/** A GGUF model's open files. */
export interface GgufFiles {
  /** The files, their tensors by the files' own names. */
  readonly files: OpenTensorFiles;
  /** Metadata of the first. */
  readonly metadata: JsonObject;
}

const PART_NAME = /-(\d{5})-of-(\d{5})\.gguf$/i;
const MAX_PARTS = 99_999;

/**
 * Opens a GGUF file and, where it is the first of several that a model was split into, the others
 * beside it. The tensors stay in the files.
 *
 * @param file A path, or an address on a server.
 * @throws {ReferenceError} A file is missing.
 * @throws {SyntaxError | TypeError | RangeError} A header is malformed, or the files do not belong together.
 */
export async function openGgufFiles(file: string): Promise<GgufFiles> {
  using closing = new DisposableStack();
  const files = closing.use(new OpenTensorFiles(file));
  const { metadata } = await openPart(files, file);
  const parts = readParts(metadata, { file, part: 0 });
  const paths = partPaths(file, parts.count);
  for (const [index, path] of paths.entries()) {
    if (index === 0) continue;
    const header = await openPart(files, path);
    const { count } = readParts(header.metadata, { file: path, part: index });
    if (count !== parts.count) {
      throw new RangeError(
        `Cannot read ${
          quote(path)
        } as it must be one of ${parts.count} files: found one of ${count}`,
      );
    }
  }
  if (parts.numTensors !== null && parts.numTensors !== files.tensors.size) {
    throw new RangeError(
      `Cannot read ${
        quote(file)
      } as its files must hold ${parts.numTensors} tensors together: found ${files.tensors.size}`,
    );
  }
  // From here on it is the caller who closes them.
  closing.move();
  return { files, metadata };
}

async function openPart(
  files: OpenTensorFiles,
  file: string,
): Promise<GgufHeader> {
  const header = await readGgufHeader(await files.open(file));
  for (const [name, entry] of header.tensors) addTensor(files, name, entry);
  return header;
}

function addTensor(
  files: OpenTensorFiles,
  name: string,
  entry: TensorEntry,
): void {
  const other = files.tensors.get(name);
  if (other !== undefined) {
    throw new RangeError(entryMessage(entry, {
      rule: "one file alone must hold it",
      found: `it in ${quote(other.file)} too`,
    }));
  }
  files.tensors.set(name, entry);
}

/** What a file says of the model that it is a part of. */
interface Parts {
  readonly count: number;
  readonly numTensors: number | null;
}

function readParts(
  metadata: JsonObject,
  { file, part }: { readonly file: string; readonly part: number },
): Parts {
  const fields = new ConfigFields(metadata, { file });
  const range = { min: 0, max: MAX_PARTS };
  const count = fields.optionalInteger("split.count", range) ?? 0;
  const number = fields.optionalInteger("split.no", range) ?? 0;
  if (count > 1 && number !== part) fields.failRange("split.no", `${part}`);
  const numTensors = fields.optionalInteger("split.tensors.count", {
    min: 0,
    max: 2 ** 31,
  });
  return {
    count: Math.max(count, 1),
    numTensors: count > 1 ? numTensors : null,
  };
}

function partPaths(file: string, count: number): readonly string[] {
  if (count === 1) return [file];
  const total = String(count).padStart(5, "0");
  const [ending, first, found] = PART_NAME.exec(file) ?? [];
  if (ending === undefined || first !== "00001" || found !== total) {
    throw new RangeError(
      `Cannot read ${
        quote(file)
      } as the first of ${count} files must be named …-00001-of-${total}.gguf: found another name`,
    );
  }
  const base = file.slice(0, -ending.length);
  return Array.from(
    { length: count },
    (_, part) =>
      `${base}-${String(part + 1).padStart(5, "0")}-of-${total}${
        ending.slice(-5)
      }`,
  );
}
