// @ts-check
/// <reference lib="dom" />

/** Asks the server that this page came from. @module */

/** @import { TreeNode } from "./tree_layout.js" */

import { ApiError, errorOf, readApiError } from "./api_error.js";
import { readEvents } from "./read_events.js";

/**
 * @typedef {object} CallOptions How to ask.
 * @property {string} key API key; empty for none.
 * @property {AbortSignal} [signal] Ends the call.
 */
/**
 * @typedef {object} Token A token of an answer.
 * @property {string} text Its text.
 * @property {boolean} drafted Whether the drafter had proposed it.
 */
/**
 * @typedef {object} Figures How fast an answer comes.
 * @property {number} tokensPerRound Tokens of the answer per pass of the model.
 * @property {number} tokensPerSecond Tokens per second.
 */
/**
 * @typedef {object} AnswerPart A piece of an answer.
 * @property {readonly Token[]} tokens Its tokens; all of its text as one where the server does not name them.
 * @property {Figures | null} figures Figures up to here.
 * @property {string | null} ending Why the answer ends here, in OpenAI's words.
 */

/**
 * @typedef {object} DraftTree A draft tree.
 * @property {readonly TreeNode[]} nodes The root first, parents before children.
 * @property {readonly { readonly text: string }[]} committed What the model accepted of it, and what it chose next.
 */

/**
 * Lists the models.
 *
 * @param {CallOptions} options How to ask.
 * @returns {Promise<readonly string[]>} Their names.
 * @throws {ApiError} If the server answers with an error.
 */
export async function listModels(options) {
  const { data } = await (await call("v1/models", options)).json();
  return data.map((/** @type {{ id: string }} */ model) => model.id);
}

/**
 * Asks for an answer, piece by piece.
 *
 * @param {Readonly<Record<string, unknown>>} request Fields of a chat completion.
 * @param {CallOptions} options How to ask; leaving the generator ends the answer, too.
 * @returns {AsyncGenerator<AnswerPart, void, undefined>} The pieces.
 * @throws {ApiError} If the server answers with an error, or the answer breaks off.
 */
export async function* streamAnswer(request, options) {
  const response = await call("v1/chat/completions", {
    ...options,
    request: {
      ...request,
      stream: true,
      stream_options: { include_drafts: true },
    },
  });
  for await (const event of readEvents(bodyOf(response))) {
    if (event === "[DONE]") return;
    const { choices = [], jakiro, error } = JSON.parse(event);
    if (error !== undefined) throw errorOf(error, { status: 200 });
    yield {
      tokens: readTokens(choices[0]?.delta?.content ?? "", jakiro?.tokens),
      figures: jakiro === undefined ? null : {
        tokensPerRound: jakiro.tokens_per_round,
        tokensPerSecond: jakiro.tokens_per_second,
      },
      ending: choices[0]?.finish_reason ?? null,
    };
  }
  throw new ApiError("", { status: 200 });
}

/**
 * Has a tree drafted, and the model check it.
 *
 * @param {Readonly<Record<string, unknown>>} request The conversation, and how tokens are chosen.
 * @param {CallOptions} options How to ask.
 * @returns {Promise<DraftTree>} The tree, and what the model made of it.
 * @throws {ApiError} If the server answers with an error.
 */
export async function fetchDraftTree(request, options) {
  const response = await call("v1/draft_tree", { ...options, request });
  return await response.json();
}

/**
 * @param {string} path
 * @param {CallOptions & { readonly request?: unknown }} options
 * @returns {Promise<Response>}
 */
async function call(path, { key, signal, request }) {
  const headers = new Headers();
  if (key !== "") headers.set("authorization", `Bearer ${key}`);
  if (request !== undefined) headers.set("content-type", "application/json");
  const response = await fetch(new URL(path, document.baseURI), {
    headers,
    ...signal && { signal },
    ...request !== undefined &&
      { method: "POST", body: JSON.stringify(request) },
  });
  if (!response.ok) throw await readApiError(response);
  return response;
}

/**
 * @param {string} text
 * @param {readonly Token[]} [tokens]
 * @returns {readonly Token[]}
 */
function readTokens(text, tokens = []) {
  const named = tokens.map((token) => token.text).join("");
  const pieces = named === text ? tokens : [{ text, drafted: false }];
  return pieces.filter((piece) => piece.text !== "");
}

/**
 * @param {Response} response
 * @returns {ReadableStream<Uint8Array<ArrayBuffer>>}
 */
function bodyOf({ body, status }) {
  if (body === null) throw new ApiError("", { status });
  return body;
}
