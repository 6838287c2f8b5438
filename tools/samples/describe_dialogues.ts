import type { ChatMessage, Model } from "../../mod.ts";

/** What `describeDialogues` needs. */
export interface DescribeDialoguesOptions {
  /** Answers. */
  readonly model: Pick<Model, "chat">;
  /** Of every answer. */
  readonly seed: number;
}

/**
 * Lets a model answer, and writes down what was said, exactly as it came, as Markdown.
 *
 * @param requests What users say in each dialogue, in turn.
 * @param options The model.
 */
export async function describeDialogues(
  requests: readonly (readonly string[])[],
  { model, seed }: DescribeDialoguesOptions,
): Promise<string> {
  const dialogues: string[] = [];
  for (const [index, remarks] of requests.entries()) {
    const messages: ChatMessage[] = [];
    const parts = [`**${index + 1}.**`];
    for (const content of remarks) {
      messages.push({ role: "user", content });
      const { text, stop } = await answer(model, { messages, seed });
      messages.push({ role: "assistant", content: text });
      const ending = stop === "eos" ? "" : ` *(ended by ${stop})*`;
      parts.push(`> ${content}`, `${asIs(text)}${ending}`);
    }
    dialogues.push(parts.join("\n\n"));
  }
  return `${dialogues.join("\n\n")}\n`;
}

async function answer(
  model: Pick<Model, "chat">,
  { messages, seed }: {
    readonly messages: readonly ChatMessage[];
    readonly seed: number;
  },
): Promise<{ readonly text: string; readonly stop: string }> {
  const chunks = model.chat(messages, { seed });
  let next = await chunks.next();
  while (!next.done) next = await chunks.next();
  return next.value;
}

/** Markdown that shows a text character by character: nothing in it is markup, and lines stay lines. */
function asIs(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>#|~&]/g, "\\$&")
    .replaceAll("\n", "\\\n");
}
