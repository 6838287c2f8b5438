/**
 * Says why an address cannot be listened on.
 *
 * @param error What was thrown.
 * @param place The address.
 * @returns An error that says it, or the one that was thrown where it says enough.
 */
export function listenError(
  error: unknown,
  place: { readonly hostname: string; readonly port: number },
): unknown {
  const cannot = `Cannot listen on ${place.hostname}:${place.port} as`;
  if (error instanceof Deno.errors.AddrInUse) {
    return new Deno.errors.AddrInUse(
      `${cannot} no other program must: one does`,
    );
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return new Deno.errors.AddrNotAvailable(
      `${cannot} the address must be this machine's: it is not`,
    );
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new Deno.errors.PermissionDenied(
      `${cannot} the system must permit it: it does not`,
    );
  }
  // Deno has no classes for names that nobody knows, or that are none.
  const isOther = error instanceof Error &&
    (error.name === "Error" || error instanceof URIError);
  if (!isOther) return error;
  return new TypeError(
    `${cannot} it must be an address or name of this machine: ${error.message}`,
    { cause: error },
  );
}
