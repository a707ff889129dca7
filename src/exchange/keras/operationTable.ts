import type { LayerResult } from "../../graph/layer";
import { Node } from "../../graph/node";
import * as ops from "../../nodes/index";
import type { NodeLike } from "../../nodes/operation";
import { show } from "../../options";
import { getItem } from "./getItem";
import { Unsupported } from "./origin";

/** Operations of `keras.ops` by their classes. */

/** An argument by its place, or by its name in the call, or else in the configuration. */
export type OperationArguments = (place: number, ...names: readonly string[]) => unknown;

type Operation = (get: OperationArguments) => LayerResult;

const X = [
  "x",
  "inputs",
  "features",
  "logits",
  "input",
  "input_tensor",
  "tensor",
  "a",
  "t",
  "value",
  "values",
  "x1",
  "params",
];

/** A tensor, a number, or nested lists of them. */
function like(value: unknown): NodeLike {
  if (value instanceof Node || typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  if (Array.isArray(value)) return value as NodeLike;
  throw new Unsupported(`one of its arguments is ${show(value)}`);
}

function nodeOf(get: OperationArguments): Node {
  const x = get(0, ...X);
  if (x instanceof Node) return x;
  throw new Unsupported(`its argument is ${show(x)}, which is no tensor`);
}

const unary =
  (call: (x: Node) => Node): Operation =>
  (get) =>
    call(nodeOf(get));

const binary =
  (call: (a: NodeLike, b: NodeLike) => Node): Operation =>
  (get) =>
    call(like(get(0, ...X)), like(get(1, "y", "x2", "b", "bias", "exponent")));

function axesOf(get: OperationArguments, place = 1): number | number[] | undefined {
  const axis = get(place, "axis", "dim");
  if (axis === undefined || typeof axis === "number") return axis;
  if (Array.isArray(axis) && axis.every((one) => typeof one === "number")) return axis as number[];
  throw new Unsupported(`its axis is ${show(axis)}`);
}

function axisOf(get: OperationArguments, byDefault: number, place = 1): number {
  const axis = axesOf(get, place) ?? byDefault;
  if (typeof axis === "number") return axis;
  throw new Unsupported(`its axis is ${show(axis)}`);
}

const reduction =
  (call: (x: Node, options: ops.ReductionOptions) => Node): Operation =>
  (get) => {
    const [axis, keepDims] = [axesOf(get), get(2, "keepdims", "keep_dims") === true];
    const x = nodeOf(get);
    const axes = axis ?? x.dimensions.map((_, i) => i);
    return call(x, { axis: axes, keepDims });
  };

function listOf(get: OperationArguments): NodeLike[] {
  const given = get(0, "xs", "arrays", ...X);
  if (Array.isArray(given)) return given.map(like);
  throw new Unsupported(`its argument is ${show(given)}, expected a list of tensors`);
}

const numbers = (value: unknown, what: string): number[] => {
  const list = Array.isArray(value) ? value : [value];
  if (list.every((one) => typeof one === "number")) return list as number[];
  throw new Unsupported(`its ${what} is ${show(value)}`);
};

function reshaped(get: OperationArguments): Node {
  const x = nodeOf(get);
  const given = get(1, "newshape", "shape", "new_shape");
  if (!Array.isArray(given)) throw new Unsupported(`its shape is ${show(given)}`);
  // The batch is −1 or null there; here it is null, and −1 what is left.
  const sizes = given.map((size) => (typeof size === "number" ? size : null));
  const isBatch = sizes[0] === -1 || sizes[0] === null;
  if (!isBatch) return ops.reshape(x, sizes);
  const rest = sizes.slice(1).map((size) => (size === null ? -1 : size));
  return ops.reshape(x, [null, ...rest]);
}

function cast(get: OperationArguments): Node {
  const x = nodeOf(get);
  const given = get(1, "dtype");
  const dtype = typeof given === "string" ? given.replace(/^<dtype: '(.*)'>$/, "$1") : "float32";
  if (/^bool/.test(dtype)) return ops.notEqual(x, 0);
  return ops.cast(x, /int/.test(dtype) ? "int32" : "float32");
}

function moved(get: OperationArguments): Node {
  const x = nodeOf(get);
  const rank = x.dimensions.length;
  const at = (axis: number) => (axis < 0 ? axis + rank : axis);
  const [sources, targets] = [
    numbers(get(1, "source"), "source").map(at),
    numbers(get(2, "destination"), "destination").map(at),
  ];
  const order = x.dimensions.map((_, i) => i).filter((axis) => !sources.includes(axis));
  for (const [target, source] of targets.map((axis, i) => [axis, sources[i]] as const).sort(([a], [b]) => a - b)) {
    order.splice(target, 0, source);
  }
  return ops.transpose(x, order);
}

function swapped(get: OperationArguments): Node {
  const x = nodeOf(get);
  const rank = x.dimensions.length;
  const [one, other] = [get(1, "axis1"), get(2, "axis2")]
    .map((axis) => numbers(axis, "axes")[0])
    .map((axis) => (axis < 0 ? axis + rank : axis));
  const order = x.dimensions.map((_, i) => (i === one ? other : i === other ? one : i));
  return ops.transpose(x, order);
}

function splitOf(get: OperationArguments): Node[] {
  const parts = get(1, "indices_or_sections", "num_or_size_splits");
  const axis = axisOf(get, 0, 2);
  const isOfTensorflow = get(-1, "num_or_size_splits") !== undefined;
  if (!Array.isArray(parts)) return ops.split(nodeOf(get), numbers(parts, "parts")[0], { axis });
  const sizes = numbers(parts, "parts");
  if (!isOfTensorflow) return ops.split(nodeOf(get), sizes, { axis });
  let end = 0;
  return ops.split(
    nodeOf(get),
    sizes.slice(0, -1).map((size) => (end += size)),
    { axis },
  );
}

function padded(get: OperationArguments): Node {
  const mode = String(get(2, "mode") ?? "constant").toLowerCase();
  if (mode !== "constant") throw new Unsupported(`its mode is ${show(mode)}: "constant" is supported`);
  const width = get(1, "pad_width", "paddings");
  const value = get(3, "constant_values");
  return ops.pad(nodeOf(get), width as never, typeof value === "number" ? { constantValues: value } : {});
}

function matmulOf(get: OperationArguments): Node {
  const flags = { transposeA: get(2, "transpose_a") === true, transposeB: get(3, "transpose_b") === true };
  const swap = (x: NodeLike) => {
    if (!(x instanceof Node)) throw new Unsupported("it transposes a constant");
    const order = x.dimensions.map((_, i) => i);
    return ops.transpose(x, [...order.slice(0, -2), order[order.length - 1], order[order.length - 2]]);
  };
  const [a, b] = [like(get(0, ...X)), like(get(1, "y", "x2", "b"))];
  return ops.matmul(flags.transposeA ? swap(a) : a, flags.transposeB ? swap(b) : b);
}

function einsumOf(get: OperationArguments): Node {
  const equation = get(-1, "subscripts", "equation") ?? get(0);
  const given = [0, 1, 2, 3]
    .map((place) => get(place))
    .filter((value) => value !== undefined && typeof value !== "string");
  return ops.einsum(String(equation), ...given.flat().map(like));
}

function normalized(get: OperationArguments): Node {
  const x = nodeOf(get);
  const order = get(2, "order") ?? 2;
  if (order !== 2) throw new Unsupported(`its order is ${show(order)}: 2 is supported`);
  const least = Number(get(3, "epsilon") ?? 1e-12) ** 2;
  const squares = ops.sum(ops.square(x), { axis: axesOf(get) ?? -1, keepDims: true });
  return ops.divide(x, ops.sqrt(ops.maximum(squares, least)));
}

function l2Normalized(get: OperationArguments): Node {
  const x = nodeOf(get);
  const axis = axesOf(get) ?? x.dimensions.map((_, i) => i);
  const least = Number(get(2, "epsilon") ?? 1e-12);
  return ops.divide(x, ops.sqrt(ops.maximum(ops.sum(ops.square(x), { axis, keepDims: true }), least)));
}

const filled = (value: number): Operation => unary((x) => ops.add(ops.multiply(ops.cast(x, "float32"), 0), value));

const sectionsOf = (x: Node, axis: number): Node[] => {
  const at = axis < 0 ? axis + x.dimensions.length : axis;
  const size = x.dimensions[at];
  if (typeof size !== "number") throw new Unsupported("it takes apart an axis of an open size");
  return ops.split(x, size, { axis: at }).map((part) => ops.squeeze(part, { axis: at }));
};

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  Add: binary(ops.add),
  Subtract: binary(ops.subtract),
  Multiply: binary(ops.multiply),
  Divide: binary(ops.divide),
  TrueDivide: binary(ops.divide),
  FloorDivide: binary((a, b) => ops.floor(ops.divide(a, b))),
  Mod: binary((a, b) => ops.subtract(a, ops.multiply(b, ops.floor(ops.divide(a, b))))),
  Power: binary(ops.power),
  Maximum: binary(ops.maximum),
  Minimum: binary(ops.minimum),
  SquaredDifference: binary((a, b) => ops.square(ops.subtract(a, b))),
  Equal: binary(ops.equal),
  NotEqual: binary(ops.notEqual),
  Greater: binary(ops.greater),
  GreaterEqual: binary(ops.greaterEqual),
  Less: binary(ops.less),
  LessEqual: binary(ops.lessEqual),
  LogicalAnd: binary(ops.logicalAnd),
  LogicalOr: binary(ops.logicalOr),
  Identity: unary((x) => x),
  Negative: unary(ops.negative),
  Absolute: unary(ops.abs),
  Abs: unary(ops.abs),
  Square: unary(ops.square),
  Sqrt: unary(ops.sqrt),
  Rsqrt: unary(ops.rsqrt),
  Reciprocal: unary(ops.reciprocal),
  Exp: unary(ops.exp),
  Expm1: unary(ops.expm1),
  Log: unary(ops.log),
  Log1p: unary(ops.log1p),
  Log2: unary((x) => ops.multiply(ops.log(x), Math.LOG2E)),
  Log10: unary((x) => ops.multiply(ops.log(x), Math.LOG10E)),
  Sin: unary(ops.sin),
  Cos: unary(ops.cos),
  Tan: unary((x) => ops.divide(ops.sin(x), ops.cos(x))),
  Tanh: unary(ops.tanh),
  Sigmoid: unary(ops.sigmoid),
  Erf: unary(ops.erf),
  Sign: unary(ops.sign),
  Floor: unary(ops.floor),
  Ceil: unary(ops.ceil),
  Round: unary(ops.round),
  Around: unary(ops.round),
  LogicalNot: unary(ops.logicalNot),
  Isnan: unary(ops.isNan),
  Isfinite: unary(ops.isFinite),
  StopGradient: unary(ops.stopGradient),
  OnesLike: filled(1),
  ZerosLike: filled(0),
  Relu: unary(ops.relu),
  Relu6: unary(ops.relu6),
  Selu: unary(ops.selu),
  Silu: unary(ops.silu),
  Mish: unary(ops.mish),
  Softplus: unary(ops.softplus),
  Softsign: unary(ops.softsign),
  LogSigmoid: unary((x) => ops.negative(ops.softplus(ops.negative(x)))),
  HardSigmoid: unary((x) => ops.hardSigmoid(x)),
  HardSilu: unary((x) => ops.multiply(x, ops.hardSigmoid(x))),
  HardTanh: unary((x) => ops.clip(x, -1, 1)),
  Elu: (get) => ops.elu(nodeOf(get), Number(get(1, "alpha") ?? 1)),
  LeakyRelu: (get) => ops.leakyRelu(nodeOf(get), Number(get(1, "negative_slope", "alpha") ?? 0.2)),
  Gelu: (get) => ops.gelu(nodeOf(get), get(1, "approximate") !== false),
  TensorflowGelu: (get) => ops.gelu(nodeOf(get), get(1, "approximate") === true),
  Softmax: (get) => ops.softmax(nodeOf(get), { axis: axisOf(get, -1) }),
  LogSoftmax: (get) => ops.logSoftmax(nodeOf(get), { axis: axisOf(get, -1) }),
  Sum: reduction(ops.sum),
  Mean: reduction(ops.mean),
  Max: reduction(ops.max),
  Amax: reduction(ops.max),
  Min: reduction(ops.min),
  Amin: reduction(ops.min),
  Prod: reduction(ops.prod),
  Var: reduction(ops.variance),
  Std: reduction((x, options) => ops.sqrt(ops.variance(x, options))),
  Logsumexp: reduction(ops.logSumExp),
  Any: reduction((x, options) => ops.max(ops.notEqual(x, 0), options)),
  All: reduction((x, options) => ops.min(ops.notEqual(x, 0), options)),
  Norm: (get) => {
    const order = get(1, "ord") ?? 2;
    if (order !== 2 && order !== "euclidean") throw new Unsupported(`its order is ${show(order)}`);
    const x = nodeOf(get);
    const axis = axesOf(get, 2) ?? x.dimensions.map((_, i) => i);
    return ops.sqrt(ops.sum(ops.square(x), { axis, keepDims: get(3, "keepdims") === true }));
  },
  Argmax: (get) => ops.argMax(nodeOf(get), { axis: axisOf(get, -1) }),
  Argmin: (get) => ops.argMin(nodeOf(get), { axis: axisOf(get, -1) }),
  Cumsum: (get) => ops.cumSum(nodeOf(get), { axis: axisOf(get, 0) }),
  Normalize: normalized,
  L2Normalize: l2Normalized,
  Clip: (get) =>
    ops.clip(nodeOf(get), like(get(1, "x_min", "clip_value_min")), like(get(2, "x_max", "clip_value_max"))),
  Where: (get) => ops.where(like(get(0, "condition")), like(get(1, "x1", "x")), like(get(2, "x2", "y"))),
  Cast: cast,
  Reshape: reshaped,
  Ravel: unary((x) => ops.reshape(x, [-1])),
  Transpose: (get) => {
    const axes = get(1, "axes", "perm");
    return ops.transpose(nodeOf(get), axes === undefined ? undefined : numbers(axes, "axes"));
  },
  ExpandDims: (get) => ops.expandDims(nodeOf(get), axisOf(get, 0)),
  Squeeze: (get) => {
    const axis = axesOf(get);
    return ops.squeeze(nodeOf(get), axis === undefined ? {} : { axis });
  },
  Moveaxis: moved,
  Swapaxes: swapped,
  Concatenate: (get) => ops.concatenate(listOf(get), { axis: axisOf(get, 0) }),
  Stack: (get) => ops.stack(listOf(get), { axis: axisOf(get, 0) }),
  Unstack: (get) => sectionsOf(nodeOf(get), axisOf(get, 0, 2)),
  Split: splitOf,
  Tile: (get) => ops.tile(nodeOf(get), numbers(get(1, "repeats", "multiples"), "repeats")),
  Flip: (get) => {
    const axis = axesOf(get);
    return ops.flip(nodeOf(get), axis === undefined ? {} : { axis });
  },
  BroadcastTo: (get) =>
    ops.broadcastTo(
      nodeOf(get),
      (get(1, "shape") as (number | null)[]).map((size) => size ?? null),
    ),
  Pad: padded,
  Matmul: matmulOf,
  Dot: binary(ops.matmul),
  Einsum: einsumOf,
  GetItem: (get) => getItem(nodeOf(get), get(1, "key", "slice_spec")),
  Take: (get) => ops.take(nodeOf(get), like(get(1, "indices")), { axis: axisOf(get, 0, 2) }),
  TakeAlongAxis: (get) => ops.takeAlongAxis(nodeOf(get), like(get(1, "indices")), { axis: axisOf(get, -1, 2) }),
  OneHot: (get) => ops.oneHot(nodeOf(get), Number(get(1, "num_classes", "depth"))),
  TopK: (get) => ops.topK(nodeOf(get), Number(get(1, "k") ?? 1)),
  Sort: (get) => ops.sort(nodeOf(get), { axis: axisOf(get, -1) } as never),
};
