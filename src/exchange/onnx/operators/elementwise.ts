import { showDimensions } from "../../../graph/dimension";
import type { Node } from "../../../graph/node";
import * as ops from "../../../nodes/index";
import * as layers from "../../../layers/index";
import type { NodeLike } from "../../../nodes/operation";
import { align, constantLike, numberOr, scalarOf } from "../broadcast";
import { Call, type Operator } from "../call";
import { floats, settled } from "../layout";
import { Refusal } from "../refusal";
import { Constant, Held, type Meaning, type Value } from "../values";

type Binary = (a: NodeLike, b: NodeLike) => Node;

/** What numbers mean that come of several. */
const joined = (values: readonly Value[]): Meaning =>
  values.some(({ meaning }) => meaning === "float")
    ? "float"
    : values.some(({ meaning }) => meaning === "int")
      ? "int"
      : "bool";

/** Computes number by number, of values that are repeated along each other. */
export function elementwise(
  call: Call,
  values: readonly Value[],
  compute: (terms: NodeLike[], nodes: readonly Node[]) => Node,
  meaning: Meaning = joined(values),
): Held {
  const { nodes, like } = align(values, call.importing.batch);
  const terms = values.map((value, i) => numberOr(value, nodes[i]));
  const node = compute(terms.every((term) => typeof term === "number") ? [...nodes] : terms, nodes);
  if (node.dimensions.length !== like.node.dimensions.length) {
    throw new Refusal(`makes ${showDimensions(node.dimensions)}, which has other axes than its inputs`);
  }
  return new Held(node, like.axes, meaning);
}

/** A function of one value. What is flattened in another order stays so. */
export const unary =
  (compute: (x: Node, call: Call) => Node, meaning?: Meaning): Operator =>
  (call) => {
    const value = call.need(0);
    if (value instanceof Held) return value.with(compute(value.node, call), meaning ?? value.meaning);
    return elementwise(call, [value], (_, [x]) => compute(x, call), meaning);
  };

const unaryOf = (compute: (x: NodeLike) => Node, meaning?: Meaning) => unary((x) => compute(x), meaning);

/** Largest number that is learnt: larger ones are masks. */
const LARGEST_WEIGHT = 1e4;

/** Whether a constant is a weight: an initializer of some numbers. */
export function isWeight(value: Value): value is Constant {
  if (!(value instanceof Constant) || !value.about.origin || value.count < 2 || value.meaning !== "float") return false;
  // What is filled with one number is none.
  if (value.about.isFilled) return false;
  return floats(value).every((number) => Math.abs(number) < LARGEST_WEIGHT);
}

/** A layer that combines its input with a weight of its own; undefined where the constant is none. */
function withWeight(call: Call, compute: Binary, kind: string): Held | undefined {
  const [a, b] = [call.need(0), call.need(1)];
  const isSecond = a instanceof Held;
  const [held, weight] = isSecond ? [a, b] : [b, a];
  if (!(held instanceof Held) || !isWeight(weight) || !held.node.isBatched) return undefined;
  if (weight.shape.length > held.rank) return undefined;
  const x = settled(held);
  const fitting = constantLike(weight, x, call.importing.batch);
  if (fitting.isOpen) return undefined;
  const term = isSecond ? compute(x.node, 0) : compute(0, x.node);
  const make = (name: { name?: string }) =>
    layers.custom({
      ...name,
      weights: { weight: { shape: fitting.shape, initializer: "zeros" } },
      call: ([node], { weight: own }) => (isSecond ? compute(node, own) : compute(own, node)),
    });
  const options = [kind, isSecond, fitting.shape];
  const node = call.layer({ kind: "custom", options, make, weights: { weight: fitting } }, x.node);
  if (node.dimensions.length !== term.dimensions.length) throw new Refusal("is repeated along a weight");
  return new Held(node, x.axes);
}

