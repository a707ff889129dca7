import { ShapeError } from "../errors";
import {
  BATCH,
  type DescribedSize,
  describeSize,
  type Dimension,
  type Extent,
  isSame,
  LENGTH,
  PROBES,
  productOf,
  shapeAt,
  showDimension,
  showDimensions,
  sizeAt,
} from "../graph/dimension";
import { readSize } from "../graph/describedSize";
import { dividedBy, plus } from "../graph/sizeArithmetic";
import type { Graph, Value } from "../graph/graph";
import type { Node } from "../graph/node";
import { showShape, sizeOf } from "../tensor/shape";
import { concatenate as concatenateOp } from "../ops/concatenate";
import { padConstant, padCounts } from "../ops/padConstant";
import { permute, permuteCounts, sliceCounts, type SliceOfAxis } from "../ops/permute";
import { checkOptions, finiteNumber, integer, show } from "../options";
import { expansion } from "./broadcasting";
import { makeNode, type NodeLike, readAxis, showNode, toFloat, toNode } from "./operation";

/** Options of functions that work along several axes. */
export interface AxesOption {
  /** One axis or several, counted from 0, the batch included, or below 0 from the end. By default all. */
  axis?: number | readonly number[] | undefined;
}

/** Options of `pad`. */
export interface PadOptions {
  /** What stands around: a constant is all there is. */
  mode?: "constant" | undefined;
  /** The constant. Default 0. */
  constantValues?: number | undefined;
}

/**
 * A size of a new shape: a number, `null` for the batch, a second `null` for the open length of the inputs, and −1 for what is left,
 * at most once.
 */
export type NewSize = number | null;

/** Options of functions that work along one axis. */
export interface AxisOption {
  /** Counted from 0, the batch included, or below 0 from the end. */
  axis?: number | undefined;
}

/** Sizes as given, with the batch and the open length where `null` stands; `undefined` is what is left. */
export function readSizes(who: string, given: readonly NewSize[], allowsRest: boolean): (Dimension | undefined)[] {
  if (!Array.isArray(given)) throw new ShapeError(`${who}: the shape must be an array, got ${show(given)}.`);
  return given.map((size, axis) => {
    if (size === -1 && allowsRest) return undefined;
    if (size === null) return given.indexOf(null) < axis ? LENGTH : BATCH;
    if (Array.isArray(size)) return readSize(who, size);
    return integer(who, "each size of the shape", size, { min: 1 });
  });
}

/** Sizes as `reshape` takes them: `null` is the batch, −1 another size that depends on it, lists are sizes as files have them. */
export function newSizes(dimensions: readonly Dimension[]): NewSize[] {
  return dimensions.map((size) => {
    if (typeof size === "number") return size;
    if (isSame(size, BATCH)) return null;
    return size.lengths.length ? (describeSize(size) as never) : -1;
  });
}

/**
 * The same numbers in another shape. Costs nothing.
 *
 * @param newShape sizes with the batch: `null` is the batch of `x`, −1 (once) what is left: `ops.reshape(x, [null, -1])`
 * @throws ShapeError when the number of elements would change
 */
export function reshape(x: NodeLike, newShape: readonly NewSize[]): Node {
  const who = "ops.reshape";
  const node = toNode(x, who);
  const sizes = readSizes(who, newShape, true);
  const total = productOf(node.dimensions);
  const known = productOf(sizes.filter((size) => size !== undefined));
  const open = sizes.filter((size) => size === undefined).length;
  if (open > 1) throw new ShapeError(`${who}: at most one size can be -1, got [${newShape}].`);
  const rest = dividedBy(total, known);
  if (rest === undefined || (open === 0 && !isSame(rest, 1))) {
    throw new ShapeError(`${who}: cannot make [${newShape.map(String)}] of ${showNode(node)}.`);
  }
  return view(
    "reshape",
    node,
    sizes.map((size) => size ?? rest),
  );
}

/** A node with the numbers of another in another shape. Sizes are kept as those that hold for every batch. */
function view(_name: string, node: Node, dimensions: readonly Dimension[]): Node {
  const emit = (graph: Graph, [value]: readonly Value[], sizes: number[], owner: string) => {
    if (sizeOf(sizes) === sizeOf(value.shape)) return graph.view(value, sizes, owner);
    throw new ShapeError(
      `${owner}: cannot show ${showShape(value.shape)} as ${showDimensions(dimensions)} where the length is ${graph.length}.`,
    );
  };
  return makeNode("reshape", { newShape: newSizes(dimensions) }, [node], dimensions, emit, {
    dtype: node.isWhole ? "int32" : "float32",
  });
}

