export function readPageFile(
  _path: string,
  _o: { readonly ifNoneMatch?: string | null } = {},
): Promise<Response | null> {
  return Promise.resolve(null);
}
