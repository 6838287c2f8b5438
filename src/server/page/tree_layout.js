// @ts-check

/**
 * @typedef {object} TreeNode A node of a draft tree.
 * @property {number} id Its name.
 * @property {number | null} parent The node that it follows; null for the root.
 * @property {string} text Text of its token.
 * @property {number} score Sum of the drafter's log probabilities from the root.
 * @property {string | null} branch Which branch of the drafter proposed it.
 * @property {boolean} accepted Whether the model chose it.
 */
/**
 * @typedef {object} Place Where a node is drawn.
 * @property {TreeNode} node The node.
 * @property {string} label Its text, made visible.
 * @property {string} share The drafter's probability that it follows its parent; empty for the root.
 * @property {number} x Its left side.
 * @property {number} y Its middle.
 * @property {number} width Its width.
 * @property {Place | null} parent The place of the node that it follows.
 */

/** Between a node's border and its text. */
export const PADDING = 8;
const CHAR_WIDTH = 7.9;
const SHARE_CHAR_WIDTH = 6.7;
const SHARE_GAP = 6;
const COLUMN_GAP = 30;
const ROW_HEIGHT = 34;
const MAX_LABEL = 16;

/**
 * Places a tree's nodes from left to right, a column a level, a row a leaf.
 *
 * Units: CSS pixels, in the tree's font.
 *
 * @param {readonly TreeNode[]} nodes The root first, parents before children.
 * @returns {{ readonly places: readonly Place[], readonly width: number, readonly height: number }} Places, in the
 *   order of the nodes, and the size of it all.
 */
export function layOutTree(nodes) {
  /** @type {Map<number, { readonly place: Place, readonly level: number, readonly children: Place[] }>} */
  const entries = new Map();
  /** @type {number[]} */
  const columnWidths = [];
  for (const node of nodes) {
    const above = node.parent === null ? undefined : entries.get(node.parent);
    const label = showText(node.text);
    const share = above === undefined
      ? ""
      : formatShare(Math.exp(node.score - above.place.node.score));
    const width = 2 * PADDING + CHAR_WIDTH * label.length +
      (share === "" ? 0 : SHARE_GAP + SHARE_CHAR_WIDTH * share.length);
    const parent = above?.place ?? null;
    const place = { node, label, share, x: 0, y: 0, width, parent };
    const level = above === undefined ? 0 : above.level + 1;
    above?.children.push(place);
    entries.set(node.id, { place, level, children: [] });
    columnWidths[level] = Math.max(columnWidths[level] ?? 0, width);
  }
  let numRows = 0;
  /** @param {Place} place */
  function settle(place) {
    const { level, children } = entries.get(place.node.id) ??
      { level: 0, children: [] };
    place.x = columnWidths.slice(0, level)
      .reduce((sum, width) => sum + width + COLUMN_GAP, 0);
    for (const child of children) settle(child);
    const [first, last] = [children[0], children.at(-1)];
    place.y = first === undefined || last === undefined
      ? (numRows++ + 0.5) * ROW_HEIGHT
      : (first.y + last.y) / 2;
  }
  const places = [...entries.values()].map(({ place }) => place);
  for (const place of places) if (place.parent === null) settle(place);
  return {
    places,
    width: columnWidths.reduce((sum, width) => sum + width + COLUMN_GAP, 0),
    height: numRows * ROW_HEIGHT,
  };
}

/**
 * Makes spaces and ends of lines visible, and shortens what is long.
 *
 * @param {string} text A token's text.
 * @returns {string} What stands for it.
 */
export function showText(text) {
  const visible = text.replaceAll(" ", "·").replaceAll("\n", "⏎")
    .replaceAll("\t", "⇥");
  const characters = [...visible];
  if (characters.length === 0) return "∅";
  return characters.length > MAX_LABEL
    ? `${characters.slice(0, MAX_LABEL - 1).join("")}…`
    : visible;
}

/** @param {number} share */
function formatShare(share) {
  return share < 0.01 ? "<1%" : `${Math.round(Math.min(1, share) * 100)}%`;
}
