import { type Graph, storageOf, type Value } from "../graph/graph";
import type { Node } from "../graph/node";
import { formula } from "../ops/formula";
import { Formula } from "../ops/formulas/formula";
import type { InstructionName } from "../ops/formulas/instructions";
import { FormulaBuilder } from "../ops/formulas/steps";
import { sizeOf } from "../tensor/shape";
import { broadcastDimensions, expansion } from "./broadcasting";
import { makeNode, type NodeLike, toFloat } from "./operation";

/** Adds a formula of one instruction: constants go into its code, and an operand that comes twice is read once. */
function emitInstruction(
  graph: Graph,
  name: InstructionName,
  terms: readonly (Value | number)[],
  shape: readonly number[],
  owner: string,
): Value {
  const operands: Value[] = [];
  for (const term of terms) {
    if (typeof term === "number" || operands.some((other) => storageOf(other) === storageOf(term))) continue;
    operands.push(term);
  }
  const builder = new FormulaBuilder(operands.length);
  const numbers = terms.map((term) =>
    typeof term === "number"
      ? builder.constant(term)
      : operands.findIndex((other) => storageOf(other) === storageOf(term)),
  );
  builder.step(name, ...numbers);
  const values = Object.fromEntries(operands.map((value, i) => [`x${i}`, value]));
  const { steps } = builder;
  return graph.emit(formula, owner, values, shape, {
    counts: { count: sizeOf(shape) },
    formula: new Formula({ operands: operands.length, steps }),
  });
}

/** A node of one instruction over nodes that are broadcast to one shape. */
export function instructionNode(name: InstructionName, inputs: readonly NodeLike[]): Node {
  const who = `ops.${name}`;
  const nodes = inputs.map((input) => toFloat(input, who));
  const dimensions = broadcastDimensions(who, nodes);
  const expansions = nodes.map((node) => expansion(node.dimensions, dimensions));
  return makeNode(name, {}, nodes, dimensions, (graph, values, shape, owner) => {
    const scalars = values.map((value) => graph.scalars.get(storageOf(value)));
    // What is made of constants only has one operand at least.
    const isConstant = scalars.every((scalar) => scalar !== undefined);
    const terms = values.map((value, i) =>
      scalars[i] !== undefined && !(isConstant && i === 0) ? scalars[i] : expansions[i](graph, value, owner, shape),
    );
    return emitInstruction(graph, name, terms, shape, owner);
  });
}

/** A function of every number. */
export type Unary = (x: NodeLike) => Node;
/** A function of two numbers each. */
export type Binary = (x1: NodeLike, x2: NodeLike) => Node;

const unary =
  (name: InstructionName): Unary =>
  (x) =>
    instructionNode(name, [x]);
const binary =
  (name: InstructionName): Binary =>
  (x1, x2) =>
    instructionNode(name, [x1, x2]);

