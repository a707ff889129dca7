import { ShapeError } from "../errors";
import { type Dimension, isSame, productOf, sizeAt } from "../graph/dimension";
import type { Graph, Value } from "../graph/graph";
import type { Node } from "../graph/node";
import { expandAxis } from "../ops/expandAxis";
import type { Shape } from "../tensor/shape";
import { showNode } from "./operation";

/** NumPy's rule: shapes are compared from the last axis on; sizes are equal, or one of them is 1 or missing. */
export function broadcastDimensions(who: string, nodes: readonly Node[]): Dimension[] {
  const rank = Math.max(...nodes.map(({ dimensions }) => dimensions.length));
  return Array.from({ length: rank }, (_, axis) => {
    let size: Dimension = 1;
    for (const { dimensions } of nodes) {
      const own = dimensions[axis - rank + dimensions.length] ?? 1;
      if (isSame(own, 1) || isSame(own, size)) continue;
      if (!isSame(size, 1)) {
        const shapes = nodes.map(showNode).join(" and ");
        throw new ShapeError(
          `${who}: cannot broadcast ${shapes}: sizes must be equal or 1, counted from the last axis.`,
        );
      }
      size = own;
    }
    return size;
  });
}

/** One axis along which numbers are repeated. */
interface Repetition {
  readonly outer: Dimension;
  readonly length: Dimension;
  readonly inner: Dimension;
}

/** What makes numbers of these sizes numbers of those: one repetition for each run of neighbouring axes, the last first. */
function repetitionsOf(from: readonly Dimension[], to: readonly Dimension[]): Repetition[] {
  const missing = to.length - from.length;
  const own = to.map((_, axis) => (axis < missing ? 1 : from[axis - missing]));
  const isRepeated = to.map((size, axis) => !isSame(own[axis], size));
  const repetitions: Repetition[] = [];
  for (let end = to.length; end > 0; ) {
    if (!isRepeated[end - 1]) {
      end--;
      continue;
    }
    let start = end - 1;
    while (start > 0 && isRepeated[start - 1]) start--;
    // What is behind has been repeated already.
    repetitions.push({
      outer: productOf(own.slice(0, start)),
      length: productOf(to.slice(start, end)),
      inner: productOf(to.slice(end)),
    });
    end = start;
  }
  return repetitions;
}

/** How a value of these sizes becomes one of those: a function that adds the operations, and returns the same value where nothing is repeated. */
export function expansion(
  from: readonly Dimension[],
  to: readonly Dimension[],
): (graph: Graph, value: Value, owner: string, shape: Shape) => Value {
  const repetitions = repetitionsOf(from, to);
  return (graph, value, owner, shape) => {
    let result = value;
    for (const { outer, length, inner } of repetitions) {
      const [before, times, behind] = [outer, length, inner].map((size) => sizeAt(size, graph));
      const counts = { outer: before, length: times, inner: behind };
      result = graph.emit(expandAxis, owner, { x: result }, [before * times * behind], { counts });
    }
    return repetitions.length ? graph.view(result, shape, owner) : result;
  };
}
