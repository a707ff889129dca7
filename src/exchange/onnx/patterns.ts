import { scalarOf } from "./broadcast";
import type { AttributeProto, NodeProto } from "./proto";
import { Constant, type Value } from "./values";

/** What patterns look at. */
export interface Surroundings {
  makerOf(tensor: string): NodeProto | undefined;
  usersOf(tensor: string): readonly (NodeProto | "")[];
  valueOf(tensor: string): Value | undefined;
}

/** A node that does what several did. */
export interface Fusion {
  readonly node: NodeProto;
  /** The last of those: the new node has its output. */
  readonly last: NodeProto;
  /** What was found, for the report. */
  readonly what: string;
}

const nothing = { floats: [], integers: [], texts: [] };

const attributesOf = (given: Readonly<Record<string, Partial<AttributeProto>>>): ReadonlyMap<string, AttributeProto> =>
  new Map(Object.entries(given).map(([name, value]) => [name, { ...nothing, ...value, name }]));

function fused(
  type: string,
  inputs: readonly string[],
  last: NodeProto,
  attributes: Readonly<Record<string, Partial<AttributeProto>>> = {},
): NodeProto {
  return { type, domain: "", name: last.name, inputs, outputs: last.outputs, attributes: attributesOf(attributes) };
}

const isNear = (value: number | undefined, wanted: number) =>
  value !== undefined && Math.abs(value - wanted) <= 1e-5 * Math.abs(wanted);

/** The nodes around one, by small questions. */
class Finder {
  constructor(readonly around: Surroundings) {}

  /** The node of a type that makes a tensor. */
  made(tensor: string | undefined, type: string): NodeProto | undefined {
    const node = tensor === undefined ? undefined : this.around.makerOf(tensor);
    return node?.type === type && node.domain === "" ? node : undefined;
  }

  /** The only node that takes what a node makes, if it is of a type. */
  onlyUser(node: NodeProto | undefined, type: string): NodeProto | undefined {
    const users = node ? this.around.usersOf(node.outputs[0]) : [];
    const [user] = users;
    return users.length === 1 && user !== "" && user.type === type && user.domain === "" ? user : undefined;
  }

  number(tensor: string | undefined): number | undefined {
    return tensor === undefined ? undefined : scalarOf(this.around.valueOf(tensor));
  }

  /** The other input of a node of two. */
  other(node: NodeProto, tensor: string): string | undefined {
    const [a, b] = node.inputs;
    return a === tensor ? b : b === tensor ? a : undefined;
  }

  /** Of a node that combines a tensor with a number: the tensor. */
  besides(node: NodeProto | undefined, wanted: number): string | undefined {
    if (!node) return undefined;
    const [a, b] = node.inputs;
    if (isNear(this.number(b), wanted)) return a;
    return isNear(this.number(a), wanted) ? b : undefined;
  }

  /** Whether a constant has so many numbers along its only long axis. */
  isVector(tensor: string | undefined): tensor is string {
    const value = tensor === undefined ? undefined : this.around.valueOf(tensor);
    return value instanceof Constant && !value.isOpen && value.count === Math.max(1, ...value.shape);
  }
}

/** The end of a GELU: a tensor that is 1 more, times x and a half, in any order. */
function halfTimes(find: Finder, sum: NodeProto, x: string): NodeProto | undefined {
  let [hasX, hasHalf] = [false, false];
  let current: NodeProto | undefined = sum;
  for (let i = 0; i < 2; i++) {
    const next: NodeProto | undefined = find.onlyUser(current, "Mul");
    const other = next && find.other(next, current!.outputs[0]);
    if (!next || other === undefined) return undefined;
    const half = find.besides(find.made(other, "Mul"), 0.5);
    if (other === x && !hasX) hasX = true;
    else if (isNear(find.number(other), 0.5) && !hasHalf) hasHalf = true;
    else if (half === x && !hasX && !hasHalf) [hasX, hasHalf] = [true, true];
    else return undefined;
    current = next;
    if (hasX && hasHalf) return current;
  }
  return undefined;
}

