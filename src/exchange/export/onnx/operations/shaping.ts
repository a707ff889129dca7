import type { Value } from "../../../../graph/graph";
import { stridesOf } from "../../../../ops/strided";
import { refuse } from "../../inexpressible";
import type { OpenOperation } from "../../openGraph";
import { OpenCount } from "../../openSize";
import type { OnnxGraph } from "../onnxGraph";
import { toFirst } from "../onnxGraph";
import type { OperationWriter, Writers } from "./writer";

/** Ends of slices that reach to the end of an axis, forward and backward. */
const [TO_END, TO_START] = [2 ** 31 - 1, -(2 ** 31 - 1)];

/** Counts of a row that puts numbers where strides say, by the axes of the tensor that is in order. */
function stridesAt(counts: Readonly<Record<string, number>>, rank: number): number[] {
  const all = Array.from({ length: 6 }, (_, i) => counts[`stride${i}`]);
  return rank <= 1 ? all.slice(0, rank) : [all[0], ...all.slice(7 - rank)];
}

/** What part of each axis of `shape` a row with these strides and offset takes. */
function slicesAt(counts: Readonly<Record<string, number>>, shape: readonly number[]) {
  const own = stridesOf(shape);
  const strides = stridesAt(counts, shape.length);
  let { offset } = counts;
  return own.map((stride, axis) => {
    const start = Math.floor(offset / stride);
    offset -= start * stride;
    return { start, step: strides[axis] / stride };
  });
}

/** The order of axes that a row makes, at one probe; undefined where it takes a part of them. */
function orderAt(
  counts: Readonly<Record<string, number>>,
  from: readonly number[],
  to: readonly number[],
): number[] | undefined {
  if (counts.offset !== 0 || counts.isWhole !== 1 || from.length !== to.length) return undefined;
  const own = stridesOf(from);
  const free = new Set(own.keys());
  const order: number[] = [];
  for (const [axis, stride] of stridesAt(counts, to.length).entries()) {
    const source = [...free].find((i) => from[i] === to[axis] && (own[i] === stride || to[axis] === 1));
    if (source === undefined) return undefined;
    free.delete(source);
    order.push(source);
  }
  return order;
}

/** A number that is the same at all probes. */
function same(values: readonly number[]): number | undefined {
  return values.every((value) => value === values[0]) ? values[0] : undefined;
}

/** A place on an axis as ONNX takes it: from the beginning, or below 0 from the end, of axes whose lengths differ. */
function placeOf(owner: string, places: readonly number[], lengths: readonly number[]): number {
  const fromStart = same(places);
  if (fromStart !== undefined) return fromStart;
  const fromEnd = same(places.map((place, i) => place - lengths[i]));
  if (fromEnd !== undefined && fromEnd < 0) return fromEnd;
  return refuse(owner, "takes a part of an axis by a place that depends on its open length");
}

/** Where a slice ends: places before the first and behind the last have numbers of their own. */
function endOf(owner: string, ends: readonly number[], lengths: readonly number[], step: number): number {
  if (step < 0 && ends.every((end) => end < 0)) return TO_START;
  if (step > 0 && ends.every((end, i) => end >= lengths[i])) return TO_END;
  return placeOf(owner, ends, lengths);
}

function sliced(operation: OpenOperation, graph: OnnxGraph): void {
  const { values, owner } = operation;
  const { x, y } = values;
  if (x.shape.length !== y.shape.length) refuse(owner, "takes numbers out of a tensor in no order of its axes");
  const [from, to] = [graph.open.shapesOf(x), graph.open.shapesOf(y)];
  const taken = operation.rows.map(({ counts }, i) => slicesAt(counts, from[i]));
  const parts = x.shape.flatMap((_, axis) => {
    const starts = taken.map((each) => each[axis].start);
    const steps = taken.map((each, i) => (to[i][axis] === 1 ? 1 : each[axis].step));
    const lengths = from.map((shape) => shape[axis]);
    const isWhole = starts.every((start, i) => start === 0 && steps[i] === 1 && to[i][axis] === lengths[i]);
    if (isWhole) return [];
    const step = same(steps) ?? refuse(owner, "takes a part of an axis by steps that depend on its open length");
    const ends = starts.map((start, i) => start + to[i][axis] * step);
    return [{ axis, start: placeOf(owner, starts, lengths), end: endOf(owner, ends, lengths, step), step }];
  });
  const list = (key: "axis" | "start" | "end" | "step") => graph.integers(parts.map((part) => part[key]));
  const inputs = [graph.last(x), list("start"), list("end"), list("axis"), list("step")];
  graph.define(y, graph.node(owner, "Slice", inputs));
}

const reduction =
  (type: string): OperationWriter =>
  (operation, graph) => {
    const { values, owner } = operation;
    const { y } = values;
    const isSum = type === "ReduceSum";
    const isMean =
      isSum && operation.always(({ counts, numbers }) => numbers.scale === 1 / counts.length && counts.length > 1);
    const { name, axes, isInPlace } = reducible(operation, graph);
    const kind = isMean ? "ReduceMean" : type;
    let made =
      isSum && !isMean
        ? graph.node(owner, kind, [name, graph.integers(axes)], { keepdims: 1 })
        : graph.node(owner, kind, [name], { axes, keepdims: 1 });
    if (isSum && !isMean && operation.number("scale") !== 1)
      made = graph.node(owner, "Mul", [made, graph.scalar(operation.number("scale"))]);
    graph.define(y, isInPlace ? made : graph.reshape(owner, made, graph.open.sizesOf(y)));
  };