/** Before version 7 the second value had an axis from which on it was repeated. */
function withTrailingAxes(call: Call): Call {
  const axis = call.opset < 7 ? call.proto.attributes.get("axis")?.integer : undefined;
  const [a, b] = [call.need(0), call.need(1)];
  if (axis === undefined || !(a instanceof Held)) return call;
  const own = b instanceof Held ? b.rank : b.shape.length;
  const missing = a.rank - (axis < 0 ? axis + a.rank : axis) - own;
  if (missing <= 0) return call;
  if (b instanceof Held) throw new Refusal("repeats a computed value from an axis on");
  const longer = b.with([...b.shape, ...new Array(missing).fill(1)], () => b.numbers);
  return new Call(call.proto, [a, longer], call.importing);
}

/** Two values, of which one may be a weight. */
const arithmetic = (compute: Binary, kind: string): Operator => {
  return (given) => {
    const call = withTrailingAxes(given);
    return (
      withWeight(call, compute, kind) ?? elementwise(call, [call.need(0), call.need(1)], ([a, b]) => compute(a, b))
    );
  };
};

/** Toward zero. */
const truncate = (x: NodeLike): Node => ops.multiply(ops.sign(x), ops.floor(ops.abs(x)));

const floatDivide = arithmetic(ops.divide, "Div");

const divide: Operator = (call) => {
  const values = [call.need(0), call.need(1)];
  if (joined(values) === "float") return floatDivide(call);
  return elementwise(call, values, ([a, b]) => truncate(ops.divide(a, b)));
};

const modulo: Operator = (call) => {
  const values = [call.need(0), call.need(1)];
  const isOfC = call.integer("fmod", 0) !== 0;
  return elementwise(call, values, ([a, b]) => {
    const quotient = ops.divide(a, b);
    return ops.subtract(a, ops.multiply(b, isOfC ? truncate(quotient) : ops.floor(quotient)));
  });
};

const compare = (compute: Binary): Operator => {
  return (given) => {
    const call = withTrailingAxes(given);
    return elementwise(call, [call.need(0), call.need(1)], ([a, b]) => compute(a, b), "bool");
  };
};

/** Any number of values, two at a time. */
const many = (compute: Binary, end: (sum: Node, count: number) => Node = (sum) => sum): Operator => {
  return (call) => {
    const values = call.values.map((_, i) => call.need(i));
    if (values.length === 1 && values[0] instanceof Held) return values[0];
    return elementwise(call, values, (terms) => {
      const [first, ...others] = terms;
      return end(others.reduce<NodeLike>(compute, first) as Node, terms.length);
    });
  };
};

const power: Operator = (call) => {
  const values = [call.need(0), call.need(1)];
  // A power that is a single number is exact for 2, 3, ½, −1.
  return elementwise(
    call,
    values,
    ([a, b], [, exponent]) => ops.power(a, typeof b === "number" ? b : exponent),
    values[0].meaning,
  );
};

const where: Operator = (call) => {
  const values = [0, 1, 2].map((i) => call.need(i));
  return elementwise(call, values, (_, [condition, a, b]) => ops.where(condition, a, b), joined(values.slice(1)));
};

/** Limits: attributes before version 11, inputs since. */
const clip: Operator = (call) => {
  const x = call.need(0);
  const limit = (index: number, attribute: string): Value | undefined => {
    const value = call.at(index);
    if (value) return value;
    const number = call.proto.attributes.get(attribute)?.float;
    return number === undefined ? undefined : new Constant([], Float32Array.of(number), "float");
  };
  const [low, high] = [limit(1, "min"), limit(2, "max")];
  const [from, to] = [low && scalarOf(low), high && scalarOf(high)];
  if (from === 0 && to === 6) return rectified(call, x, "relu6");
  if (from === 0 && (!high || (to ?? 0) > 3e38)) return rectified(call, x, "relu");
  const values = [x, low, high].filter((value) => value !== undefined);
  return elementwise(
    call,
    values,
    ([node, ...limits]) => {
      let result = node;
      if (low) result = ops.maximum(result, limits.shift()!);
      if (high) result = ops.minimum(result, limits.shift()!);
      return result as Node;
    },
    x.meaning,
  );
};

