import { ArgumentError, ShapeError } from "../errors";
import { type Dimension, shapeAt, showDimensions } from "../graph/dimension";
import type { Graph, Value } from "../graph/graph";
import { describeNode, Node } from "../graph/node";
import { show } from "../options";
import { type Dtype, type TensorLike, toTensor } from "../tensor/tensor";

/** What is accepted where a function over nodes expects one: a node, or a number, a tensor or nested arrays as a constant. */
export type NodeLike = Node | number | TensorLike;

/** The most axes of a node, the batch included. */
export const MOST_AXES = 6;

/** Makes a node of an operation. `emit` gets the sizes of the result with the batch that a program is for. */
export function makeNode(
  name: string,
  options: Readonly<Record<string, unknown>>,
  inputs: readonly Node[],
  dimensions: readonly Dimension[],
  emit: (graph: Graph, inputs: readonly Value[], shape: number[], owner: string) => Value,
  dtype: Dtype = "float32",
): Node {
  const who = `ops.${name}`;
  if (dimensions.length > MOST_AXES) {
    throw new ShapeError(`${who}: at most ${MOST_AXES} axes, got ${showDimensions(dimensions)}.`);
  }
  const operation = {
    name,
    options,
    emit: (graph: Graph, values: readonly Value[]) => emit(graph, values, shapeAt(dimensions, graph.batchSize), who),
  };
  return Node.of(operation, inputs, dimensions, dtype);
}

/** A constant: the same numbers in every step, whatever the batch. */
export function constant(values: TensorLike | number): Node {
  const { data, shape } =
    typeof values === "number" ? { data: Float32Array.of(values), shape: [] } : toTensor(values, "ops.constant");
  const numbers = data instanceof Int32Array ? data : Float32Array.from(data);
  const isWhole = numbers instanceof Int32Array;
  const options = { values: Array.from(numbers), shape, dtype: isWhole ? "int32" : "float32" };
  const emit = (graph: Graph): Value => graph.constant("ops.constant", numbers, shape);
  return makeNode("constant", options, [], shape, emit, isWhole ? "int32" : "float32");
}

/** What was given as a node. */
export function toNode(given: NodeLike, who: string): Node {
  if (given instanceof Node) return given;
  if (given === undefined || given === null)
    throw new ArgumentError(`${who}: expects a node, a number or a tensor, got ${show(given)}.`);
  return constant(given);
}

/** As a node of float32 numbers. */
export function toFloat(given: NodeLike, who: string): Node {
  const node = toNode(given, who);
  return node.dtype === "int32" && node.operation ? cast(node, "float32") : node;
}

/** Which axis is meant: those below 0 count from the end. */
export function readAxis(who: string, axis: unknown, rank: number, option = "axis"): number {
  if (typeof axis !== "number" || !Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new ArgumentError(
      `${who}: ${option} must be a whole number from ${-rank} to ${rank - 1}, got ${show(axis)}.`,
    );
  }
  return axis < 0 ? axis + rank : axis;
}

/** The name of a node in messages, with its sizes. */
export function showNode(node: Node): string {
  return `${showDimensions(node.dimensions)} of ${describeNode(node)}`;
}