/** ½ · x · (1 + erf(x/√2)) */
function gelu(find: Finder, erf: NodeProto): Fusion | undefined {
  const [scaled] = erf.inputs;
  const x = find.besides(find.made(scaled, "Div"), Math.SQRT2) ?? find.besides(find.made(scaled, "Mul"), Math.SQRT1_2);
  const sum = find.onlyUser(erf, "Add");
  if (x === undefined || !sum || find.besides(sum, 1) !== erf.outputs[0]) return undefined;
  const last = halfTimes(find, sum, x);
  return last && { node: fused("Gelu", [x], last), last, what: "GELU" };
}

/** ½ · x · (1 + tanh(√(2/π) · (x + 0.044715 · x³))) */
function approximateGelu(find: Finder, tanh: NodeProto): Fusion | undefined {
  const inner = find.besides(find.made(tanh.inputs[0], "Mul"), Math.sqrt(2 / Math.PI));
  const polynomial = find.made(inner, "Add");
  const sum = find.onlyUser(tanh, "Add");
  if (!polynomial || !sum || find.besides(sum, 1) !== tanh.outputs[0]) return undefined;
  for (const [x, term] of [polynomial.inputs, [...polynomial.inputs].reverse()]) {
    const cube = find.besides(find.made(term, "Mul"), 0.044715);
    if (cube === undefined || !isCube(find, cube, x)) continue;
    const last = halfTimes(find, sum, x);
    if (last) return { node: fused("Gelu", [x], last, { approximate: { text: "tanh" } }), last, what: "GELU" };
  }
  return undefined;
}

function isCube(find: Finder, tensor: string, x: string): boolean {
  const power = find.made(tensor, "Pow");
  if (power) return power.inputs[0] === x && find.number(power.inputs[1]) === 3;
  const product = find.made(tensor, "Mul");
  const square = product && find.made(find.other(product, x), "Mul");
  return square?.inputs.every((input) => input === x) ?? false;
}

/** x · σ(x) */
function silu(find: Finder, sigmoid: NodeProto): Fusion | undefined {
  const last = find.onlyUser(sigmoid, "Mul");
  const [x] = sigmoid.inputs;
  if (!last || find.other(last, sigmoid.outputs[0]) !== x) return undefined;
  return { node: fused("Swish", [x], last), last, what: "SiLU" };
}

/** x · tanh(log(1 + eˣ)) */
function mish(find: Finder, softplus: NodeProto): Fusion | undefined {
  const tanh = find.onlyUser(softplus, "Tanh");
  const last = find.onlyUser(tanh, "Mul");
  const [x] = softplus.inputs;
  if (!tanh || !last || find.other(last, tanh.outputs[0]) !== x) return undefined;
  return { node: fused("Mish", [x], last), last, what: "Mish" };
}

/** The axes of a mean that keeps them, if they are the last, counted from the end. */
function lastAxes(find: Finder, mean: NodeProto | undefined): number | undefined {
  if (!mean || (mean.attributes.get("keepdims")?.integer ?? 1) !== 1) return undefined;
  const input = mean.inputs[1] ? find.around.valueOf(mean.inputs[1]) : undefined;
  const axes = [
    ...(mean.attributes.get("axes")?.integers ?? (input instanceof Constant ? Array.from(input.plain ?? []) : [])),
  ];
  const isLast = axes.length > 0 && axes.sort((a, b) => b - a).every((axis, i) => axis === -1 - i);
  return isLast ? axes.length : undefined;
}

