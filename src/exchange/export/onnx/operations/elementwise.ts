import type { Value } from "../../../../graph/graph";
import type { InstructionName } from "../../../../ops/formulas/instructions";
import { refuse } from "../../inexpressible";
import type { OnnxGraph } from "../onnxGraph";
import { ELEMENT } from "../onnxFile";
import { elementwise, type OperationWriter, type Writers } from "./writer";

type Instruction = (
  node: (type: string, ...inputs: string[]) => string,
  graph: OnnxGraph,
  terms: readonly string[],
) => string;

const one =
  (type: string): Instruction =>
  (node, _, [a]) =>
    node(type, a);
const two =
  (type: string): Instruction =>
  (node, _, [a, b]) =>
    node(type, a, b);
const isZero = (node: (type: string, ...inputs: string[]) => string, graph: OnnxGraph, a: string) =>
  node("Equal", a, graph.scalar(0));

/** Those that give 1 and 0, as conditions. */
const conditions: Readonly<Record<string, Instruction>> = {
  logicalNot: (node, graph, [a]) => isZero(node, graph, a),
  isNan: one("IsNaN"),
  isFinite: (node, _, [a]) => node("Not", node("Or", node("IsNaN", a), node("IsInf", a))),
  equal: two("Equal"),
  notEqual: (node, _, [a, b]) => node("Not", node("Equal", a, b)),
  greater: two("Greater"),
  greaterEqual: two("GreaterOrEqual"),
  logicalAnd: (node, graph, [a, b]) => node("Not", node("Or", isZero(node, graph, a), isZero(node, graph, b))),
  logicalOr: (node, graph, [a, b]) => node("Not", node("And", isZero(node, graph, a), isZero(node, graph, b))),
};

const instructions: Readonly<Partial<Record<InstructionName, Instruction>>> = {
  copy: one("Identity"),
  stopGradient: one("Identity"),
  negative: one("Neg"),
  abs: one("Abs"),
  sign: one("Sign"),
  square: (node, _, [a]) => node("Mul", a, a),
  sqrt: one("Sqrt"),
  rsqrt: (node, _, [a]) => node("Reciprocal", node("Sqrt", a)),
  reciprocal: one("Reciprocal"),
  exp: one("Exp"),
  expm1: (node, graph, [a]) => node("Sub", node("Exp", a), graph.scalar(1)),
  log: one("Log"),
  log1p: (node, graph, [a]) => node("Log", node("Add", a, graph.scalar(1))),
  sin: one("Sin"),
  cos: one("Cos"),
  tanh: one("Tanh"),
  sigmoid: one("Sigmoid"),
  erf: one("Erf"),
  floor: one("Floor"),
  ceil: one("Ceil"),
  round: one("Round"),
  add: two("Add"),
  subtract: two("Sub"),
  multiply: two("Mul"),
  divide: two("Div"),
  power: two("Pow"),
  maximum: two("Max"),
  minimum: two("Min"),
  where: (node, graph, [a, b, c]) => node("Where", isZero(node, graph, a), c, b),
};

const merging =
  (type: string): OperationWriter =>
  ({ values: { a, b, y }, owner }, graph) =>
    elementwise(graph, [a, b], y, (names) => graph.node(owner, type, names));

const cast =
  (to: number): OperationWriter =>
  ({ values: { x, y }, owner }, graph) =>
    elementwise(graph, [x], y, ([name]) => graph.node(owner, "Cast", [name], { to }));

/** The operands of a formula, in their order. */
const operandsOf = (values: Readonly<Record<string, Value>>) =>
  Array.from({ length: 10 }, (_, i) => values[`x${i}`]).filter((value) => value !== undefined);

export const elementwiseWriters: Writers = {
  add: merging("Add"),
  subtract: merging("Sub"),
  multiply: merging("Mul"),
  maximum: merging("Max"),
  minimum: merging("Min"),
  castToFloat: cast(ELEMENT.float),
  castToInteger: cast(ELEMENT.int32),

  formula({ values, owner, formula }, graph) {
    const operands = operandsOf(values);
    elementwise(graph, operands, values.y, (names) => {
      const node = (type: string, ...inputs: string[]) => graph.node(owner, type, inputs);
      const terms = [...names];
      for (const step of formula!.steps.steps) {
        if ("constant" in step) {
          terms.push(graph.scalar(step.constant));
          continue;
        }
        const given = step.terms.map((term) => terms[term]);
        const condition = conditions[step.name];
        const write = instructions[step.name];
        if (condition) {
          terms.push(graph.node(owner, "Cast", [condition(node, graph, given)], { to: ELEMENT.float }));
        } else if (write) terms.push(write(node, graph, given));
        else refuse(owner, `has the operation ${step.name}`);
      }
      return terms[terms.length - 1];
    });
  },
};
