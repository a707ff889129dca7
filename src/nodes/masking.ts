import { ArgumentError, ShapeError } from "../errors";
import { isSame } from "../graph/dimension";
import type { Node } from "../graph/node";
import { notEqual } from "./elementwise";
import { makeNode, type NodeLike, showNode, toFloat, toNode } from "./operation";

function batched(x: NodeLike, who: string): Node {
  const node = toNode(x, who);
  if (node.isBatched) return node;
  throw new ShapeError(`${who}: expects a node whose first axis is the batch, got ${showNode(node)}.`);
}

/** @internal A node with a mask of 0 and 1, or without any: the same numbers. */
export function remask(x: NodeLike, mask?: NodeLike): Node {
  const who = mask === undefined ? "ops.withoutMask" : "ops.withMask";
  const node = batched(x, who);
  if (node.isWhole) throw new ArgumentError(`${who}: expects float32 numbers, got ${showNode(node)}.`);
  const places = mask === undefined ? undefined : toFloat(batched(mask, who), who);
  if (places) {
    const fits =
      places.dimensions.length < node.dimensions.length &&
      places.dimensions.every((size, axis) => isSame(size, node.dimensions[axis]));
    if (!fits) {
      throw new ShapeError(
        `${who}: the mask must have the first axes of the node but not its last, as [batch, time] of [batch, time, features], ` +
          `got ${showNode(places)} for ${showNode(node)}.`,
      );
    }
  }
  const inputs = places ? [node, places] : [node];
  return makeNode("remask", {}, inputs, node.dimensions, (_, [value]) => value, {
    ...(places && { mask: places }),
  });
}

/**
 * The same numbers with a mask: a node of the first axes, such as `[batch, time]` for `[batch, time, features]`, whose places of 0
 * do not count. Losses, metrics and layers that compute with masks leave them out. What it had as mask before is replaced.
 * Functions of `ops` return numbers without masks, as in Keras: `ops.withMask(ops.add(a, b), a.mask)` gives one back.
 *
 * @throws ShapeError when the mask is not of the first axes
 */
export function withMask(x: NodeLike, mask: NodeLike): Node {
  return remask(x, notEqual(mask, 0));
}

/** The same numbers without a mask: every place counts again, for layers that cannot take one. */
export function withoutMask(x: NodeLike): Node {
  return remask(x);
}
