/**
 * Keeps a label within the room that it has. Its end says most: of a path it is the name.
 *
 * @param label The label.
 * @param maxLength Characters that there is room for.
 * @returns The label, or its end.
 */
export function shortenLabel(label: string, maxLength: number): string {
  const characters = [...label];
  return characters.length > maxLength
    ? `…${characters.slice(1 - maxLength).join("")}`
    : label;
}
