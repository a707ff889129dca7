import { ArgumentError, ShapeError } from "../errors";
import { type Dimension, productOf, shapeAt, showDimensions } from "../graph/dimension";
import { castValue } from "../graph/emitNodes";
import type { Graph, Value } from "../graph/graph";
import { describeNode, Node, type NodeOperation } from "../graph/node";
import { checkCount } from "../optionTable";
import { oneOf, show } from "../options";
import { type Dtype, type TensorLike, toTensor } from "../tensor/tensor";

/** What is accepted where a function over nodes expects one: a node, or a number, a tensor or nested arrays as a constant. */
export type NodeLike = Node | number | TensorLike;

/** The most axes of a node, the batch included. */
export const MOST_AXES = 6;

/** How many numbers there are, as a factor of a power of the batch. */
function sizesOf(dimensions: readonly Dimension[]): { factor: number } {
  const size = productOf(dimensions);
  return { factor: typeof size === "number" ? size : size.factor };
}

/** Makes a node of an operation. `emit` gets the sizes of the result with the batch that a program is for. */
export function makeNode(
  name: string,
  options: Readonly<Record<string, unknown>>,
  inputs: readonly Node[],
  dimensions: readonly Dimension[],
  emit: (graph: Graph, inputs: readonly Value[], shape: number[], owner: string) => Value,
  { dtype = "float32", mask, misfit }: { dtype?: Dtype; mask?: Node; misfit?: NodeOperation["misfit"] } = {},
): Node {
  const who = `ops.${name}`;
  if (dimensions.length > MOST_AXES) {
    throw new ShapeError(`${who}: at most ${MOST_AXES} axes, got ${showDimensions(dimensions)}.`);
  }
  const { factor } = sizesOf(dimensions);
  checkCount(factor, `${who}: ${showDimensions(dimensions)} has ${factor} numbers`);
  const operation = {
    name,
    // A copy: an array of the caller that is filled anew must not change what is saved.
    options: structuredClone(options),
    emit: (graph: Graph, values: readonly Value[]) => emit(graph, values, shapeAt(dimensions, graph), who),
    ...(misfit && { misfit }),
  };
  return new Node(undefined, inputs, dimensions, undefined, dtype, operation, undefined, undefined, mask);
}

/** A constant: the same numbers in every step, whatever the batch. */
export function constant(values: TensorLike | number): Node {
  const { data, shape } =
    typeof values === "number" ? { data: Float32Array.of(values), shape: [] } : toTensor(values, "ops.constant");
  const numbers = data instanceof Int32Array ? data : Float32Array.from(data);
  const isWhole = numbers instanceof Int32Array;
  const options = { values: Array.from(numbers), shape, dtype: isWhole ? "int32" : "float32" };
  const emit = (graph: Graph): Value => graph.constant("ops.constant", numbers, shape);
  return makeNode("constant", options, [], shape, emit, { dtype: isWhole ? "int32" : "float32" });
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
  return node.isWhole ? cast(node, "float32") : node;
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

/** As whole numbers, toward zero, or as float32. No gradient passes. */
export function cast(x: NodeLike, dtype: "float32" | "int32"): Node {
  const who = "ops.cast";
  const node = toNode(x, who);
  const wanted = oneOf(who, "dtype", dtype, ["float32", "int32"]);
  const { isWhole } = node;
  if (isWhole === (wanted === "int32")) return node;
  return makeNode(
    "cast",
    { dtype: wanted },
    [node],
    node.dimensions,
    (graph, [value]) => castValue(graph, value, wanted === "int32"),
    { dtype: wanted },
  );
}

/** As a node of int32 numbers, such as ids. */
export function toWhole(given: NodeLike, who: string): Node {
  return cast(toNode(given, who), "int32");
}
