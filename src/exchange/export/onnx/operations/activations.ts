import type { OpenOperation } from "../../openGraph";
import type { OnnxGraph } from "../onnxGraph";
import { elementwise, type OperationWriter, type Writers } from "./writer";

/** Makes the nodes of an activation of one value. */
type Activation = (graph: OnnxGraph, owner: string, x: string, operation: OpenOperation) => string;

const each =
  (activation: Activation): OperationWriter =>
  (operation, graph) => {
    const { values, owner } = operation;
    elementwise(graph, [values.x], values.y, ([x]) => activation(graph, owner, x, operation));
  };

/** One node, whose attributes are numbers of the operation. */
const plain = (
  type: string,
  attributes: (operation: OpenOperation) => Record<string, { float: number }> = () => ({}),
) => each((graph, owner, x, operation) => graph.node(owner, type, [x], attributes(operation)));

const SELU = { alpha: { float: 1.6732632423543772 }, gamma: { float: 1.0507009873554805 } };

/** Along the last axis. */
const rowwise =
  (type: string): OperationWriter =>
  ({ values: { x, y }, owner, ...operation }, graph) => {
    const columns = operation.open("columns");
    const sizes = graph.open.sizesOf(x);
    const isWhole = sizes[sizes.length - 1].equals(columns);
    const rows = isWhole ? graph.last(x) : graph.reshape(owner, graph.last(x), [operation.open("rows"), columns]);
    const made = graph.node(owner, type, [rows], { axis: -1 });
    graph.define(y, isWhole ? made : graph.reshape(owner, made, graph.open.sizesOf(y)));
  };

/** Of opset 17, which has neither GELU nor SiLU nor Mish. */
export const activationWriters: Writers = {
  relu: plain("Relu"),
  leakyRelu: plain("LeakyRelu", (operation) => ({ alpha: { float: operation.number("negativeSlope") } })),
  elu: plain("Elu", (operation) => ({ alpha: { float: operation.number("alpha") } })),
  selu: plain("Selu", () => SELU),
  sigmoid: plain("Sigmoid"),
  tanh: plain("Tanh"),
  softplus: plain("Softplus"),
  softsign: plain("Softsign"),
  exponential: plain("Exp"),
  hardSigmoid: plain("HardSigmoid", (operation) => ({
    alpha: { float: operation.number("slope") },
    beta: { float: 0.5 },
  })),
  relu6: each((graph, owner, x) => graph.node(owner, "Clip", [x, graph.scalar(0), graph.scalar(6)])),
  silu: each((graph, owner, x) => graph.node(owner, "Mul", [x, graph.node(owner, "Sigmoid", [x])])),
  mish: each((graph, owner, x) => {
    const gate = graph.node(owner, "Tanh", [graph.node(owner, "Softplus", [x])]);
    return graph.node(owner, "Mul", [x, gate]);
  }),
  gelu: each((graph, owner, x) => {
    const scaled = graph.node(owner, "Div", [x, graph.scalar(Math.SQRT2)]);
    const area = graph.node(owner, "Add", [graph.node(owner, "Erf", [scaled]), graph.scalar(1)]);
    return graph.node(owner, "Mul", [graph.node(owner, "Mul", [x, area]), graph.scalar(0.5)]);
  }),
  geluApproximate: each((graph, owner, x) => {
    const cube = graph.node(owner, "Mul", [graph.node(owner, "Mul", [x, x]), x]);
    const sum = graph.node(owner, "Add", [x, graph.node(owner, "Mul", [cube, graph.scalar(0.044715)])]);
    const angle = graph.node(owner, "Mul", [sum, graph.scalar(Math.sqrt(2 / Math.PI))]);
    const gate = graph.node(owner, "Add", [graph.node(owner, "Tanh", [angle]), graph.scalar(1)]);
    return graph.node(owner, "Mul", [graph.node(owner, "Mul", [x, gate]), graph.scalar(0.5)]);
  }),
  softmax: rowwise("Softmax"),
  logSoftmax: rowwise("LogSoftmax"),
  prelu({ values: { x, alpha, y }, owner }, graph) {
    graph.define(y, graph.node(owner, "PRelu", [graph.last(x), graph.weight(alpha)]));
  },
};
