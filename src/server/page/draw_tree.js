// @ts-check
/// <reference lib="dom" />

/** @import { Place, TreeNode } from "./tree_layout.js" */

import { makeSvgElement } from "./element.js";
import { layOutTree, PADDING } from "./tree_layout.js";

const MARGIN = 4;
const BOX_HEIGHT = 24;

/**
 * Draws a draft tree.
 *
 * @param {readonly TreeNode[]} nodes The root first, parents before children.
 * @returns {SVGSVGElement} The drawing.
 */
export function drawTree(nodes) {
  const { places, width, height } = layOutTree(nodes);
  const size = [width + 2 * MARGIN, height + 2 * MARGIN];
  const inOrder = places.toSorted((a, b) =>
    Number(a.node.accepted) - Number(b.node.accepted)
  );
  return makeSvgElement("svg", {
    class: "drawing",
    viewBox: `${-MARGIN} ${-MARGIN} ${size.join(" ")}`,
    width: size[0],
    height: size[1],
    role: "img",
    "aria-labelledby": "tree-title tree-summary",
    children: [...inOrder.map(drawEdge), ...inOrder.map(drawNode)].flat(),
  });
}

/**
 * @param {Place} place
 * @returns {readonly SVGElement[]}
 */
function drawEdge({ node, parent, x, y }) {
  if (parent === null) return [];
  const from = parent.x + parent.width;
  const middle = (from + x) / 2;
  return [makeSvgElement("path", {
    class: node.accepted ? "accepted" : "",
    d: `M${from} ${parent.y}C${middle} ${parent.y} ${middle} ${y} ${x} ${y}`,
  })];
}

/**
 * @param {Place} place
 * @returns {readonly SVGElement[]}
 */
function drawNode({ node, label, share, parent, x, y, width }) {
  const kind = parent === null ? "root" : node.accepted ? "accepted" : "";
  const hint = parent === null
    ? "chosen by the model"
    : [share, node.branch, node.accepted ? "accepted" : "not chosen"]
      .filter((part) => part !== null).join(", ");
  return [makeSvgElement("g", {
    class: `node ${kind}`,
    children: [
      makeSvgElement("title", {
        children: [`${JSON.stringify(node.text)}: ${hint}`],
      }),
      makeSvgElement("rect", {
        x,
        y: y - BOX_HEIGHT / 2,
        width,
        height: BOX_HEIGHT,
        rx: 6,
      }),
      makeSvgElement("text", {
        x: x + PADDING,
        y: y + 4.5,
        children: [label],
      }),
      makeSvgElement("text", {
        class: "share",
        x: x + width - PADDING,
        y: y + 4.5,
        "text-anchor": "end",
        children: [share],
      }),
    ],
  })];
}