/** (x − mean) ÷ √(variance + ε), perhaps times a factor and plus a shift. */
function layerNormalization(find: Finder, root: NodeProto): Fusion | undefined {
  const sum = find.made(root.inputs[0], "Add");
  const parts = sum && [sum.inputs, [...sum.inputs].reverse()].find(([, number]) => find.number(number) !== undefined);
  const variance = parts && find.made(parts[0], "ReduceMean");
  const epsilon = parts && find.number(parts[1]);
  const axes = lastAxes(find, variance);
  if (!variance || axes === undefined || epsilon === undefined) return undefined;
  const power = find.made(variance.inputs[0], "Pow") ?? find.made(variance.inputs[0], "Mul");
  const isSquare =
    power && (power.type === "Pow" ? find.number(power.inputs[1]) === 2 : power.inputs[0] === power.inputs[1]);
  const centered = isSquare ? find.made(power.inputs[0], "Sub") : undefined;
  const mean = find.made(centered?.inputs[1], "ReduceMean");
  const x = centered?.inputs[0];
  if (!centered || !mean || x === undefined || mean.inputs[0] !== x || lastAxes(find, mean) !== axes) return undefined;
  const quotient = find.onlyUser(root, "Div");
  const top = quotient && find.made(quotient.inputs[0], "Sub");
  if (!quotient || quotient.inputs[1] !== root.outputs[0] || String(top?.inputs) !== String(centered.inputs))
    return undefined;
  return withAffine(find, quotient, x, axes, epsilon);
}

/** A normalization with the factor and the shift behind it: both, or neither, as layers of the format have them. */
function withAffine(find: Finder, quotient: NodeProto, x: string, axes: number, epsilon: number): Fusion | undefined {
  const product = find.onlyUser(quotient, "Mul");
  const gamma = product && find.other(product, quotient.outputs[0]);
  if (!product || axes !== 1 || !find.isVector(gamma)) return undefined;
  const shift = find.onlyUser(product, "Add");
  const beta = shift && find.other(shift, product.outputs[0]);
  const [last, inputs] = shift && find.isVector(beta) ? [shift, [x, gamma, beta]] : [product, [x, gamma]];
  const attributes = { axis: { integer: -1 }, epsilon: { float: epsilon } };
  return { node: fused("LayerNormalization", inputs, last, attributes), last, what: "layer normalization" };
}

/** Groups of channels as channels of their own, between two reshapes, then a factor and a shift of each channel. */
function groupNormalization(find: Finder, instance: NodeProto): Fusion | undefined {
  const before = find.made(instance.inputs[0], "Reshape");
  const scale = find.around.valueOf(instance.inputs[1]);
  const bias = find.around.valueOf(instance.inputs[2]);
  const all = (value: Value | undefined, number: number) =>
    value instanceof Constant && !!value.plain && Array.from(value.plain).every((one) => one === number);
  const back = find.onlyUser(instance, "Reshape");
  const product = find.onlyUser(back, "Mul");
  const shift = find.onlyUser(product, "Add");
  if (!before || !back || !product || !shift || !all(scale, 1) || !all(bias, 0)) return undefined;
  const gamma = find.other(product, back.outputs[0]);
  const beta = find.other(shift, product.outputs[0]);
  if (!find.isVector(gamma) || !find.isVector(beta)) return undefined;
  const groups = (scale as Constant).count;
  const attributes = {
    num_groups: { integer: groups },
    epsilon: { float: instance.attributes.get("epsilon")?.float ?? 1e-5 },
  };
  return {
    node: fused("GroupNormalization", [before.inputs[0], gamma, beta], shift, attributes),
    last: shift,
    what: "group normalization",
  };
}

/** The closed table of patterns, by the node that shows them. */
const patterns: Readonly<Record<string, (find: Finder, node: NodeProto) => Fusion | undefined>> = {
  Erf: gelu,
  InstanceNormalization: groupNormalization,
  Sigmoid: silu,
  Softplus: mish,
  Sqrt: layerNormalization,
  Tanh: approximateGelu,
};

/** What nodes around this one can be replaced by one, if they can. */
export function fusionAt(node: NodeProto, around: Surroundings): Fusion | undefined {
  const pattern = node.domain === "" && Object.hasOwn(patterns, node.type) ? patterns[node.type] : undefined;
  return pattern?.(new Finder(around), node);
}
