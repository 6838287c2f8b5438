// @ts-check
/// <reference lib="dom" />

/** An answer of the server that is an error. */
export class ApiError extends Error {
  /** @override */
  name = "ApiError";
  /** @type {number} Status of HTTP; 200 where an answer broke off that had begun well. */
  status;
  /** @type {string | null} What the server calls the error. */
  code;
  /** @type {number | null} Seconds after which the server asks to try again. */
  retryAfterSeconds;

  /**
   * @param {string} message What the server says about it.
   * @param {{ readonly status: number, readonly code?: string | null, readonly retryAfterSeconds?: number | null }} args
   *   Where it comes from.
   */
  constructor(message, { status, code = null, retryAfterSeconds = null }) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/**
 * Reads an answer that is an error, in OpenAI's form or any other.
 *
 * @param {Response} response The answer.
 * @returns {Promise<ApiError>} The error.
 */
export async function readApiError(response) {
  const { status } = response;
  const text = await response.text().catch(() => "");
  const retryAfterSeconds = readRetryAfter(response.headers.get("retry-after"));
  return errorOf(parseObject(text).error, { status, retryAfterSeconds });
}

/**
 * Takes an error out of what a server has sent.
 *
 * @param {unknown} error The object in OpenAI's form.
 * @param {{ readonly status: number, readonly retryAfterSeconds?: number | null }} args Of the answer that it is in.
 * @returns {ApiError} The error.
 */
export function errorOf(error, args) {
  /** @type {Readonly<Record<string, unknown>>} */
  const fields = error !== null && typeof error === "object"
    ? { ...error }
    : {};
  const { message, code, type } = fields;
  const name = [code, type].find((each) => typeof each === "string") ?? null;
  return new ApiError(typeof message === "string" ? message : "", {
    code: name,
    ...args,
  });
}

/**
 * @param {string} text
 * @returns {Readonly<Record<string, unknown>>}
 */
function parseObject(text) {
  try {
    return { ...JSON.parse(text) };
  } catch {
    return {};
  }
}

/**
 * @param {string | null} header Seconds, or a date.
 * @returns {number | null}
 */
function readRetryAfter(header) {
  if (header === null) return null;
  if (/^\d+$/.test(header)) return Number(header);
  const ms = Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? null : Math.max(0, Math.ceil(ms / 1000));
}