/** The input with the axes to reduce: its own where the result has 1 in their place, else [outer, length, inner]. */
function reducible(operation: OpenOperation, graph: OnnxGraph) {
  const { values, owner } = operation;
  const { x } = values;
  const result = values.y ?? values.places;
  const [from, to] = [graph.open.sizesOf(x), graph.open.sizesOf(result)];
  const differ = from.flatMap((size, axis) => (to[axis] && size.equals(to[axis]) ? [] : [axis]));
  const isInPlace = from.length === to.length && differ.length > 0 && differ.every((axis) => to[axis].fixed === 1);
  if (isInPlace) return { name: graph.last(x), axes: differ, isInPlace };
  const sizes = ["outer", "length", "inner"].map((name) => operation.open(name));
  return { name: graph.reshape(owner, graph.last(x), sizes), axes: [1], isInPlace };
}

const placesOfExtreme =
  (type: "ArgMax" | "ArgMin"): OperationWriter =>
  ({ values: { x, places }, owner, ...operation }, graph) => {
    const sizes = ["outer", "length", "inner"].map((name) => operation.open(name));
    const lines = graph.reshape(owner, graph.last(x), sizes);
    const found = graph.node(owner, type, [lines], { axis: 1, keepdims: 0 });
    const whole = graph.node(owner, "Cast", [found], { to: 6 });
    graph.define(places, graph.reshape(owner, whole, graph.open.sizesOf(places)));
  };

/** The only axis along which two tensors are put together; undefined where their shapes do not tell. */
function joinedAxis(graph: OnnxGraph, a: Value, b: Value, y: Value): number | undefined {
  const [from, other, to] = [a, b, y].map((value) => graph.open.sizesOf(value));
  if (from.length !== to.length || other.length !== to.length) return undefined;
  const differ = to.flatMap((size, axis) => (size.equals(from[axis]) ? [] : [axis]));
  return differ.length === 1 ? differ[0] : undefined;
}

export const shapingWriters: Writers = {
  permute(operation, graph) {
    const { values, owner } = operation;
    const { x, y } = values;
    let order: number[] | undefined;
    const isOrder = operation.always(({ counts }) => {
      order ??= orderAt(counts, x.shape, y.shape);
      return order !== undefined && counts.isWhole === 1;
    });
    if (!isOrder || !order) return sliced(operation, graph);
    graph.define(y, graph.node(owner, "Transpose", [graph.last(x)], { perm: order }));
  },

  expandAxis({ values: { x, y }, owner, ...operation }, graph) {
    const [outer, length, inner] = ["outer", "length", "inner"].map((name) => operation.open(name));
    const sizes = graph.open.sizesOf(y);
    if (length.fixed === 1) return graph.define(y, graph.reshape(owner, graph.last(x), sizes));
    const one = OpenCount.of(1);
    const lines = graph.reshape(owner, graph.last(x), [outer, one, inner]);
    const made = graph.node(owner, "Expand", [lines, graph.shape(owner, [outer, length, inner])]);
    graph.define(y, graph.reshape(owner, made, sizes));
  },

  concatenate({ values: { a, b, y }, owner, ...operation }, graph) {
    const axis = joinedAxis(graph, a, b, y);
    if (axis !== undefined) {
      const layout = graph.layoutOf([a, b]);
      const names = [graph.get(a, layout), graph.get(b, layout)];
      const place = layout === "last" ? axis : toFirst(y.shape.length).indexOf(axis);
      return graph.define(y, graph.node(owner, "Concat", names, { axis: place }), layout);
    }
    const [rows, ofA, ofB] = ["rows", "columnsOfA", "columnsOfB"].map((name) => operation.open(name));
    const names = [graph.reshape(owner, graph.last(a), [rows, ofA]), graph.reshape(owner, graph.last(b), [rows, ofB])];
    const made = graph.node(owner, "Concat", names, { axis: 1 });
    graph.define(y, graph.reshape(owner, made, graph.open.sizesOf(y)));
  },

  padConstant(operation, graph) {
    const { values, owner } = operation;
    const { x, y } = values;
    const [from, to] = [graph.open.shapesOf(x), graph.open.shapesOf(y)];
    const starts = operation.rows.map(({ counts }, i) => slicesAt(counts, to[i]).map(({ start }) => start));
    const sides = (at: (probe: number, axis: number) => number) =>
      x.shape.map((_, axis) => {
        const found = same(from.map((_, probe) => at(probe, axis)));
        return found ?? refuse(owner, "pads an axis by as many numbers as its open length says");
      });
    const before = sides((probe, axis) => starts[probe][axis]);
    const behind = sides((probe, axis) => to[probe][axis] - from[probe][axis] - starts[probe][axis]);
    const inputs = [graph.last(x), graph.integers([...before, ...behind]), graph.scalar(operation.number("value"))];
    graph.define(y, graph.node(owner, "Pad", inputs, { mode: "constant" }));
  },

  cumSumAxis({ values: { x, y }, owner, ...operation }, graph) {
    const sizes = ["outer", "length", "inner"].map((name) => operation.open(name));
    const lines = graph.reshape(owner, graph.last(x), sizes);
    const axis = graph.numbers(owner, [], Int32Array.of(1));
    const reverse = operation.fixed((counts) => counts.reverse);
    const made = graph.node(owner, "CumSum", [lines, axis], { reverse });
    graph.define(y, graph.reshape(owner, made, graph.open.sizesOf(y)));
  },

  sumAxis: reduction("ReduceSum"),
  maxAxis: reduction("ReduceMax"),
  minAxis: reduction("ReduceMin"),
  prodAxis: reduction("ReduceProd"),
  argMaxAxis: placesOfExtreme("ArgMax"),
  argMinAxis: placesOfExtreme("ArgMin"),
};
