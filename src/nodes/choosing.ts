import { ShapeError } from "../errors";
import { type Dimension, isSame, productOf, sizeAt } from "../graph/dimension";
import type { Graph, Value } from "../graph/graph";
import type { Node } from "../graph/node";
import { oneHot as oneHotOp } from "../ops/oneHot";
import { sortRows } from "../ops/sortRows";
import { takeAlongAxis as takeAlongAxisOp } from "../ops/takeAlongAxis";
import { takeRows } from "../ops/takeRows";
import { checkOptions, integer } from "../options";
import { sizeOf } from "../tensor/shape";
import { type AxisOption, newSizes, reshape, transpose } from "./axes";
import { makeNode, type NodeLike, readAxis, showNode, toFloat, toWhole } from "./operation";

/** @internal Rows of a matrix by whole numbers: [rows, width] and ids of any shape give [...ids, width]. */
export function takeRowsOf(x: NodeLike, indices: NodeLike): Node {
  const who = "ops.take";
  const [table, ids] = [toFloat(x, who), toWhole(indices, who)];
  const [rows, width] = table.dimensions;
  if (table.dimensions.length !== 2) throw new ShapeError(`${who}: expects a matrix, got ${showNode(table)}.`);
  return makeNode("takeRows", {}, [table, ids], [...ids.dimensions, width], (graph, [values, places], shape, owner) => {
    const at = (size: Dimension) => sizeAt(size, graph);
    const counts = { rows: at(rows), width: at(width), count: at(productOf(ids.dimensions)) };
    return graph.emit(takeRows, owner, { x: values, ids: places }, shape, { counts });
  });
}

/**
 * Entries along an axis by whole numbers of any shape, which takes the axis' place; without `axis` of all numbers in order.
 * Numbers below 0 count from the end; those that are out of range give NaN. Entries that are taken several times add up their
 * gradients, in a fixed order.
 */
export function take(x: NodeLike, indices: NodeLike, options: AxisOption = {}): Node {
  const who = "ops.take";
  checkOptions(who, options, ["axis"]);
  let node = toFloat(x, who);
  if (options.axis === undefined) node = reshape(node, [-1]);
  const ids = toWhole(indices, who);
  const rank = node.dimensions.length;
  const axis = readAxis(who, options.axis ?? 0, rank);
  const before = node.dimensions.slice(0, axis);
  const behind = node.dimensions.slice(axis + 1);
  const others = [...before, ...behind];
  const order = [axis, ...node.dimensions.map((_, i) => i).filter((i) => i !== axis)];
  const front = axis === 0 ? node : transpose(node, order);
  const table = reshape(front, newSizes([node.dimensions[axis], productOf(others)]));
  const taken = takeRowsOf(table, ids);
  const count = ids.dimensions.length;
  const apart = reshape(taken, newSizes([...ids.dimensions, ...others]));
  if (axis === 0) return apart;
  const place = [
    ...before.map((_, i) => count + i),
    ...ids.dimensions.map((_, i) => i),
    ...behind.map((_, i) => count + axis + i),
  ];
  return transpose(apart, place);
}

/** Along an axis, for every place of `indices` the entry that it names; shapes are equal but for that axis. Default axis −1. */
export function takeAlongAxis(x: NodeLike, indices: NodeLike, options: AxisOption = {}): Node {
  const who = "ops.takeAlongAxis";
  checkOptions(who, options, ["axis"]);
  const [node, ids] = [toFloat(x, who), toWhole(indices, who)];
  const axis = readAxis(who, options.axis ?? -1, node.dimensions.length);
  const fits =
    ids.dimensions.length === node.dimensions.length &&
    ids.dimensions.every((size, i) => i === axis || isSame(size, node.dimensions[i]));
  if (!fits) {
    throw new ShapeError(
      `${who}: shapes must be equal but for axis ${axis}, got ${showNode(node)} and ${showNode(ids)}.`,
    );
  }
  const outer = productOf(node.dimensions.slice(0, axis));
  const inner = productOf(node.dimensions.slice(axis + 1));
  return makeNode("takeAlongAxis", { axis }, [node, ids], ids.dimensions, (graph, [values, places], shape, owner) => {
    const at = (size: Dimension) => sizeAt(size, graph);
    const counts = {
      outer: at(outer),
      length: at(node.dimensions[axis]),
      inner: at(inner),
      count: at(ids.dimensions[axis]),
    };
    return graph.emit(takeAlongAxisOp, owner, { x: values, ids: places }, shape, { counts });
  });
}

