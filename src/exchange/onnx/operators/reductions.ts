import type { Node } from "../../../graph/node";
import * as ops from "../../../nodes/index";
import type { Call, Operator } from "../call";
import { plainly, settled, toNode, upTo } from "../layout";
import { Held, type Meaning } from "../values";
import { axisIn, withoutAxes } from "./shaping";

type Reduce = (x: Node, options: { axis: number[]; keepDims: true }) => Node;

/** The computed input, or a constant as one. */
export function heldOf(call: Call, index: number): Held {
  const value = call.need(index);
  return value instanceof Held ? settled(value) : plainly(toNode(value), false, value.meaning);
}

/** Along axes: an attribute first, an input since version 13 (sums) or 18. */
const along =
  (reduce: Reduce, meaning?: Meaning): Operator =>
  (call) => {
    const held = heldOf(call, 0);
    const given = call.integers(1, "axes");
    const isNone = !given || given.length === 0;
    if (isNone && call.integer("noop_with_empty_axes", 0)) return held;
    const axes = isNone ? upTo(held.rank) : given.map((axis) => axisIn(axis, held.rank));
    const node = reduce(held.node, { axis: axes.map((axis) => held.axes[axis]), keepDims: true });
    const kept = new Held(node, held.axes, meaning ?? held.meaning);
    return call.integer("keepdims", 1) ? kept : withoutAxes(kept, axes);
  };

const placeOf =
  (find: (x: Node, options: { axis: number; keepDims: true }) => Node): Operator =>
  (call) => {
    const held = heldOf(call, 0);
    const axis = axisIn(call.integer("axis", 0), held.rank);
    let { node } = held;
    const isLast = call.integer("select_last_index", 0) !== 0;
    if (isLast) node = ops.flip(node, { axis: held.axes[axis] });
    let found = find(node, { axis: held.axes[axis], keepDims: true });
    if (isLast) found = ops.subtract((held.sizes[axis] as number) - 1, found);
    const kept = new Held(found, held.axes, "int");
    return call.integer("keepdims", 1) ? kept : withoutAxes(kept, [axis]);
  };

const cumulated: Operator = (call) => {
  const held = heldOf(call, 0);
  const axis = axisIn(call.constant(1, "its axis").plain?.[0] ?? 0, held.rank);
  const options = { axis: held.axes[axis], reverse: call.integer("reverse", 0) !== 0 };
  const sums = ops.cumSum(held.node, options);
  return held.with(call.integer("exclusive", 0) ? ops.subtract(sums, held.node) : sums);
};

export const reductionOperators: Readonly<Record<string, Operator>> = {
  ArgMax: placeOf(ops.argMax),
  ArgMin: placeOf(ops.argMin),
  CumSum: cumulated,
  ReduceL1: along((x, options) => ops.sum(ops.abs(x), options)),
  ReduceL2: along((x, options) => ops.sqrt(ops.sum(ops.square(x), options))),
  ReduceLogSum: along((x, options) => ops.log(ops.sum(x, options))),
  ReduceLogSumExp: along(ops.logSumExp),
  ReduceMax: along(ops.max),
  ReduceMean: along(ops.mean),
  ReduceMin: along(ops.min),
  ReduceProd: along(ops.prod),
  ReduceSum: along(ops.sum),
  ReduceSumSquare: along((x, options) => ops.sum(ops.square(x), options)),
};
