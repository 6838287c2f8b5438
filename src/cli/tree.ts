import type { DraftTree, Model } from "../decode/mod.ts";
import { readPrompt, toQuestion } from "./read_prompt.ts";
import { describeTree } from "./describe_tree.ts";
import { loadForCommand } from "./load_for_command.ts";
import { type OptionValues, samplingOptions } from "./option_table.ts";
import { questionIds } from "../chat/question.ts";
import { STATUS } from "./report_error.ts";
import { UsageError } from "./usage_error.ts";
import { writeRemark, writeText } from "./output.ts";

/**
 * Draws the tree that the drafter proposes behind a prompt, and what the model makes of it.
 *
 * @param values What the command line sets.
 * @param operands The prompt, or nothing.
 * @returns The exit status.
 * @throws {UsageError} If the command line rules a drafter out.
 * @throws {TypeError} If the model has no drafter.
 * @throws {RangeError} If the text ends with its first token.
 */
export async function runTree(
  values: OptionValues,
  operands: readonly string[],
): Promise<number> {
  if (values.draft === "none") {
    throw new UsageError(
      'Cannot draw a tree as --draft must be a folder: found "none"',
    );
  }
  const prompt = await readPrompt(values, operands);
  const { model: loaded } = await loadForCommand(values);
  using model = loaded;
  requireDrafter(model);
  const question = toQuestion(model, prompt, values);
  const ids = questionIds(model, question);
  const tree = await model.draftTree(ids, samplingOptions(values));
  writeText(
    values.json
      ? `${JSON.stringify(tree)}\n`
      : describeTree(tree, model.tokenizer),
  );
  if (!values.quiet) writeRemark(`${summarize(tree, model)}\n`);
  return STATUS.ok;
}

function requireDrafter({ drafter }: Model): void {
  if (drafter !== null) return;
  throw new TypeError(
    'Cannot draw a tree as the model must have a drafter: found no folder "drafter" in its own, and no --draft',
  );
}

function summarize({ nodes }: DraftTree, { drafter }: Model): string {
  const numAccepted = nodes.filter(({ isAccepted }) => isAccepted).length;
  const numNodes = nodes.length === 1 ? "1 node" : `${nodes.length} nodes`;
  return `${numNodes} of a ${drafter} drafter, ${numAccepted} accepted`;
}
