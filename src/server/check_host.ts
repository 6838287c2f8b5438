import { ApiError } from "./api_error.ts";

/** Names of this machine that no other server's page can be reached by. */
export const LOOPBACK_HOSTS: readonly string[] = [
  "localhost",
  "127.0.0.1",
  "[::1]",
];

/**
 * Checks the name that a request calls this server by.
 *
 * @param url The request's address.
 * @param allowedHosts Names, without port; undefined for any.
 * @throws {ApiError} It is none of them.
 */
export function checkHost(
  url: URL,
  allowedHosts: readonly string[] | undefined,
): void {
  const host = url.hostname.toLowerCase();
  if (allowedHosts === undefined || allowedHosts.includes(host)) return;
  throw new ApiError(
    `This server is not called '${host.slice(0, 100)}'.`,
    { status: 421, code: "misdirected_request" },
  );
}
