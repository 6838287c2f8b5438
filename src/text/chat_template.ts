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
import { markPlain, unusedCharacter } from "./special_mark.ts";
import { readTextFile } from "./text_file.ts";
import type { Tokenizer } from "./tokenizer.ts";

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
  /**
   * Tools that the model may call, each in the form `{ type: "function", function: { name, description, parameters } }`,
   * for templates that know tools. Default: none.
   */
  readonly tools?: readonly unknown[];
}

/** Options of `ChatTemplate.encode`. */
export interface EncodeChatOptions extends RenderOptions {
  /** The model's tokenizer. */
  readonly tokenizer: Tokenizer;
  /** What the answer begins with; special tokens in it are such. Default: nothing. */
  readonly beginning?: string;
}

/**
 * Writes a conversation as the text that a model was trained on.
 *
 * The text has its special tokens in it: encode it with `addSpecialTokens: false`, or take {@linkcode encode}, which
 * reads special tokens only where the template has written them.
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
    return this.#render(readChatMessages(messages), options);
  }

  /**
   * Turns a conversation into the ids that a model is to answer. Special tokens that messages or tools hold are text.
   *
   * @param messages What was said.
   * @param options The tokenizer, tools, and what to end with.
   * @returns The ids; those of the rendered text where no message or tool holds a special token.
   * @throws {TypeError} The messages are not a list of roles and contents.
   * @throws {RangeError} The template refuses them.
   */
  encode(
    messages: readonly ChatMessage[],
    options: EncodeChatOptions,
  ): number[] {
    const { tokenizer, tools = [], beginning = "" } = options;
    const read = readChatMessages(messages);
    const contents = tokenizer.specialTokens;
    const plainMark = unusedCharacter(JSON.stringify([read, tools]));
    const mark = (text: string): string =>
      markPlain(text.toWellFormed(), { contents, plainMark });
    const text = this.#render(mapTexts(read, mark), {
      ...options,
      tools: mapTexts(tools, mark),
    });
    return tokenizer.encodeMarked(text + beginning, plainMark);
  }

  #render(messages: readonly ChatMessage[], options: RenderOptions): string {
    const { addGenerationPrompt = true, tools = [] } = options;
    try {
      return this.#template.render({
        ...this.#tokens,
        messages,
        add_generation_prompt: addGenerationPrompt,
        tools: tools.length === 0 ? null : tools,
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

/** A value of JSON with all its texts changed, names of properties too. */
function mapTexts<Value>(value: Value, change: (text: string) => string): Value;
function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map((
      [name, item],
    ) => [change(name), mapTexts(item, change)]),
  );
}

function describeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(/\s+/g, " ").slice(0, 300);
}
