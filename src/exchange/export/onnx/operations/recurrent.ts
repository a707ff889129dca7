import type { Value } from "../../../../graph/graph";
import { storageOf } from "../../../../graph/graph";
import { cellActivationNames } from "../../../../ops/recurrent/cellNames";
import { refuse } from "../../inexpressible";
import type { OpenOperation } from "../../openGraph";
import type { WeightStep } from "../../weightSteps";
import type { OnnxGraph } from "../onnxGraph";
import type { OperationWriter, Writers } from "./writer";

/** What the kinds of recurrent operations are in ONNX. */
interface Kind {
  readonly type: "LSTM" | "GRU" | "RNN";
  /** The field of the products with the inputs. */
  readonly products: string;
  /** Gates in the order of ONNX by their places in wasmgrad. */
  readonly gates: readonly number[];
  readonly states: readonly string[];
  /** Which of its activations each function of ONNX is. */
  readonly functions: readonly ("inner" | "recurrent")[];
}

/** A function of ONNX's recurrent operators, and its alpha and beta where it has any. */
const functions: Readonly<Record<string, (option: number) => readonly [name: string, alpha?: number, beta?: number]>> =
  {
    linear: () => ["Affine", 1, 0],
    tanh: () => ["Tanh"],
    sigmoid: () => ["Sigmoid"],
    relu: () => ["Relu"],
    hardSigmoid: (slope) => ["HardSigmoid", slope, 0.5],
    elu: (alpha) => ["Elu", alpha],
    leakyRelu: (slope) => ["LeakyRelu", slope],
    softplus: () => ["Softplus"],
    softsign: () => ["Softsign"],
  };

function activationsOf(operation: OpenOperation, kind: Kind) {
  const [inner, recurrent] = [
    operation.fixed((c) => c.activation),
    operation.fixed((c) => c.recurrentActivation ?? -1),
  ];
  const made = kind.functions.map((which) => {
    const name = cellActivationNames[which === "inner" ? inner : recurrent];
    const option = operation.number(which === "inner" ? "option" : "recurrentOption");
    const make = functions[name];
    if (!make) refuse(operation.owner, `has the activation ${name}, which recurrent nodes do not know`);
    return make(option);
  });
  const numbers = (place: 1 | 2) => Float32Array.from(made.flatMap((each) => each[place] ?? []));
  const [alpha, beta] = [numbers(1), numbers(2)];
  return {
    activations: made.map(([name]) => name),
    ...(alpha.length ? { activation_alpha: alpha } : {}),
    ...(beta.length ? { activation_beta: beta } : {}),
  };
}

/** Columns [inputs, gates · units] as [1, gates · units, inputs], with the gates in the order of ONNX. */
function kernelSteps(inputs: number, columns: number, gates: readonly number[]): WeightStep[] {
  return [
    ["transpose", [1, 0]],
    ["parts", gates],
    ["reshape", [1, columns, inputs]],
  ];
}

function refuseWhatOnnxLacks(operation: OpenOperation): void {
  const { values, owner } = operation;
  if (values.mask) refuse(owner, "has a mask, which recurrent nodes cannot take");
  const isCarried = ["h", "c"].some((name) => values[name] && storageOf(values[name]).place);
  if (isCarried) refuse(owner, "is stateful: a file cannot keep states from batch to batch");
}

/** The sequence that the products were made of, and the weights of that. */
function inputsOf(operation: OpenOperation, graph: OnnxGraph, products: Value) {
  const maker = graph.makers.get(products.id);
  if (maker?.name === "dense") return maker.values;
  refuse(operation.owner, "has products with inputs that are made elsewhere");
}

const recurrent =
  (kind: Kind): OperationWriter =>
  (operation, graph) => {
    refuseWhatOnnxLacks(operation);
    const { values, owner } = operation;
    const { u, b, y } = values;
    const { x, w, b: inputBias } = inputsOf(operation, graph, values[kind.products]);
    const [units, columns] = u.shape;
    const { gates } = kind;
    const sequence = graph.node(owner, "Transpose", [graph.last(x)], { perm: [1, 0, 2] });
    const kernel = graph.weight(w, kernelSteps(w.shape[0], columns, gates));
    const recurrentKernel = graph.weight(u, kernelSteps(units, columns, gates));
    let bias = "";
    if (inputBias)
      bias = graph.weight(inputBias, [
        ["parts", gates],
        ["zeros", columns],
        ["reshape", [1, 2 * columns]],
      ]);
    // Update, reset and hidden stand in the same order in both.
    else if (b) bias = graph.weight(b, [["reshape", [1, 2 * columns]]]);
    const first = kind.states.map((name) => {
      const state = values[`${name}0`];
      return state ? graph.node(owner, "Unsqueeze", [graph.last(state), graph.integers([0])]) : "";
    });
    const isBackwards = operation.fixed((counts) => counts.backwards) !== 0;
    const sequences = operation.fixed((counts) => counts.sequences);
    const inputs = [sequence, kernel, recurrentKernel, bias, "", ...first];
    while (inputs[inputs.length - 1] === "") inputs.pop();
    const attributes = {
      hidden_size: units,
      direction: isBackwards ? "reverse" : "forward",
      ...activationsOf(operation, kind),
      ...(kind.type === "GRU" ? { linear_before_reset: operation.fixed((counts) => counts.resetAfter) } : {}),
    };
    const [all, ...ends] = graph.nodeOf(owner, kind.type, inputs, attributes, 1 + kind.states.length);
    const squeezed = ends.map((end) => graph.node(owner, "Squeeze", [end, graph.integers([0])]));
    kind.states.forEach((name, i) => {
      if (values[name]) graph.define(values[name], squeezed[i]);
    });
    if (sequences === 0) return graph.define(y, squeezed[0]);
    const steps = graph.node(owner, "Squeeze", [all, graph.integers([1])]);
    const turned = graph.node(owner, "Transpose", [steps], { perm: [1, 0, 2] });
    if ((sequences === 1) !== isBackwards) return graph.define(y, turned);
    const whole = [-1, -(2 ** 31 - 1), 1, -1].map((number) => graph.integers([number]));
    graph.define(y, graph.node(owner, "Slice", [turned, ...whole]));
  };

export const recurrentWriters: Writers = {
  lstm: recurrent({
    type: "LSTM",
    products: "z",
    gates: [0, 3, 1, 2],
    states: ["h", "c"],
    functions: ["recurrent", "inner", "inner"],
  }),
  gru: recurrent({ type: "GRU", products: "x", gates: [0, 1, 2], states: ["h"], functions: ["recurrent", "inner"] }),
  simpleRnn: recurrent({ type: "RNN", products: "z", gates: [0], states: ["h"], functions: ["inner"] }),
};