/** For every whole number a row of `numClasses` numbers: 1 at its place, 0 elsewhere, and everywhere where it is none of the classes. */
export function oneHot(x: NodeLike, numClasses: number): Node {
  const who = "ops.oneHot";
  const ids = toWhole(x, who);
  const classes = integer(who, "numClasses", numClasses, { min: 1 });
  return makeNode(
    "oneHot",
    { numClasses: classes },
    [ids],
    [...ids.dimensions, classes],
    (graph, [places], shape, owner) => {
      const counts = { count: sizeOf(shape) / classes, classes };
      return graph.emit(oneHotOp, owner, { ids: places }, shape, { counts, numbers: { on: 1, off: 0 } });
    },
  );
}

/** @internal Options of `sortedRows`. */
interface SortedOptions {
  readonly descending: boolean;
  /** How many are kept, by default all. */
  readonly kept?: number | undefined;
}

/** @internal The numbers of each row in order, and where each stood, as two nodes of one operation. */
export function sortedRows(x: NodeLike, { descending, kept }: SortedOptions): [values: Node, places: Node] {
  const who = "ops.sort";
  const node = toFloat(x, who);
  const columns = node.dimensions.at(-1);
  if (columns === undefined) throw new ShapeError(`${who}: expects an axis or more, got ${showNode(node)}.`);
  if (kept !== undefined && (typeof columns !== "number" || kept > columns)) {
    throw new ShapeError(`ops.topK: k is ${kept}, but ${showNode(node)} has not as many.`);
  }
  const dimensions = [...node.dimensions.slice(0, -1), kept ?? columns];
  const rows = productOf(node.dimensions.slice(0, -1));
  // Both nodes emit the operation once in a graph.
  const made = new WeakMap<Graph, readonly [Value, Value]>();
  const emit = (graph: Graph, values: readonly Value[], shape: number[], owner: string): readonly [Value, Value] => {
    const known = made.get(graph);
    if (known) return known;
    const pair = [graph.value(owner, shape), graph.value(owner, shape)] as const;
    const width = sizeAt(columns, graph);
    const counts = {
      rows: sizeAt(rows, graph),
      columns: width,
      descending: descending ? 1 : 0,
      columnsKept: kept ?? width,
    };
    graph.emitSink(sortRows, owner, { x: values[0], y: pair[0], places: pair[1] }, { counts });
    made.set(graph, pair);
    return pair;
  };
  const options = { descending, kept: kept ?? null };
  return [
    makeNode("sortValues", options, [node], dimensions, (...given) => emit(...given)[0]),
    makeNode("sortPlaces", options, [node], dimensions, (...given) => emit(...given)[1], { dtype: "int32" }),
  ];
}

/** An axis in the place of the last one. */
function withLast(node: Node, axis: number): { node: Node; back: (result: Node) => Node } {
  const rank = node.dimensions.length;
  if (axis === rank - 1) return { node, back: (result) => result };
  const order = node.dimensions.map((_, i) => (i === axis ? rank - 1 : i === rank - 1 ? axis : i));
  return { node: transpose(node, order), back: (result) => transpose(result, order) };
}

/** Options of `sort`. */
export interface SortOptions extends AxisOption {
  /** Whether the largest comes first. Default false. */
  descending?: boolean | undefined;
}

/** Numbers in order along an axis, by default the last; equal ones keep theirs, NaN comes last. */
export function sort(x: NodeLike, options: SortOptions = {}): Node {
  const who = "ops.sort";
  checkOptions(who, options, ["axis", "descending"]);
  const given = toFloat(x, who);
  const { node, back } = withLast(given, readAxis(who, options.axis ?? -1, given.dimensions.length));
  return back(sortedRows(node, { descending: options.descending ?? false })[0]);
}

/** Options of `argSort`. */
export interface ArgSortOptions {
  /** Whether the largest comes first. Default false. */
  descending?: boolean | undefined;
}

/** Where the numbers of each row stood before they were in order along the last axis. Whole numbers, no gradient. */
export function argSort(x: NodeLike, options: ArgSortOptions = {}): Node {
  checkOptions("ops.argSort", options, ["descending"]);
  return sortedRows(x, { descending: options.descending ?? false })[1];
}

/** The k largest numbers along the last axis, the largest first, and where they stand, as whole numbers without gradient. */
export function topK(x: NodeLike, k: number): [values: Node, indices: Node] {
  return sortedRows(x, { descending: true, kept: integer("ops.topK", "k", k, { min: 1 }) });
}
