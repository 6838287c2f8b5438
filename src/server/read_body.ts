import { ApiError } from "./api_error.ts";
import { Fields } from "./fields.ts";
import type { HandlerLimits } from "./handler_options.ts";
import { isDeeper } from "./json_depth.ts";

type BodyLimits = Pick<
  HandlerLimits,
  "maxBodyBytes" | "maxJsonDepth" | "bodyTimeoutMs"
>;

/**
 * Reads the JSON object that a request's body holds.
 *
 * @param request The request.
 * @param limits How large, deep and slow it may be.
 * @returns Its fields.
 * @throws {ApiError} It is too large, too slow, no JSON in UTF-8, or no object.
 */
export async function readBody(
  request: Request,
  limits: BodyLimits,
): Promise<Fields> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(?:;|$)/i.test(type.trim())) {
    await request.body?.cancel();
    throw new ApiError(
      `Invalid content type: expected 'application/json', but got '${
        type.slice(0, 100)
      }' instead.`,
      { status: 415, code: "unsupported_media_type" },
    );
  }
  const text = decode(await readBytes(request, limits));
  if (isDeeper(text, limits.maxJsonDepth)) {
    throw new ApiError(
      `Invalid body: expected JSON nested at most ${limits.maxJsonDepth} levels deep.`,
      { status: 400, code: "json_too_deep" },
    );
  }
  return new Fields(parse(text));
}

async function readBytes(
  request: Request,
  { maxBodyBytes, bodyTimeoutMs }: BodyLimits,
): Promise<Uint8Array> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > maxBodyBytes) {
    await request.body?.cancel();
    throw tooLarge(maxBodyBytes);
  }
  const reader = request.body?.getReader();
  if (reader === undefined) return new Uint8Array(0);
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () =>
      late.reject(
        new ApiError(
          `The request's body must come within ${bodyTimeoutMs} ms.`,
          { status: 408, code: "request_timeout", headers: CLOSE },
        ),
      ),
    bodyTimeoutMs,
  );
  try {
    const parts: Uint8Array[] = [];
    let numBytes = 0;
    while (true) {
      const { done, value } = await Promise.race([reader.read(), late.promise]);
      if (done) return concatenate(parts, numBytes);
      numBytes += value.length;
      if (numBytes > maxBodyBytes) throw tooLarge(maxBodyBytes);
      parts.push(value);
    }
  } catch (error) {
    // What is still to come is of no interest, nor how its end is told.
    reader.cancel().catch(() => {});
    if (error instanceof ApiError) throw error;
    throw new ApiError("The request's body ended before it was whole.", {
      status: 400,
      code: "incomplete_body",
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Tells that no other request can follow one whose body was not read. */
const CLOSE = { connection: "close" } as const;

function tooLarge(maxBodyBytes: number): ApiError {
  return new ApiError(
    `Request too large: expected a body of at most ${maxBodyBytes} bytes.`,
    { status: 413, code: "request_too_large", headers: CLOSE },
  );
}

function concatenate(
  parts: readonly Uint8Array[],
  numBytes: number,
): Uint8Array {
  const whole = new Uint8Array(numBytes);
  let start = 0;
  for (const part of parts) {
    whole.set(part, start);
    start += part.length;
  }
  return whole;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ApiError("Invalid body: expected UTF-8.", {
      status: 400,
      code: "invalid_utf8",
    });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ApiError(
      `We could not parse the JSON body of your request: ${
        reason.replaceAll(/\s+/g, " ").slice(0, 200)
      }`,
      { status: 400, code: "invalid_json" },
    );
  }
}