/** With an axis of length 1 at `axis`, counted in the result. */
export function expandDims(x: NodeLike, axis: number): Node {
  const node = toNode(x, "ops.expandDims");
  const at = readAxis("ops.expandDims", axis, node.dimensions.length + 1);
  return view("expandDims", node, [...node.dimensions.slice(0, at), 1, ...node.dimensions.slice(at)]);
}

/** Without axes of length 1: all of them, or those that `axis` says. */
export function squeeze(x: NodeLike, options: AxesOption = {}): Node {
  const who = "ops.squeeze";
  checkOptions(who, options, ["axis"]);
  const node = toNode(x, who);
  const { axis } = options;
  const { dimensions } = node;
  const wanted = axis === undefined ? undefined : readAxes(who, axis, dimensions.length);
  wanted?.forEach((at) => {
    if (!isSame(dimensions[at], 1)) throw new ShapeError(`${who}: axis ${at} of ${showNode(node)} has not length 1.`);
  });
  return view(
    "squeeze",
    node,
    dimensions.filter((size, at) => (wanted ? !wanted.includes(at) : !isSame(size, 1))),
  );
}

/** Axes as given, in order, each once. */
export function readAxes(who: string, axis: number | readonly number[], rank: number): number[] {
  const list = Array.isArray(axis) ? (axis as readonly number[]) : [axis as number];
  const axes = list.map((one) => readAxis(who, one, rank)).sort((a, b) => a - b);
  if (new Set(axes).size < axes.length) throw new ShapeError(`${who}: axis names one axis twice, got ${show(axis)}.`);
  return axes;
}

/** Axes in another order: by default reversed. Axis i of the result is axis `axes[i]` of x. */
export function transpose(x: NodeLike, axes?: readonly number[]): Node {
  const who = "ops.transpose";
  const node = toFloat(x, who);
  const rank = node.dimensions.length;
  const order = (axes ?? Array.from({ length: rank }, (_, i) => rank - 1 - i)).map((axis) =>
    readAxis(who, axis, rank, "each of axes"),
  );
  if (order.length !== rank || new Set(order).size !== rank) {
    throw new ShapeError(`${who}: axes must name each axis of ${showNode(node)} once, got [${order}].`);
  }
  const dimensions = order.map((axis) => node.dimensions[axis]);
  return makeNode("transpose", { axes: order }, [node], dimensions, (graph, [value], shape, owner) => {
    const from = shapeAt(node.dimensions, graph);
    // A first axis in front, since axis 0 of a permutation stays.
    const counts = permuteCounts(from, order);
    return graph.emit(permute, owner, { x: value }, shape, { counts });
  });
}

/** Repeated to a shape, by NumPy's rule; `null` is the batch. */
export function broadcastTo(x: NodeLike, shape: readonly NewSize[]): Node {
  const who = "ops.broadcastTo";
  const node = toFloat(x, who);
  return repeatTo(node, readSizes(who, shape, false) as Dimension[], { shape }, "broadcastTo");
}

/** A node repeated to sizes that it can be broadcast to. */
export function repeatTo(
  node: Node,
  dimensions: readonly Dimension[],
  options: Readonly<Record<string, unknown>>,
  name: string,
): Node {
  const missing = dimensions.length - node.dimensions.length;
  node.dimensions.forEach((size, axis) => {
    const wanted = dimensions[axis + missing];
    if (wanted === undefined || !(isSame(size, 1) || isSame(size, wanted))) {
      throw new ShapeError(`ops.${name}: cannot repeat ${showNode(node)} to [${dimensions.map(String)}].`);
    }
  });
  const expand = expansion(node.dimensions, dimensions);
  return makeNode(name, options, [node], dimensions, (graph, [value], sizes, owner) =>
    expand(graph, value, owner, sizes),
  );
}