function rectified(call: Call, x: Value, name: "relu" | "relu6"): Value {
  return elementwise(call, [x], (_, [node]) =>
    node.isBatched
      ? call.layer({ kind: name, make: (own) => layers.activation({ ...own, activation: name }) }, node)
      : ops[name](node),
  );
}

/** The smallest number and the count of numbers of types that wrap around. */
const NARROW: Readonly<Record<number, readonly [low: number, count: number]>> = {
  2: [0, 256],
  3: [-128, 256],
  4: [0, 65536],
  5: [-32768, 65536],
  21: [0, 16],
  22: [-8, 16],
  25: [0, 4],
  26: [-2, 4],
};

/** What is too much of numbers beyond a type. */
const wrapped = (x: Node, [low, count]: readonly [number, number]): Node =>
  ops.multiply(ops.floor(ops.divide(ops.subtract(x, low), count)), count);

/** A whole number as a type of few bits has it. */
export function narrowed(value: number, type: number): number {
  const range = NARROW[type];
  const whole = Math.trunc(value);
  return range ? whole - Math.floor((whole - range[0]) / range[1]) * range[1] : whole;
}

const cast: Operator = (call) => {
  const to = call.proto.type === "CastLike" ? call.need(1).meaning : meaningOfType(call.integer("to", 1));
  const value = call.held(0);
  const range = call.proto.type === "CastLike" ? undefined : NARROW[call.integer("to", 1)];
  if (range) return value.with(ops.subtract(truncate(value.node), wrapped(truncate(value.node), range)), to);
  if (to === "float" || value.meaning === to || (to === "int" && value.meaning === "bool")) {
    return new Held(value.node, value.axes, to, value.places);
  }
  const node = to === "bool" ? ops.notEqual(value.node, 0) : truncate(value.node);
  return value.with(node, to);
};

export function meaningOfType(type: number): Meaning {
  if (type === 9) return "bool";
  if ([1, 10, 11, 16].includes(type)) return "float";
  if ([2, 3, 4, 5, 6, 7, 12, 13, 21, 22, 25, 26].includes(type)) return "int";
  throw new Refusal(`casts to the type ${type}`);
}

export const elementwiseOperators: Readonly<Record<string, Operator>> = {
  Abs: unaryOf(ops.abs),
  Add: arithmetic(ops.add, "Add"),
  And: compare(ops.logicalAnd),
  Cast: cast,
  CastLike: cast,
  Ceil: unaryOf(ops.ceil),
  Clip: clip,
  Cos: unaryOf(ops.cos),
  Div: divide,
  Equal: compare(ops.equal),
  Erf: unaryOf(ops.erf),
  Exp: unaryOf(ops.exp),
  Floor: unaryOf(ops.floor),
  Greater: compare(ops.greater),
  GreaterOrEqual: compare(ops.greaterEqual),
  IsNaN: unaryOf(ops.isNan, "bool"),
  IsInf: unary((x) => ops.logicalAnd(ops.logicalNot(ops.isFinite(x)), ops.logicalNot(ops.isNan(x))), "bool"),
  Less: compare(ops.less),
  LessOrEqual: compare(ops.lessEqual),
  Log: unaryOf(ops.log),
  Max: many(ops.maximum),
  Mean: many(ops.add, (sum, count) => ops.divide(sum, count)),
  Min: many(ops.minimum),
  Mod: modulo,
  Mul: arithmetic(ops.multiply, "Mul"),
  Neg: unaryOf(ops.negative),
  Not: unaryOf(ops.logicalNot, "bool"),
  Or: compare(ops.logicalOr),
  Pow: power,
  Reciprocal: unaryOf(ops.reciprocal),
  Round: unaryOf(ops.round),
  Sign: unaryOf(ops.sign),
  Sin: unaryOf(ops.sin),
  Sqrt: unaryOf(ops.sqrt),
  Sub: arithmetic(ops.subtract, "Sub"),
  Sum: many(ops.add),
  Where: where,
  Xor: compare(ops.notEqual),
};
