/** Name of the model that comes along. */
const OWN_NAME = "jakiro-chat";

/**
 * Names a model as clients may call it: by its folder, file or repository.
 *
 * @param model What `--model` says; undefined for the model that comes along.
 * @returns The name.
 */
export function modelName(model: string | undefined): string {
  if (model === undefined) return OWN_NAME;
  const hub = /^hf:([^@:]+)/.exec(model)?.[1];
  if (hub !== undefined) return hub;
  const path = model.replace(/[?#].*$/, "").replace(/[/\\]+$/, "");
  const last = path.split(/[/\\]/).at(-1) ?? "";
  return last.replace(/\.gguf$/i, "") || OWN_NAME;
}
