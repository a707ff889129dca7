import type { Node } from "../../graph/node";
import { transpose } from "../../nodes/axes";

/**
 * Models with channels before height and width (`channels_first`) are computed with channels behind them. A node that has been
 * brought back knows the one that it came from, so that a chain of such layers is transposed at its ends only.
 */

interface Twin {
  readonly axis: number;
  readonly node: Node;
}

const twins = new WeakMap<Node, Twin>();

/** The node with an axis at the end, if it has been made from that. */
export function twinOf(node: Node): Twin | undefined {
  return twins.get(node);
}

/** The same with an axis at the end. */
export function toLast(node: Node, axis = 1): Node {
  const rank = node.dimensions.length;
  const at = axis < 0 ? axis + rank : axis;
  if (at >= rank - 1) return node;
  const twin = twins.get(node);
  if (twin?.axis === at) return twin.node;
  const others = node.dimensions.map((_, i) => i).filter((i) => i !== at);
  return transpose(node, [...others, at]);
}

/** Brings the last axis back to where it was. */
export function fromLast(node: Node, axis = 1): Node {
  const rank = node.dimensions.length;
  const at = axis < 0 ? axis + rank : axis;
  if (at >= rank - 1) return node;
  const order = node.dimensions.map((_, i) => i).slice(0, rank - 1);
  order.splice(at, 0, rank - 1);
  const back = transpose(node, order);
  twins.set(back, { axis: at, node });
  return back;
}