/** One node after the other along an axis (default −1): all other sizes are equal. */
export function concatenate(xs: readonly NodeLike[], options: AxisOption = {}): Node {
  const who = "ops.concatenate";
  checkOptions(who, options, ["axis"]);
  if (!Array.isArray(xs) || xs.length === 0)
    throw new ShapeError(`${who}: expects an array of nodes, got ${show(xs)}.`);
  const nodes = xs.map((x) => toFloat(x, who));
  const [first] = nodes;
  const axis = readAxis(who, options.axis ?? -1, first.dimensions.length);
  let total: Dimension | undefined = 0;
  for (const node of nodes) {
    const fits =
      node.dimensions.length === first.dimensions.length &&
      node.dimensions.every((size, i) => i === axis || isSame(size, first.dimensions[i]));
    if (!fits) {
      throw new ShapeError(
        `${who}: sizes but that of axis ${axis} must be equal, got ${nodes.map(showNode).join(" and ")}.`,
      );
    }
    total =
      total === undefined ? undefined : isSame(total, 0) ? node.dimensions[axis] : plus(total, node.dimensions[axis]);
  }
  if (total === undefined)
    throw new ShapeError(`${who}: cannot put ${nodes.map(showNode).join(" and ")} one after the other.`);
  const dimensions = first.dimensions.map((size, i) => (i === axis ? (total as Dimension) : size));
  return makeNode("concatenate", { axis }, nodes, dimensions, (graph, values, shape, owner) => {
    const rows = sizeAt(productOf(dimensions.slice(0, axis)), graph);
    const columns = nodes.map((node) => sizeAt(productOf(node.dimensions.slice(axis)), graph));
    let [joined] = values;
    let [columnsOfA] = columns;
    for (let i = 1; i < values.length; i++) {
      const counts = { rows, columnsOfA, columnsOfB: columns[i] };
      columnsOfA += columns[i];
      joined = graph.emit(concatenateOp, owner, { a: joined, b: values[i] }, [rows, columnsOfA], { counts });
    }
    return graph.view(joined, shape, owner);
  });
}

/** Nodes of one shape along a new axis (default 0). */
export function stack(xs: readonly NodeLike[], options: AxisOption = {}): Node {
  checkOptions("ops.stack", options, ["axis"]);
  if (!Array.isArray(xs) || xs.length === 0)
    throw new ShapeError(`ops.stack: expects an array of nodes, got ${show(xs)}.`);
  const { axis = 0 } = options;
  return concatenate(
    xs.map((x) => expandDims(x, axis)),
    { axis },
  );
}

/** A part of an axis, whose places may count with the open length. */
interface OpenSlice {
  readonly start: Dimension;
  readonly size: Dimension;
  readonly step: number;
}

/** What a slice takes at a length; undefined where that is not within the axis. */
function sliceAt({ start, size, step }: OpenSlice, axis: Dimension, extent: Extent): SliceOfAxis | undefined {
  const [first, count, length] = shapeAt([start, size, axis], extent);
  const last = first + (count - 1) * step;
  const fits = step !== 0 && count > 0 && Math.min(first, last) >= 0 && Math.max(first, last) < length;
  return fits ? { start: first, size: count, step } : undefined;
}

/** What slices take of a node. Axes without one are taken whole. */
function sliceNode(node: Node, slices: readonly (OpenSlice | undefined)[]): Node {
  const dimensions = node.dimensions.map((size, axis) => slices[axis]?.size ?? size);
  const described = slices.map(
    (slice) => slice && { ...slice, start: describeSize(slice.start), size: describeSize(slice.size) },
  );
  const options = { slices: described.map((slice) => slice ?? null) };
  const emit = (graph: Graph, [value]: readonly Value[], shape: number[], owner: string) => {
    const all = node.dimensions.map((size, axis): SliceOfAxis => {
      const whole = { start: 0, size: sizeAt(size, graph), step: 1 };
      return slices[axis] ? sliceAt(slices[axis], size, graph)! : whole;
    });
    return graph.emit(permute, owner, { x: value }, shape, {
      counts: sliceCounts(shapeAt(node.dimensions, graph), all),
    });
  };
  const misfit = (extent: Extent) => {
    const axis = slices.findIndex((slice, i) => slice && !sliceAt(slice, node.dimensions[i], extent));
    if (axis < 0) return undefined;
    return `ops: axis ${axis} of ${showNode(node)} has not the ${describeSlice(slices[axis]!)} that are taken of it.`;
  };
  return makeNode("strided", options, [node], dimensions, emit, { misfit });
}

