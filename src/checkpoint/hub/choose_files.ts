import { checkPath } from "./hub_path.ts";
import { formatHubSpec, type HubSpec } from "./model_spec.ts";
import { quote } from "../quote.ts";

/** Files that say what a model is, all of them small. */
const TEXT_FILES =
  /^(?:config|generation_config|tokenizer|tokenizer_config|chat_template)\.json$|^chat_template\.jinja$/;
const INDEX = "model.safetensors.index.json";
const SINGLE = "model.safetensors";
const SHARD = /^model[^/]*\.safetensors$/;
const TORCH = "pytorch_model.bin";
const GGUF = /\.gguf$/i;
/** Goes with its model, and is found in its folder. */
const DRAFTER_FOLDER = "drafter/";
const SPLIT = /^(.*)-(\d{5})-of-(\d{5})(\.gguf)$/i;
const MAX_SHOWN = 12;

/** What of a repository is a model. */
export interface ChosenFiles {
  /** Names of the files, in the order in which they are to be fetched. */
  readonly paths: readonly string[];
  /** The GGUF file to open, or null where the folder is the model. */
  readonly gguf: string | null;
}

/**
 * Chooses the files of a repository that running its model takes.
 *
 * @param names All its files.
 * @param spec What is wanted of it.
 * @returns The files.
 * @throws {ReferenceError} It holds no model, or not the file that is wanted.
 * @throws {RangeError} It holds several, or a name that leads elsewhere.
 */
export function chooseFiles(
  names: readonly string[],
  spec: HubSpec,
): ChosenFiles {
  const place = formatHubSpec(spec);
  // A listing with one such name is not to be trusted in the others.
  for (const name of names) checkEscape(name, place);
  const chosen = spec.file === null
    ? chooseModel(names, spec)
    : chooseGguf(names, spec.file, place);
  for (const path of chosen.paths) checkPath(path, place);
  return chosen;
}

function chooseModel(names: readonly string[], spec: HubSpec): ChosenFiles {
  const own = chooseFolder(names, "");
  if (own !== null) {
    const drafter = chooseFolder(names, DRAFTER_FOLDER);
    // The model's weights come last: where they are, all is.
    const paths = [...own.texts]
      .concat(drafter?.texts ?? [], drafter?.weights ?? [], own.weights);
    return { paths, gguf: null };
  }
  const place = formatHubSpec(spec);
  const files = names.filter((name) => GGUF.test(name) && isFirst(name))
    .sort();
  const [first] = files;
  if (first === undefined) {
    throw new ReferenceError(
      `Cannot use ${
        quote(place)
      } as it must hold config.json with ${SINGLE}, its shards or ${TORCH}, or a .gguf file: found none`,
    );
  }
  if (files.length === 1) return chooseGguf(names, first, place);
  const shown = files.slice(0, MAX_SHOWN).map((file) =>
    formatHubSpec({ ...spec, file })
  );
  if (files.length > shown.length) shown.push("…");
  throw new RangeError(
    `Cannot use ${
      quote(place)
    } as one of its ${files.length} .gguf files must be named: ${
      shown.map(quote).join(", ")
    }`,
  );
}

/** Files of a model in Hugging Face's form; null where there is no such model. */
function chooseFolder(
  names: readonly string[],
  folder: string,
): { readonly texts: string[]; readonly weights: string[] } | null {
  const own = names.filter((name) => name.startsWith(folder))
    .map((name) => name.slice(folder.length));
  if (!own.includes("config.json")) return null;
  const weights = own.includes(SINGLE)
    ? [SINGLE]
    : own.includes(INDEX)
    ? [INDEX, ...own.filter((name) => SHARD.test(name)).sort()]
    : own.filter((name) => name === TORCH);
  if (weights.length === 0) return null;
  const inFolder = (name: string): string => `${folder}${name}`;
  return {
    texts: own.filter((name) => TEXT_FILES.test(name)).map(inFolder),
    weights: weights.map(inFolder),
  };
}

function chooseGguf(
  names: readonly string[],
  file: string,
  place: string,
): ChosenFiles {
  const paths = siblings(file);
  for (const path of paths) {
    if (names.includes(path)) continue;
    throw new ReferenceError(
      `Cannot use ${quote(place)} as it must hold ${quote(path)}: found ${
        names.filter((name) => GGUF.test(name)).slice(0, MAX_SHOWN)
          .map(quote).join(", ") || "no .gguf file"
      }`,
    );
  }
  return { paths, gguf: paths[0] ?? file };
}

/** All files of a model that is split into several. */
function siblings(file: string): readonly string[] {
  const [, stem, , total = "", end] = SPLIT.exec(file) ?? [];
  if (stem === undefined) return [file];
  return Array.from(
    { length: Number(total) },
    (_, index) =>
      `${stem}-${String(index + 1).padStart(5, "0")}-of-${total}${end}`,
  );
}

function isFirst(file: string): boolean {
  const number = SPLIT.exec(file)?.[2];
  return number === undefined || Number(number) === 1;
}

function checkEscape(name: string, place: string): void {
  const isInside = !/^[/\\]|^[A-Za-z]:|\0/.test(name) &&
    !name.split(/[/\\]/).includes("..");
  if (!isInside) checkPath(name, place);
}
