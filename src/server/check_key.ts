import { createHash, timingSafeEqual } from "node:crypto";
import { ApiError } from "./api_error.ts";

/** Checks that a request brings a key. */
export type KeyCheck = (request: Request) => void;

/**
 * Makes what checks the keys of requests.
 *
 * Hashes are compared, all of them, in a time that does not depend on what they are: neither a key nor its length can be
 * guessed bit by bit.
 *
 * @param keys Keys that are good; with none, every request is.
 * @returns The check, which throws an {@linkcode ApiError} where there is no good key.
 * @throws {RangeError} A key is empty, or cannot be sent in a header.
 */
export function createKeyCheck(keys: readonly string[]): KeyCheck {
  for (const key of keys) {
    // The key itself is not for a log.
    if (!/^[\x21-\x7e]+$/.test(key)) {
      throw new RangeError(
        "Cannot check keys as each must be one or more visible characters of ASCII: one is not",
      );
    }
  }
  const hashes = keys.map(hash);
  if (hashes.length === 0) return () => {};
  return (request) => {
    const header = request.headers.get("authorization") ?? "";
    const [, given] = /^Bearer +(\S+)\s*$/i.exec(header) ?? [];
    if (given === undefined) {
      throw unauthorized(
        "You didn't provide an API key: expected the header 'Authorization: Bearer KEY'.",
      );
    }
    const found = hash(given);
    const isGood = hashes
      .map((known) => timingSafeEqual(known, found))
      .includes(true);
    if (!isGood) throw unauthorized("Incorrect API key provided.");
  };
}

function hash(key: string): Uint8Array {
  return createHash("sha256").update(key).digest();
}

function unauthorized(message: string): ApiError {
  return new ApiError(message, {
    status: 401,
    type: "authentication_error",
    code: "invalid_api_key",
    headers: { "www-authenticate": "Bearer" },
  });
}