function describeSlice({ start, size, step }: OpenSlice): string {
  const from = `${showDimension(size)} places from ${showDimension(start)}`;
  return step === 1 ? from : `${from} by ${step}`;
}

/** Whether places of an axis can be told: it is a number, or goes with the open length only. */
function isCountable(size: Dimension): boolean {
  return typeof size === "number" || size.power === 0;
}

/** @internal As files have it. */
export function strided(x: NodeLike, slices: readonly (DescribedSlice | null)[]): Node {
  const who = "ops.strided";
  const node = toFloat(x, who);
  if (!Array.isArray(slices) || slices.length !== node.dimensions.length) {
    throw new ShapeError(`${who}: expects a slice for each axis of ${showNode(node)}.`);
  }
  const checked = slices.map((slice: DescribedSlice | null) => {
    if (slice === null) return undefined;
    const step = integer(who, "step", slice.step, { min: -(2 ** 30) });
    return { start: readSize(who, slice.start), size: readSize(who, slice.size), step };
  });
  return slicesOf(who, node, checked);
}

/** A slice as files have it. */
interface DescribedSlice {
  readonly start: DescribedSize;
  readonly size: DescribedSize;
  readonly step: number;
}

/** @throws ShapeError for what is within an axis at no length */
function slicesOf(who: string, node: Node, slices: readonly (OpenSlice | undefined)[]): Node {
  slices.forEach((slice, axis) => {
    if (!slice) return;
    const length = node.dimensions[axis];
    const countable = [length, slice.start, slice.size].every(isCountable);
    if (countable && PROBES.some((probe) => sliceAt(slice, length, { batchSize: 1, length: probe }))) return;
    const hint = countable ? "" : " What depends on the batch can only be taken whole.";
    throw new ShapeError(`${who}: ${describeSlice(slice)} are not within axis ${axis} of ${showNode(node)}.${hint}`);
  });
  return sliceNode(node, slices);
}

/**
 * The part of a node that begins at `startIndices`, from the end where they are below 0, and has this shape. `null` takes an axis
 * whole, −1 what is left behind the start; of the batch only the whole can be taken. The last step of a sequence of any length:
 * `ops.slice(x, [0, -1, 0], [null, 1, -1])`.
 *
 * @throws ShapeError when the part is not within the node; of an open length where a batch is too short for it
 */
export function slice(x: NodeLike, startIndices: readonly number[], shape: readonly NewSize[]): Node {
  const who = "ops.slice";
  const node = toFloat(x, who);
  const rank = node.dimensions.length;
  if (!Array.isArray(startIndices) || !Array.isArray(shape) || startIndices.length !== rank || shape.length !== rank) {
    throw new ShapeError(
      `${who}: startIndices and shape must have a number for each of the ${rank} axes of ${showNode(node)}.`,
    );
  }
  const slices = shape.map((size, axis) => {
    const from = integer(who, "each of startIndices", startIndices[axis], { min: -(2 ** 30) });
    if (size === null && from === 0) return undefined;
    const length = node.dimensions[axis];
    const start = from < 0 ? (plus(length, from) ?? from) : from;
    const rest = from < 0 ? -from : plus(length, -from);
    const count = size === null || size === -1 ? (rest ?? 0) : integer(who, "each size of shape", size, { min: 1 });
    return { start, size: count, step: 1 };
  });
  return slicesOf(who, node, slices);
}

/** Back to front along the axes that `axis` says, by default all. */
export function flip(x: NodeLike, options: AxesOption = {}): Node {
  const who = "ops.flip";
  checkOptions(who, options, ["axis"]);
  const node = toFloat(x, who);
  const axes =
    options.axis === undefined ? node.dimensions.map((_, i) => i) : readAxes(who, options.axis, node.dimensions.length);
  return slicesOf(
    who,
    node,
    node.dimensions.map((size, axis) =>
      axes.includes(axis) ? { start: plus(size, -1) ?? 0, size, step: -1 } : undefined,
    ),
  );
}

/**
 * Parts along an axis (default 0): so many of equal size, or those that end before each of the given places. Of an axis of an open
 * length the last part has what is left.
 */
