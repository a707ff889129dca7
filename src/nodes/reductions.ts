import { type Dimension, productOf, sizeAt } from "../graph/dimension";
import type { Node } from "../graph/node";
import { argMaxAxis } from "../ops/argMaxAxis";
import { argMinAxis } from "../ops/argMinAxis";
import { cumSumAxis } from "../ops/cumSumAxis";
import { logSoftmax as logSoftmaxOp } from "../ops/logSoftmax";
import { maxAxis } from "../ops/maxAxis";
import { minAxis } from "../ops/minAxis";
import type { Op } from "../ops/op";
import { prodAxis } from "../ops/prodAxis";
import { softmax as softmaxOp } from "../ops/softmax";
import { sumAxis } from "../ops/sumAxis";
import { checkOptions, finiteNumber } from "../options";
import { type AxisOption, newSizes, readAxes, reshape, transpose } from "./axes";
import {
  abs,
  add,
  exp,
  isFinite as isFiniteNode,
  log,
  maximum,
  multiply,
  power,
  rsqrt,
  sqrt,
  square,
  stopGradient,
  subtract,
  where,
} from "./elementwise";
import { makeNode, type NodeLike, readAxis, toFloat } from "./operation";

/** Options of reductions. */
export interface ReductionOptions {
  /** One axis or several, counted from 0, the batch included, or below 0 from the end. By default all. */
  axis?: number | readonly number[] | undefined;
  /** Whether the axes stay, with length 1. Default false. */
  keepDims?: boolean | undefined;
}

/** Sizes before, along and behind some neighbouring axes. */
function partsOf(dimensions: readonly Dimension[], first: number, last: number) {
  return {
    outer: productOf(dimensions.slice(0, first)),
    length: productOf(dimensions.slice(first, last + 1)),
    inner: productOf(dimensions.slice(last + 1)),
  };
}

/** A reduction along neighbouring axes, which stay with length 1. */
function reduceRun(name: string, op: Op, node: Node, first: number, last: number, isMean = false): Node {
  const { dimensions } = node;
  const { outer, length, inner } = partsOf(dimensions, first, last);
  const reduced = dimensions.map((size, axis) => (axis >= first && axis <= last ? 1 : size));
  const isWhole = op.results.length > 0;
  return makeNode(
    name,
    { first, last },
    [node],
    reduced,
    (graph, [x], shape, owner) => {
      const counts = {
        outer: sizeAt(outer, graph),
        length: sizeAt(length, graph),
        inner: sizeAt(inner, graph),
      };
      const numbers: Record<string, number> = op === sumAxis ? { scale: isMean ? 1 / counts.length : 1 } : {};
      return graph.emit(op, owner, { x }, shape, { counts, numbers });
    },
    { dtype: isWhole ? "int32" : "float32" },
  );
}

/** Reductions of neighbouring axes, as files have them: by name. */
const runs: Readonly<Record<string, { readonly op: Op; readonly isMean?: boolean }>> = {
  sumRun: { op: sumAxis },
  meanRun: { op: sumAxis, isMean: true },
  maxRun: { op: maxAxis },
  minRun: { op: minAxis },
  prodRun: { op: prodAxis },
  argMaxRun: { op: argMaxAxis },
  argMinRun: { op: argMinAxis },
};

/** @internal A reduction along neighbouring axes, which stay with length 1. */
export function reduceAxes(name: string, x: NodeLike, { first, last }: { first: number; last: number }): Node {
  const node = toFloat(x, `ops.${name}`);
  const rank = node.dimensions.length;
  const [from, to] = [readAxis(`ops.${name}`, first, rank, "first"), readAxis(`ops.${name}`, last, rank, "last")];
  const { op, isMean } = runs[name];
  return reduceRun(name, op, node, from, Math.max(from, to), isMean);
}

export const RUN_NAMES: readonly string[] = /* @__PURE__ */ Object.keys(runs);

