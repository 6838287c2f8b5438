import { decodeUtf8 } from "../checkpoint/json_file.ts";
import type { Model } from "../decode/mod.ts";
import type { OptionValues } from "./option_table.ts";
import type { Question } from "../chat/question.ts";
import { UsageError } from "./usage_error.ts";

/** Text, or token ids. */
export type Prompt = string | readonly number[];

/**
 * Makes of a prompt what the model is given: text becomes a message where the model knows turns.
 *
 * @param model Its chat template.
 * @param prompt Text or ids.
 * @param values What the command line sets.
 * @returns Text, ids or a conversation.
 */
export function toQuestion(
  { chatTemplate }: Pick<Model, "chatTemplate">,
  prompt: Prompt,
  { raw = false }: OptionValues,
): Question {
  const isMessage = typeof prompt === "string" && !raw && chatTemplate !== null;
  return isMessage ? [{ role: "user", content: prompt }] : prompt;
}

/**
 * Takes the prompt from `--prompt-ids`, from the operand or, where that is `-`, from standard input, whose
 * last line end (`\n` or `\r\n`, one) is left out.
 *
 * @param values What the command line sets.
 * @param operands The other arguments.
 * @param options Standard input, where it is another.
 * @returns The prompt.
 * @throws {UsageError} If there is not exactly one prompt.
 * @throws {SyntaxError} If standard input is not UTF-8.
 */
export async function readPrompt(
  values: OptionValues,
  operands: readonly string[],
  options: { readonly input?: ReadableStream<Uint8Array> } = {},
): Promise<Prompt> {
  const [operand, ...others] = operands;
  if (others.length > 0) {
    throw new UsageError(
      `Cannot read PROMPT as it must be one argument (put it in quotes): found ${operands.length}`,
    );
  }
  if (values.promptIds !== undefined) {
    if (operand === undefined) return values.promptIds;
    throw new UsageError(
      `Cannot read PROMPT as either it or --prompt-ids must be given: found both, ${
        JSON.stringify(operand)
      } and ${values.promptIds.join()}`,
    );
  }
  if (operand === undefined) {
    throw new UsageError(
      'Cannot read PROMPT as it, "-" (standard input) or --prompt-ids must be given: found none',
    );
  }
  if (operand !== "-") return operand;
  const { input = Deno.stdin.readable } = options;
  const bytes = new Uint8Array(await new Response(input).arrayBuffer());
  return decodeUtf8(bytes, "standard input").replace(/\r?\n$/, "");
}
