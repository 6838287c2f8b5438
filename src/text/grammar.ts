/**
 * What a generated text must match, as plain values that can be sent to a worker.
 *
 * - `json`: a JSON object.
 * - `jsonSchema`: JSON that a JSON Schema describes; properties that it does not name are not written. What of a schema
 *   texts are not held to, such as `multipleOf`, counts for nothing.
 * - `regex`: the whole text matches a regular expression.
 * - `ebnf`: a grammar in XGrammar's EBNF, whose first rule is `root`.
 * - `structuralTag`: XGrammar's structural tag, such as free text with calls of tools in it.
 */
export type Grammar =
  | { readonly kind: "json" }
  | { readonly kind: "jsonSchema"; readonly schema: unknown }
  | { readonly kind: "regex"; readonly pattern: string }
  | { readonly kind: "ebnf"; readonly source: string }
  | { readonly kind: "structuralTag"; readonly tag: unknown };
