import { ApiError } from "./api_error.ts";
import { checkStrictSchema } from "./check_strict_schema.ts";
import { Fields } from "./fields.ts";
import { isJsonObject } from "../text/json_object.ts";
import {
  refuseMissing,
  refuseUnsupported,
  refuseValue,
} from "./field_errors.ts";
import type { ServedModel } from "./served_model.ts";
import { type ToolFormat, toolFormatOf } from "./tool_format.ts";

/** A function that a model may call. */
export interface Tool {
  /** Its name. */
  readonly name: string;
  /** JSON Schema of its arguments. */
  readonly parameters: unknown;
}

/** What tools a request offers. */
export interface ToolOffer {
  /** As the chat template is given them. */
  readonly templates: readonly unknown[];
  /** Those that may be called. */
  readonly tools: readonly Tool[];
  /** One of them must be called. */
  readonly isForced: boolean;
  /** More than one may be called. */
  readonly isParallel: boolean;
  /** How the model calls them. */
  readonly format: ToolFormat;
}

const NAME = /^[\w-]{1,64}$/;

/**
 * Reads the fields `tools`, `tool_choice` and `parallel_tool_calls`.
 *
 * @param fields The request's.
 * @param model Who is to answer.
 * @param maxTools Most that there may be.
 * @returns What is offered; null where nothing is.
 * @throws {ApiError} A field is not what it must be, or the model knows no tools.
 */
export function readTools(
  fields: Fields,
  model: ServedModel,
  maxTools: number,
): ToolOffer | null {
  const templates = fields.list("tools", maxTools) ?? [];
  const tools = templates.map((tool, index) =>
    readTool(new Fields(tool, `tools[${index}]`))
  );
  const isParallel = fields.boolean("parallel_tool_calls") ?? true;
  const choice = readChoice(fields, tools);
  if (tools.length === 0 || choice === "none") return null;
  checkNames(tools);
  const format = model.chatTemplate && toolFormatOf(model.chatTemplate);
  if (format === null) {
    refuseUnsupported(
      "tools",
      `is not supported with the model '${model.id}', whose chat template knows no tools`,
    );
  }
  const isForced = choice !== "auto";
  const callable = isJsonObject(choice)
    ? tools.filter(({ name }) => name === choice.name)
    : tools;
  return { templates, tools: callable, isForced, isParallel, format };
}

function readTool(fields: Fields): Tool {
  fields.choice("type", ["function"]) ?? refuseMissing(fields.param("type"));
  const described = fields.object("function") ??
    refuseMissing(fields.param("function"));
  const name = described.requiredString("name");
  if (!NAME.test(name)) {
    refuseValue(described.param("name"), {
      rule: "1 to 64 letters, digits, underscores and dashes",
      found: name,
    });
  }
  described.string("description");
  const isStrict = described.boolean("strict") ?? false;
  const parameters = described.any("parameters");
  if (parameters !== undefined) {
    // Checks that it is an object, whose fields are those of JSON Schema.
    new Fields(parameters, described.param("parameters"));
    if (isStrict) checkStrictSchema(parameters, described.param("parameters"));
  }
  described.finish();
  fields.finish();
  return { name, parameters: parameters ?? { type: "object", properties: {} } };
}

type Choice = "none" | "auto" | "required" | { readonly name: string };

function readChoice(fields: Fields, tools: readonly Tool[]): Choice {
  const value = fields.any("tool_choice");
  if (value === undefined) return tools.length === 0 ? "none" : "auto";
  if (!isJsonObject(value)) {
    const choice = fields.choice("tool_choice", ["none", "auto", "required"]) ??
      "auto";
    if (choice !== "none" && tools.length === 0) throw toolless();
    return choice;
  }
  const choice = new Fields(value, "tool_choice");
  choice.choice("type", ["function"]) ?? refuseMissing("tool_choice.type");
  const named = choice.object("function") ??
    refuseMissing("tool_choice.function");
  const name = named.requiredString("name");
  named.finish();
  choice.finish();
  if (tools.some((tool) => tool.name === name)) return { name };
  return refuseValue("tool_choice.function.name", {
    rule: "the name of one of 'tools'",
    found: name,
  });
}

function toolless(): ApiError {
  return new ApiError(
    "'tool_choice' is only allowed when 'tools' are specified.",
    { status: 400, param: "tool_choice", code: "invalid_value" },
  );
}

function checkNames(tools: readonly Tool[]): void {
  const names = new Set<string>();
  for (const [index, { name }] of tools.entries()) {
    if (names.has(name)) {
      refuseValue(`tools[${index}].function.name`, {
        rule: "a name that no other tool has",
        found: name,
      });
    }
    names.add(name);
  }
}
