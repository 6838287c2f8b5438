/**
 * Computes a SHA-256.
 *
 * @param bytes What of.
 * @returns The checksum in hexadecimal.
 */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex();
}