export function split(x: NodeLike, indicesOrSections: number | readonly number[], options: AxisOption = {}): Node[] {
  const who = "ops.split";
  checkOptions(who, options, ["axis"]);
  const node = toFloat(x, who);
  const axis = readAxis(who, options.axis ?? 0, node.dimensions.length);
  const length = node.dimensions[axis];
  const ends = endsOf(who, indicesOrSections, length);
  return ends.map((end, i) => {
    const start = ends[i - 1] ?? 0;
    const size = plus(end, -start) ?? 0;
    return slicesOf(
      who,
      node,
      node.dimensions.map((_, at) => (at === axis ? { start, size, step: 1 } : undefined)),
    );
  });
}

/** Where parts end: the last one where the axis does. */
function endsOf(who: string, given: number | readonly number[], length: Dimension): [...number[], Dimension] {
  if (!Array.isArray(given)) {
    const sections = integer(who, "indicesOrSections", given, { min: 1 });
    if (typeof length !== "number") {
      const which = `${showDimension(length)} cannot be split into ${sections} equal parts for every batch`;
      throw new ShapeError(`${who}: ${which}. Give the places where parts end.`);
    }
    if (length % sections) throw new ShapeError(`${who}: ${length} cannot be split into ${sections} equal parts.`);
    return [...Array.from({ length: sections - 1 }, (_, i) => ((i + 1) * length) / sections), length];
  }
  const max = typeof length === "number" ? length - 1 : undefined;
  const ends = given.map((index: number) => integer(who, "each index", index, { min: 1, ...(max && { max }) }));
  if (ends.some((end, i) => i > 0 && end <= ends[i - 1]))
    throw new ShapeError(`${who}: indices must grow, got [${given}].`);
  return [...ends, length];
}

/**
 * With a number around it: `padWidth` has [before, behind] for each axis, or one pair or number for all.
 */
export function pad(
  x: NodeLike,
  padWidth: number | readonly [number, number] | readonly (readonly [number, number])[],
  options: PadOptions = {},
): Node {
  const who = "ops.pad";
  checkOptions(who, options, ["mode", "constantValues"]);
  const node = toFloat(x, who);
  const { mode = "constant", constantValues = 0 } = options;
  if (mode !== "constant") throw new ShapeError(`${who}: mode must be "constant", got ${show(mode)}.`);
  const value = finiteNumber(who, "constantValues", constantValues);
  const widths = readWidths(who, padWidth, node);
  const dimensions = node.dimensions.map((size, axis) => {
    const [before, behind] = widths[axis];
    const padded = before || behind ? plus(size, before + behind) : size;
    if (padded === undefined)
      throw new ShapeError(`${who}: axis ${axis} of ${showNode(node)} is the batch, which stays as it is.`);
    return padded;
  });
  return makeNode(
    "pad",
    { padWidth: widths, constantValues: value },
    [node],
    dimensions,
    (graph, [value_], shape, owner) => {
      const counts = padCounts(shapeAt(node.dimensions, graph), widths);
      return graph.emit(padConstant, owner, { x: value_ }, shape, { counts, numbers: { value } });
    },
  );
}

function readWidths(who: string, given: unknown, { dimensions }: Node): [number, number][] {
  const pair = (one: unknown): [number, number] => {
    const [before, behind] = Array.isArray(one) ? one : [one, one];
    return [integer(who, "padWidth", before, { min: 0 }), integer(who, "padWidth", behind, { min: 0 })];
  };
  const isList = Array.isArray(given) && Array.isArray(given[0]);
  if (!isList) return dimensions.map((size) => (typeof size === "number" || !size.power ? pair(given) : [0, 0]));
  const list = given as unknown[];
  if (list.length !== dimensions.length)
    throw new ShapeError(
      `${who}: padWidth must have a pair for each of ${dimensions.length} axes, got ${list.length}.`,
    );
  return list.map(pair);
}

/** Repeated so often along each axis; fewer numbers count from the last axis. */
export function tile(x: NodeLike, repeats: number | readonly number[]): Node {
  const who = "ops.tile";
  let node = toFloat(x, who);
  const list = (Array.isArray(repeats) ? [...repeats] : [repeats]).map((times) =>
    integer(who, "repeats", times, { min: 1 }),
  );
  while (node.dimensions.length < list.length) node = expandDims(node, 0);
  while (list.length < node.dimensions.length) list.unshift(1);
  list.forEach((times, axis) => {
    if (times > 1) node = concatenate(new Array(times).fill(node), { axis });
  });
  return node;
}
