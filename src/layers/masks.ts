import type { Graph, Value } from "../graph/graph";
import { BATCH, type Dimension } from "../graph/dimension";
import type { Node } from "../graph/node";
import { emitTrace, TracedFunction } from "../graph/traced";
import { broadcastTo, expandDims, newSizes } from "../nodes/axes";
import { logicalOr } from "../nodes/elementwise";

/** What layers that take masks share: functions over nodes, as those of `ops`, within a layer. */

/** A mask broadcast over the first axes of a node, so many with the batch. */
export function broadcastMask(mask: Node, node: Node, axes: number): Node {
  let broadcast = mask;
  while (broadcast.dimensions.length < axes) broadcast = expandDims(broadcast, broadcast.dimensions.length);
  return broadcastTo(broadcast, newSizes(node.dimensions.slice(0, axes)));
}

/** 1 where any of the masks is, which are of nodes of one shape. */
export function anyOf(masks: readonly Node[], nodes: readonly Node[]): Node {
  const axes = Math.max(...masks.map(({ dimensions }) => dimensions.length));
  return masks.map((mask, i) => broadcastMask(mask, nodes[i], axes)).reduce((a, b) => logicalOr(a, b));
}

/** A mask over all axes of a node, with 1 in place of those that it lacks. */
export function maskLike(mask: Node, node: Node): Node {
  let result = mask;
  while (result.dimensions.length < node.dimensions.length) result = expandDims(result, result.dimensions.length);
  return result;
}

/**
 * Adds what a function over nodes makes of values to a graph.
 *
 * @param values with the batch as their first axis
 * @param weights without it
 */
export function emitFunction(
  graph: Graph,
  who: string,
  values: readonly Value[],
  weights: readonly Value[],
  call: (...nodes: Node[]) => Node | readonly Node[],
): Value[] {
  const placeholders = [...values, ...weights].map(({ shape }, i) => {
    const dimensions: Dimension[] = i < values.length ? [BATCH, ...shape.slice(1)] : [...shape];
    return { name: `x${i}`, dimensions };
  });
  return emitTrace(graph, new TracedFunction(who, call).trace(placeholders), [...values, ...weights]);
}
