import type { Grammar } from "../text/mod.ts";
import type { ToolOffer } from "./read_tools.ts";

/**
 * Says what an answer must match that has to call a tool: the object of one call, and nothing else.
 *
 * @param offer The tools that may be called.
 * @returns The grammar.
 */
export function toolGrammar({ tools, format }: ToolOffer): Grammar {
  const calls = tools.map(({ name, parameters }) => ({
    type: "object",
    properties: {
      name: { const: name },
      [format.argumentsKey]: parameters,
    },
    required: ["name", format.argumentsKey],
    additionalProperties: false,
  }));
  const [only] = calls;
  return {
    kind: "jsonSchema",
    schema: calls.length === 1 ? only : { anyOf: calls },
  };
}
