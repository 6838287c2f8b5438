import { Template } from "@huggingface/jinja";
import { type ChatMessage, readChatMessages } from "./chat_message.ts";
import {
  isJsonObject,
  type JsonObject,
  parseJsonObject,
} from "./json_object.ts";
import { namedToken } from "./post_processor.ts";
import { quote } from "./quote.ts";
import { refuseType, refuseValue } from "./refuse.ts";
import { readTextFile } from "./text_file.ts";

/** What a `ChatTemplate` is made of. */
export interface ChatTemplateArgs {
  /** The file, as error messages name it. */
  readonly name: string;
  /** Text of the token that begins a text. Default: none. */
  readonly bosToken?: string;
  /** Text of the token that ends a text. Default: none. */
  readonly eosToken?: string;
}

/** Options of `ChatTemplate.render`. */
export interface RenderOptions {
  /** Ends with what makes the model answer. Default: `true`. */
  readonly addGenerationPrompt?: boolean;
}

/**
 * Writes a conversation as the text that a model was trained on.
 *
 * The text has its special tokens in it: encode it with `addSpecialTokens: false`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const template = new ChatTemplate("{{ bos_token }}{{ messages[0].content }}", {
 *   name: "chat_template.jinja",
 *   bosToken: "<s>",
 * });
 * assertEquals(template.render([{ role: "user", content: "Hi" }]), "<s>Hi");
 * ```
 */
export class ChatTemplate {
  /** The file, as error messages name it. */
  readonly name: string;
  readonly #template: Template;
  readonly #tokens: { readonly bos_token: string; readonly eos_token: string };

  /**
   * Parses a template.
   *
   * @param source Jinja, as `transformers` reads it.
   * @param args The file, and texts of special tokens.
   * @throws {SyntaxError} It is not Jinja.
   */
  constructor(source: string, args: ChatTemplateArgs) {
    this.name = args.name;
    this.#tokens = {
      bos_token: args.bosToken ?? "",
      eos_token: args.eosToken ?? "",
    };
    try {
      this.#template = new Template(source);
    } catch (error) {
      throw new SyntaxError(
        `Cannot parse the chat template of ${quote(args.name)} as it must be ` +
          `Jinja: ${describeError(error)}`,
      );
    }
  }

  /**
   * Writes a conversation.
   *
   * @param messages What was said.
   * @param options What to end with.
   * @returns The text.
   * @throws {TypeError} The messages are not a list of roles and contents.
   * @throws {RangeError} The template refuses them.
   */
  render(
    messages: readonly ChatMessage[],
    options: RenderOptions = {},
  ): string {
    const { addGenerationPrompt = true } = options;
    const read = readChatMessages(messages);
    try {
      return this.#template.render({
        ...this.#tokens,
        messages: read,
        add_generation_prompt: addGenerationPrompt,
        tools: null,
      });
    } catch (error) {
      throw new RangeError(
        `Cannot render messages as the chat template of ${quote(this.name)} ` +
          `must accept them: ${describeError(error)}`,
      );
    }
  }
}

/**
 * Reads the chat template of a model in Hugging Face form: `chat_template.jinja`, else the one in
 * `tokenizer_config.json`; of several, the one named `default`.
 *
 * @param directory Where the model's files are.
 * @returns The template, or `null` if the model has none.
 * @throws {SyntaxError} The template is not Jinja, or the configuration not JSON.
 * @throws {TypeError} `chat_template` is neither text nor a list of templates.
 * @throws {RangeError} None of several is named `default`.
 */
export async function loadChatTemplate(
  directory: string | URL,
): Promise<ChatTemplate | null> {
  const [file, configFile] = await Promise.all([
    readTextFile(directory, "chat_template.jinja"),
    readTextFile(directory, "tokenizer_config.json"),
  ]);
  const config = configFile === null ? {} : parseJsonObject(configFile);
  const name = file?.name ?? configFile?.name ?? "";
  const source = file?.text ?? readSource(config, name);
  return source === null ? null : new ChatTemplate(source, {
    name,
    bosToken: namedToken(config, "bos_token") ?? "",
    eosToken: namedToken(config, "eos_token") ?? "",
  });
}

function readSource(config: JsonObject, file: string): string | null {
  const found = config.chat_template ?? null;
  if (found === null || typeof found === "string") return found;
  if (!Array.isArray(found)) {
    const rule = "chat_template must be text or a list of templates";
    refuseType({ file, rule, found });
  }
  const named = found.find((item: unknown) =>
    isJsonObject(item) && item.name === "default"
  );
  if (!isJsonObject(named) || typeof named.template !== "string") {
    const rule = 'chat_template must have a template named "default"';
    return refuseValue({ file, rule, found });
  }
  return named.template;
}

function describeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(/\s+/g, " ").slice(0, 300);
}