/** A reduction of a node by the names of its runs. `isJoint`: axes that are apart must be brought together first. */
function reduce(who: string, run: string, x: NodeLike, options: ReductionOptions, isJoint = false): Node {
  checkOptions(who, options, ["axis", "keepDims"]);
  let node = toFloat(x, who);
  const rank = node.dimensions.length;
  const { axis, keepDims = false } = options;
  const axes = axis === undefined ? node.dimensions.map((_, i) => i) : readAxes(who, axis, rank);
  const kept = node.dimensions.flatMap((size, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [size]));
  if (axes.length === 0) return node;
  const groups: [number, number][] = [];
  for (const at of axes) {
    const last = groups.at(-1);
    if (last && last[1] === at - 1) last[1] = at;
    else groups.push([at, at]);
  }
  if (groups.length > 1 && isJoint) {
    const others = node.dimensions.map((_, i) => i).filter((i) => !axes.includes(i));
    node = transpose(node, [...others, ...axes]);
    node = reduceAxes(run, node, { first: others.length, last: rank - 1 });
  } else for (const [first, last] of groups) node = reduceAxes(run, node, { first, last });
  return withDimensions(node, kept);
}

/** A node in a shape of as many numbers. */
function withDimensions(node: Node, dimensions: readonly Dimension[]): Node {
  return reshape(node, newSizes(dimensions));
}

/** Sums along axes, precise however many numbers there are. */
export function sum(x: NodeLike, options: ReductionOptions = {}): Node {
  return reduce("ops.sum", "sumRun", x, options);
}

/** Means along axes. */
export function mean(x: NodeLike, options: ReductionOptions = {}): Node {
  return reduce("ops.mean", "meanRun", x, options);
}

/** The largest numbers along axes; equal ones share the gradient. */
export function max(x: NodeLike, options: ReductionOptions = {}): Node {
  return reduce("ops.max", "maxRun", x, options, true);
}

/** The smallest numbers along axes; equal ones share the gradient. */
export function min(x: NodeLike, options: ReductionOptions = {}): Node {
  return reduce("ops.min", "minRun", x, options, true);
}

/** Products along axes; the gradient is right where numbers are 0. */
export function prod(x: NodeLike, options: ReductionOptions = {}): Node {
  return reduce("ops.prod", "prodRun", x, options);
}

/** Options of functions that find a place along one axis. */
export interface PlaceOptions extends AxisOption {
  /** Whether the axis stays, with length 1. Default false. */
  keepDims?: boolean | undefined;
}

/** Where the largest number stands along an axis, by default among all: the first of equals. Whole numbers, no gradient. */
export function argMax(x: NodeLike, options: PlaceOptions = {}): Node {
  return reduce("ops.argMax", "argMaxRun", x, options);
}

/** Where the smallest number stands along an axis, by default among all: the first of equals. Whole numbers, no gradient. */
export function argMin(x: NodeLike, options: PlaceOptions = {}): Node {
  return reduce("ops.argMin", "argMinRun", x, options);
}

/** The mean square of what is left when the mean along the axes is taken away; divided by the count, as by NumPy. */
export function variance(x: NodeLike, options: ReductionOptions = {}): Node {
  const node = toFloat(x, "ops.variance");
  checkOptions("ops.variance", options, ["axis", "keepDims"]);
  return mean(square(subtract(node, mean(node, { ...options, keepDims: true }))), options);
}

/** log Σ eˣ along axes, without overflow. */
export function logSumExp(x: NodeLike, options: ReductionOptions = {}): Node {
  const node = toFloat(x, "ops.logSumExp");
  checkOptions("ops.logSumExp", options, ["axis", "keepDims"]);
  const largest = stopGradient(max(node, { ...options, keepDims: true }));
  // Where all are −∞, or one is ∞, a difference would be NaN.
  const shift = where(isFiniteNode(largest), largest, 0);
  const sums = log(sum(exp(subtract(node, shift)), { ...options, keepDims: true }));
  const result = add(sums, shift);
  if (options.keepDims) return result;
  const axes =
    options.axis === undefined
      ? node.dimensions.map((_, i) => i)
      : readAxes("ops.logSumExp", options.axis, node.dimensions.length);
  return withDimensions(
    result,
    node.dimensions.filter((_, i) => !axes.includes(i)),
  );
}

/** Options of `norm`. */
export interface NormOptions extends ReductionOptions {
  /** 2 or "fro" (default) for √Σx², 1 for Σ|x|, "inf" for max |x|, another p > 0 for (Σ|x|^p)^(1/p). */
  ord?: number | "fro" | "inf" | undefined;
}

