import type { ByteSource } from "./byte_source.ts";
import { quote } from "./quote.ts";

/** A file that is fetched lies in memory as a whole: what comes along has 4 MB at most. */
const MAX_REMOTE_BYTES = 64 * 2 ** 20;

/** Whether a path is the address of a file on a server. */
export function isRemote(path: string): boolean {
  return /^https?:\/\//.test(path);
}

/**
 * Asks a server for a file, or whether it has it.
 *
 * @param url Its address.
 * @param method `HEAD` asks without taking the content.
 * @throws {ReferenceError} The server has no such file.
 * @throws {TypeError} It cannot be reached, or does not answer with a file.
 */
export async function fetchFile(
  url: string,
  method: "GET" | "HEAD",
): Promise<Response> {
  const response = await fetch(url, { method });
  if (response.ok) return response;
  await response.body?.cancel();
  if (response.status === 404) {
    throw new ReferenceError(
      `Cannot open ${quote(url)} as it must exist: found nothing there`,
    );
  }
  throw new TypeError(
    `Cannot open ${
      quote(url)
    } as its server must answer 200: answered ${response.status}`,
  );
}

/**
 * Fetches a file from a server, to be read from memory.
 *
 * @param url Its address.
 * @throws {ReferenceError} The server has no such file.
 * @throws {TypeError} It cannot be reached, or does not answer with a file.
 * @throws {RangeError} The file is larger than 64 MiB.
 */
export async function openRemoteFile(url: string): Promise<ByteSource> {
  const response = await fetchFile(url, "GET");
  const announced = Number(response.headers.get("content-length") ?? 0);
  if (announced > MAX_REMOTE_BYTES) {
    await response.body?.cancel();
    throw new RangeError(
      `Cannot open ${
        quote(url)
      } as a file that is fetched must have at most ${MAX_REMOTE_BYTES} bytes: found ${announced}`,
    );
  }
  const bytes = await response.bytes();
  return {
    file: url,
    sizeBytes: bytes.length,
    read: (startBytes, into) => {
      const part = bytes.subarray(startBytes, startBytes + into.length);
      into.set(part);
      return Promise.resolve(part.length);
    },
    [Symbol.dispose]: () => {},
  };
}