/** −x. Shape unchanged. */
export const negative: Unary = /* @__PURE__ */ unary("negative");
/** |x|. The gradient at 0 is 0. Shape unchanged. */
export const abs: Unary = /* @__PURE__ */ unary("abs");
/** −1, 0 or 1. No gradient. Shape unchanged. */
export const sign: Unary = /* @__PURE__ */ unary("sign");
/** x². Shape unchanged. */
export const square: Unary = /* @__PURE__ */ unary("square");
/** √x. NaN below 0. Shape unchanged. */
export const sqrt: Unary = /* @__PURE__ */ unary("sqrt");
/** 1/√x. Shape unchanged. */
export const rsqrt: Unary = /* @__PURE__ */ unary("rsqrt");
/** 1/x. Shape unchanged. */
export const reciprocal: Unary = /* @__PURE__ */ unary("reciprocal");
/** eˣ. Shape unchanged. */
export const exp: Unary = /* @__PURE__ */ unary("exp");
/** eˣ − 1, accurate near 0. Shape unchanged. */
export const expm1: Unary = /* @__PURE__ */ unary("expm1");
/** The natural logarithm. NaN below 0, −∞ at 0. Shape unchanged. */
export const log: Unary = /* @__PURE__ */ unary("log");
/** log(1 + x), accurate near 0. Shape unchanged. */
export const log1p: Unary = /* @__PURE__ */ unary("log1p");
/** The sine of x radians. Shape unchanged. */
export const sin: Unary = /* @__PURE__ */ unary("sin");
/** The cosine of x radians. Shape unchanged. */
export const cos: Unary = /* @__PURE__ */ unary("cos");
/** The hyperbolic tangent. Shape unchanged. */
export const tanh: Unary = /* @__PURE__ */ unary("tanh");
/** 1/(1 + e⁻ˣ). Shape unchanged. */
export const sigmoid: Unary = /* @__PURE__ */ unary("sigmoid");
/** The error function. Shape unchanged. */
export const erf: Unary = /* @__PURE__ */ unary("erf");
/** The largest whole number that is not above x. No gradient. Shape unchanged. */
export const floor: Unary = /* @__PURE__ */ unary("floor");
/** The smallest whole number that is not below x. No gradient. Shape unchanged. */
export const ceil: Unary = /* @__PURE__ */ unary("ceil");
/** The nearest whole number, halves to the even one. No gradient. Shape unchanged. */
export const round: Unary = /* @__PURE__ */ unary("round");
/** 1 where x is 0, else 0. No gradient. Shape unchanged. */
export const logicalNot: Unary = /* @__PURE__ */ unary("logicalNot");
/** 1 where x is NaN, else 0. No gradient. Shape unchanged. */
export const isNan: Unary = /* @__PURE__ */ unary("isNan");
/** 1 where x is neither NaN nor infinite, else 0. No gradient. Shape unchanged. */
const finite: Unary = /* @__PURE__ */ unary("isFinite");
/** x, of which nothing is learnt through this node. Shape unchanged. */
export const stopGradient: Unary = /* @__PURE__ */ unary("stopGradient");
/** x1 + x2. Shapes are broadcast as by NumPy. */
export const add: Binary = /* @__PURE__ */ binary("add");
/** x1 − x2. Shapes are broadcast as by NumPy. */
export const subtract: Binary = /* @__PURE__ */ binary("subtract");
/** x1 · x2. Shapes are broadcast as by NumPy. */
export const multiply: Binary = /* @__PURE__ */ binary("multiply");
/** x1 ÷ x2. Shapes are broadcast as by NumPy. */
export const divide: Binary = /* @__PURE__ */ binary("divide");
/** The larger of both; of equals the first one gets the gradient. Shapes are broadcast as by NumPy. */
export const maximum: Binary = /* @__PURE__ */ binary("maximum");
/** The smaller of both; of equals the first one gets the gradient. Shapes are broadcast as by NumPy. */
export const minimum: Binary = /* @__PURE__ */ binary("minimum");
/** 1 where both are equal, else 0. No gradient. Shapes are broadcast as by NumPy. */
export const equal: Binary = /* @__PURE__ */ binary("equal");
/** 1 where both differ, else 0. No gradient. Shapes are broadcast as by NumPy. */
export const notEqual: Binary = /* @__PURE__ */ binary("notEqual");
/** 1 where x1 > x2, else 0. No gradient. Shapes are broadcast as by NumPy. */
export const greater: Binary = /* @__PURE__ */ binary("greater");
/** 1 where x1 ≥ x2, else 0. No gradient. Shapes are broadcast as by NumPy. */
export const greaterEqual: Binary = /* @__PURE__ */ binary("greaterEqual");
/** 1 where neither is 0, else 0. No gradient. Shapes are broadcast as by NumPy. */
export const logicalAnd: Binary = /* @__PURE__ */ binary("logicalAnd");
/** 1 where one of both is not 0, else 0. No gradient. Shapes are broadcast as by NumPy. */
export const logicalOr: Binary = /* @__PURE__ */ binary("logicalOr");

/** 1 where x1 < x2, else 0. No gradient. Shapes are broadcast as by NumPy. */
export function less(x1: NodeLike, x2: NodeLike): Node {
  return greater(x2, x1);
}

/** 1 where x1 ≤ x2, else 0. No gradient. Shapes are broadcast as by NumPy. */
export function lessEqual(x1: NodeLike, x2: NodeLike): Node {
  return greaterEqual(x2, x1);
}

/**
 * x1 to the power of x2; 1 where x2 is 0. The gradient by x2 is 0 where x1 is not positive. Shapes are broadcast as by NumPy.
 */
export function power(x1: NodeLike, x2: NodeLike): Node {
  // These are exact, and many times as fast.
  if (x2 === 1) return instructionNode("copy", [x1]);
  if (x2 === 2) return square(x1);
  if (x2 === 3) return multiply(square(x1), x1);
  if (x2 === 0.5) return sqrt(x1);
  if (x2 === -0.5) return rsqrt(x1);
  if (x2 === -1) return reciprocal(x1);
  return instructionNode("power", [x1, x2]);
}

/** x1 where the condition is not 0, x2 elsewhere: the other one gets no gradient, also where it is NaN. Shapes are broadcast. */
export function where(condition: NodeLike, x1: NodeLike, x2: NodeLike): Node {
  return instructionNode("where", [condition, x1, x2]);
}

/** x limited to xMin … xMax, both included; numbers beyond get no gradient. */
export function clip(x: NodeLike, xMin: NodeLike, xMax: NodeLike): Node {
  return minimum(maximum(x, xMin), xMax);
}

export { finite as isFinite };