/** The length of vectors along axes. The gradient of √Σx² is NaN where all are 0, as in Keras. */
export function norm(x: NodeLike, { ord = 2, ...options }: NormOptions = {}): Node {
  if (ord === 2 || ord === "fro") return sqrt(sum(square(x), options));
  if (ord === "inf" || ord === Number.POSITIVE_INFINITY) return max(abs(x), options);
  if (ord === 1) return sum(abs(x), options);
  const p = finiteNumber("ops.norm", "ord", ord, { above: 0 });
  return power(sum(power(abs(x), p), options), 1 / p);
}

/** Options of `cumSum`. */
export interface CumSumOptions extends AxisOption {
  /** Whether sums run from the end. Default false. */
  reverse?: boolean | undefined;
}

/** Running sums along an axis; by default of all numbers in order, as by NumPy. */
export function cumSum(x: NodeLike, options: CumSumOptions = {}): Node {
  const who = "ops.cumSum";
  checkOptions(who, options, ["axis", "reverse"]);
  let node = toFloat(x, who);
  if (options.axis === undefined) node = reshape(node, [-1]);
  const axis = readAxis(who, options.axis ?? 0, node.dimensions.length);
  const reverse = options.reverse ?? false;
  const { outer, length, inner } = partsOf(node.dimensions, axis, axis);
  return makeNode("cumSum", { axis, reverse }, [node], node.dimensions, (graph, [value], shape, owner) => {
    const counts = {
      outer: sizeAt(outer, graph),
      length: sizeAt(length, graph),
      inner: sizeAt(inner, graph),
      reverse: reverse ? 1 : 0,
    };
    return graph.emit(cumSumAxis, owner, { x: value }, shape, { counts });
  });
}

/** An operation along the last axis, whatever axis is meant. */
function alongAxis(name: string, op: Op, x: NodeLike, options: AxisOption): Node {
  const who = `ops.${name}`;
  checkOptions(who, options, ["axis"]);
  const node = toFloat(x, who);
  const rank = node.dimensions.length;
  const axis = readAxis(who, options.axis ?? -1, rank);
  if (axis === rank - 1) {
    const columns = node.dimensions[axis];
    return makeNode(name, {}, [node], node.dimensions, (graph, [value], shape, owner) => {
      const width = sizeAt(columns, graph);
      const rows = sizeAt(productOf(node.dimensions), graph) / width;
      return graph.emit(op, owner, { x: value }, shape, { counts: { rows, columns: width } });
    });
  }
  const order = node.dimensions.map((_, i) => (i === axis ? rank - 1 : i === rank - 1 ? axis : i));
  return transpose(alongAxis(name, op, transpose(node, order), {}), order);
}

/** eˣ ÷ Σ eˣ along an axis, by default the last. */
export function softmax(x: NodeLike, options: AxisOption = {}): Node {
  return alongAxis("softmax", softmaxOp, x, options);
}

/** x − log Σ eˣ along an axis, by default the last. */
export function logSoftmax(x: NodeLike, options: AxisOption = {}): Node {
  return alongAxis("logSoftmax", logSoftmaxOp, x, options);
}

/** The mean and the variance along axes. */
export function moments(x: NodeLike, options: ReductionOptions = {}): [mean: Node, variance: Node] {
  return [mean(x, options), variance(x, options)];
}

/** Options of `l2Normalize`. */
export interface L2NormalizeOptions {
  /** One axis or several. Default −1. */
  axis?: number | readonly number[] | undefined;
  /** Smaller sums of squares count as this. Default 1e-12. */
  epsilon?: number | undefined;
}

/** x ÷ √max(Σx², epsilon) along axes, by default the last. */
export function l2Normalize(x: NodeLike, options: L2NormalizeOptions = {}): Node {
  checkOptions("ops.l2Normalize", options, ["axis", "epsilon"]);
  const { axis = -1, epsilon = 1e-12 } = options;
  const node = toFloat(x, "ops.l2Normalize");
  return multiply(node, rsqrt(maximum(sum(square(node), { axis, keepDims: true }), epsilon)));
}
