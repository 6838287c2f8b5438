import { isJsonObject } from "../text/json_object.ts";
import type { Grammar } from "../text/mod.ts";
import type { Tool, ToolOffer } from "./read_tools.ts";

/**
 * Says what an answer must match that has to call a tool: the object of one call, and nothing else.
 *
 * @param offer The tools that may be called.
 * @returns The grammar.
 */
export function toolGrammar({ tools, format }: ToolOffer): Grammar {
  const calls = tools.map((tool) => callOf(tool, format.argumentsKey));
  const [only] = calls;
  return {
    kind: "structuralTag",
    tag: {
      type: "structural_tag",
      format: calls.length === 1 ? only : { type: "or", elements: calls },
    },
  };
}

/** A call as templates write it; its arguments are a grammar of their own, as their schema may refer to its own root. */
function callOf({ name, parameters }: Tool, argumentsKey: string): object {
  const begin = `{"name": ${JSON.stringify(name)}, "${argumentsKey}": `;
  const schema = isJsonObject(parameters) ? parameters : {};
  return {
    type: "sequence",
    elements: [
      { type: "const_string", value: begin },
      { type: "json_schema", json_schema: { type: "object", ...schema } },
      { type: "const_string", value: "}" },
    ],
  };
}
