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

/** −x. Shape unchanged. */
export function negative(x: NodeLike): Node {
  return instructionNode("negative", [x]);
}

/** |x|. The gradient at 0 is 0. Shape unchanged. */
export function abs(x: NodeLike): Node {
  return instructionNode("abs", [x]);
}

/** −1, 0 or 1. No gradient. Shape unchanged. */
export function sign(x: NodeLike): Node {
  return instructionNode("sign", [x]);
}

/** x². Shape unchanged. */
export function square(x: NodeLike): Node {
  return instructionNode("square", [x]);
}

/** √x. NaN below 0. Shape unchanged. */
export function sqrt(x: NodeLike): Node {
  return instructionNode("sqrt", [x]);
}

/** 1/√x. Shape unchanged. */
export function rsqrt(x: NodeLike): Node {
  return instructionNode("rsqrt", [x]);
}

/** 1/x. Shape unchanged. */
export function reciprocal(x: NodeLike): Node {
  return instructionNode("reciprocal", [x]);
}

/** eˣ. Shape unchanged. */
export function exp(x: NodeLike): Node {
  return instructionNode("exp", [x]);
}

/** eˣ − 1, accurate near 0. Shape unchanged. */
export function expm1(x: NodeLike): Node {
  return instructionNode("expm1", [x]);
}

/** The natural logarithm. NaN below 0, −∞ at 0. Shape unchanged. */
export function log(x: NodeLike): Node {
  return instructionNode("log", [x]);
}

/** log(1 + x), accurate near 0. Shape unchanged. */
export function log1p(x: NodeLike): Node {
  return instructionNode("log1p", [x]);
}

/** The sine of x radians. Shape unchanged. */
export function sin(x: NodeLike): Node {
  return instructionNode("sin", [x]);
}

/** The cosine of x radians. Shape unchanged. */
export function cos(x: NodeLike): Node {
  return instructionNode("cos", [x]);
}

/** The hyperbolic tangent. Shape unchanged. */
export function tanh(x: NodeLike): Node {
  return instructionNode("tanh", [x]);
}

/** 1/(1 + e⁻ˣ). Shape unchanged. */
export function sigmoid(x: NodeLike): Node {
  return instructionNode("sigmoid", [x]);
}

/** The error function. Shape unchanged. */
export function erf(x: NodeLike): Node {
  return instructionNode("erf", [x]);
}

/** The largest whole number that is not above x. No gradient. Shape unchanged. */
export function floor(x: NodeLike): Node {
  return instructionNode("floor", [x]);
}

/** The smallest whole number that is not below x. No gradient. Shape unchanged. */
export function ceil(x: NodeLike): Node {
  return instructionNode("ceil", [x]);
}

/** The nearest whole number, halves to the even one. No gradient. Shape unchanged. */
export function round(x: NodeLike): Node {
  return instructionNode("round", [x]);
}

/** 1 where x is 0, else 0. No gradient. Shape unchanged. */
export function logicalNot(x: NodeLike): Node {
  return instructionNode("logicalNot", [x]);
}

/** 1 where x is NaN, else 0. No gradient. Shape unchanged. */
export function isNan(x: NodeLike): Node {
  return instructionNode("isNan", [x]);
}

/** 1 where x is neither NaN nor infinite, else 0. No gradient. Shape unchanged. */
function finite(x: NodeLike): Node {
  return instructionNode("isFinite", [x]);
}

/** x, of which nothing is learnt through this node. Shape unchanged. */
export function stopGradient(x: NodeLike): Node {
  return instructionNode("stopGradient", [x]);
}

/** x1 + x2. Shapes are broadcast as by NumPy. */
export function add(x1: NodeLike, x2: NodeLike): Node {
  return instructionNode("add", [x1, x2]);
}

/** x1 − x2. Shapes are broadcast as by NumPy. */
export function subtract(x1: NodeLike, x2: NodeLike): Node {
  return instructionNode("subtract", [x1, x2]);
}

/** x1 · x2. Shapes are broadcast as by NumPy. */
export function multiply(x1: NodeLike, x2: NodeLike): Node {
  return instructionNode("multiply", [x1, x2]);
}

/** x1 ÷ x2. Shapes are broadcast as by NumPy. */
export function divide(x1: NodeLike, x2: NodeLike): Node {
  return instructionNode("divide", [x1, x2]);
}

/** The larger of both; of equals the first one gets the gradient. Shapes are broadcast as by NumPy. */
export function maximum(x1: NodeLike, x2: NodeLike): Node {
  return instructionNode("maximum", [x1, x2]);
}

/** The smaller of both; of equals the first one gets the gradient. Shapes are broadcast as by NumPy. */
export function minimum(x1: NodeLike, x2: NodeLike): Node {
  return instructionNode("minimum", [x1, x2]);
}

/** 1 where both are equal, else 0. No gradient. Shapes are broadcast as by NumPy. */
export function equal(x1: NodeLike, x2: NodeLike): Node {
  return instructionNode("equal", [x1, x2]);
}

/** 1 where both differ, else 0. No gradient. Shapes are broadcast as by NumPy. */
export function notEqual(x1: NodeLike, x2: NodeLike): Node {
  return instructionNode("notEqual", [x1, x2]);
}

/** 1 where x1 > x2, else 0. No gradient. Shapes are broadcast as by NumPy. */
export function greater(x1: NodeLike, x2: NodeLike): Node {
  return instructionNode("greater", [x1, x2]);
}

/** 1 where x1 ≥ x2, else 0. No gradient. Shapes are broadcast as by NumPy. */
export function greaterEqual(x1: NodeLike, x2: NodeLike): Node {
  return instructionNode("greaterEqual", [x1, x2]);
}

/** 1 where neither is 0, else 0. No gradient. Shapes are broadcast as by NumPy. */
export function logicalAnd(x1: NodeLike, x2: NodeLike): Node {
  return instructionNode("logicalAnd", [x1, x2]);
}

/** 1 where one of both is not 0, else 0. No gradient. Shapes are broadcast as by NumPy. */
export function logicalOr(x1: NodeLike, x2: NodeLike): Node {
  return instructionNode("logicalOr", [x1, x2]);
}

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
