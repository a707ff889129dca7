import { type Activation, activations as known } from "../../../activations/activations";
import type { Layer, LayerResult } from "../../../graph/layer";
import type { Node } from "../../../graph/node";
import * as layers from "../../../layers/index";
import * as ops from "../../../nodes/index";
import type { Call, Operator } from "../call";
import { floats, nodeOfConstant, shaped, withOrder } from "../layout";
import { Refusal } from "../refusal";
import { Constant, Held, type Value } from "../values";
import { partsOf } from "./taking";
import { withoutAxes } from "./shaping";

type Kind = "LSTM" | "GRU" | "RNN";

/** Gates as the file has them, and where wasmgrad has each: LSTM i o f c there, i f c o here. */
const GATES: Readonly<Record<Kind, readonly number[]>> = { LSTM: [0, 2, 3, 1], GRU: [0, 1, 2], RNN: [0] };

/** What activations are without being said. */
const USUAL: Readonly<Record<Kind, readonly string[]>> = {
  LSTM: ["Sigmoid", "Tanh", "Tanh"],
  GRU: ["Sigmoid", "Tanh"],
  RNN: ["Tanh"],
};

/** Whether activations take an alpha and a beta, which stand in lists with the others. */
const TAKES: Readonly<Record<string, readonly ("alpha" | "beta")[]>> = {
  leakyrelu: ["alpha"],
  thresholdedrelu: ["alpha"],
  elu: ["alpha"],
  hardsigmoid: ["alpha", "beta"],
  scaledtanh: ["alpha", "beta"],
  affine: ["alpha", "beta"],
};

function activationOf(name: string, numbers: { alpha?: number | undefined; beta?: number | undefined }): Activation {
  switch (name.toLowerCase()) {
    case "sigmoid":
      return known.sigmoid();
    case "tanh":
      return known.tanh();
    case "relu":
      return known.relu();
    case "elu":
      return known.elu({ alpha: numbers.alpha ?? 1 });
    case "softsign":
      return known.softsign();
    case "softplus":
      return known.softplus();
    case "hardsigmoid": {
      const slope = numbers.alpha ?? 0.2;
      if ((numbers.beta ?? 0.5) === 0.5) {
        return known.hardSigmoid({ slope: Math.abs(slope - 1 / 6) < 1e-7 ? 1 / 6 : slope });
      }
    }
  }
  throw new Refusal(`has the activation ${name}, which recurrent layers cannot have`);
}

/** The activations of one direction. */
function activationsOf(call: Call, kind: Kind, direction: number): Activation[] {
  const usual = USUAL[kind];
  const { attributes } = call.proto;
  const names = call.texts("activations");
  const alphas = [...(attributes.get("activation_alpha")?.floats ?? [])];
  const betas = [...(attributes.get("activation_beta")?.floats ?? [])];
  const all = names.length ? names : [...usual, ...usual];
  const found = all.map((name) => {
    const takes = TAKES[name.toLowerCase()] ?? [];
    return activationOf(name, {
      alpha: takes.includes("alpha") ? alphas.shift() : undefined,
      beta: takes.includes("beta") ? betas.shift() : undefined,
    });
  });
  return found.slice(direction * usual.length, (direction + 1) * usual.length);
}

/** The part of a direction of a weight: `[directions, …]` without its first axis. */
function ofDirection(given: Constant, direction: number): Constant {
  const shape = given.shape.slice(1);
  const size = shape.reduce((all, one) => all * one, 1);
  const name = `${given.about.name}[${direction}]`;
  return given.with(shape, () => floats(given).slice(direction * size, (direction + 1) * size)).called(name);
}

/** `[gates · units, columns]` as `[columns, gates · units]`, gates in wasmgrad's order. */
function kernelOf(given: Constant, kind: Kind, units: number): Constant {
  const [rows, columns] = given.shape;
  const order = GATES[kind];
  return given.with([columns, rows], () => {
    const numbers = floats(given);
    const result = new Float32Array(numbers.length);
    order.forEach((from, gate) => {
      for (let unit = 0; unit < units; unit++) {
        const row = (from * units + unit) * columns;
        for (let column = 0; column < columns; column++) {
          result[column * rows + gate * units + unit] = numbers[row + column];
        }
      }
    });
    return result;
  });
}

/** The biases of inputs and of states, in wasmgrad's order: two rows, or their sum. */
function biasOf(given: Constant, kind: Kind, units: number, keepsBoth: boolean): Constant {
  const width = GATES[kind].length * units;
  return given.with(keepsBoth ? [2, width] : [width], () => {
    const numbers = floats(given);
    const result = new Float32Array(keepsBoth ? 2 * width : width);
    GATES[kind].forEach((from, gate) => {
      for (let unit = 0; unit < units; unit++) {
        const [place, at] = [from * units + unit, gate * units + unit];
        if (keepsBoth) {
          result[at] = numbers[place];
          result[width + at] = numbers[width + place];
        } else result[at] = numbers[place] + numbers[width + place];
      }
    });
    return result;
  });
}

/** A state before the first step, of one direction; undefined for zeros. */
function stateOf(value: Value | undefined, direction: number, isBatchFirst: boolean): Node | undefined {
  if (!value) return undefined;
  const axis = isBatchFirst ? 1 : 0;
  if (value instanceof Held) {
    if (value.isSample) throw new Refusal("has states without a batch axis");
    return withOrder(withoutAxes(partsOf(value, [{ axis, start: direction, size: 1, step: 1 }]), [axis]), [0, 1]);
  }
  const numbers = floats(value);
  if (numbers.every((number) => number === 0)) return undefined;
  const units = value.shape[2];
  const batchOf = value.shape[1 - axis];
  const first = (sample: number) => {
    const at = isBatchFirst ? (sample * value.shape[1] + direction) * units : (direction * batchOf + sample) * units;
    return numbers.slice(at, at + units);
  };
  const own = first(0);
  for (let sample = 1; sample < batchOf; sample++) {
    if (first(sample).every((number, i) => number === own[i])) continue;
    throw new Refusal("has other first states for each sample of the batch with which the model was exported");
  }
  return ops.broadcastTo(nodeOfConstant(new Constant([1, units], own, "float")), [null, units]);
}

/** Refuses what recurrent layers cannot do. */
function checkParts(call: Call, kind: Kind, steps: unknown): void {
  if (call.proto.attributes.get("clip")?.float) throw new Refusal("clips its gates");
  if (call.integer("input_forget", 0)) throw new Refusal("couples its gates");
  if (kind === "LSTM" && call.at(7) && !isZero(call.at(7))) throw new Refusal("has peepholes");
  const lengths = call.at(4);
  if (!lengths) return;
  const plain = lengths instanceof Constant ? lengths.plain : undefined;
  if (plain && Array.from(plain).every((length) => length === steps)) return;
  throw new Refusal("has sequences of other lengths in one batch (sequence_lens)");
}

const isZero = (value: Value | undefined) =>
  value instanceof Constant && Array.from(floats(value)).every((number) => number === 0);

/** What one direction puts out: all steps, and the last states. */
type Made = readonly [steps: Node, ...states: Node[]];

function oneDirection(
  call: Call,
  kind: Kind,
  direction: number,
  x: Node,
  { units, isBackward, isBatchFirst }: { units: number; isBackward: boolean; isBatchFirst: boolean },
): Made {
  const [gate, cell, output = cell] =
    kind === "RNN" ? [undefined, ...activationsOf(call, kind, direction)] : activationsOf(call, kind, direction);
  if (
    kind === "LSTM" &&
    (cell!.name !== output!.name || JSON.stringify(cell!.options) !== JSON.stringify(output!.options))
  ) {
    throw new Refusal(`has the activations ${cell!.name} and ${output!.name} where a layer has one`);
  }
  const isAfter = kind === "GRU" && call.integer("linear_before_reset", 0) !== 0;
  const kernel = ofDirection(call.constant(1, "its kernel"), direction);
  const recurrent = ofDirection(call.constant(2, "its recurrent kernel"), direction);
  const given = call.maybeConstant(3, "its bias");
  const bias = given && biasOf(ofDirection(given, direction), kind, units, isAfter);
  const shared = {
    units,
    useBias: bias !== undefined,
    returnSequences: true,
    returnState: true,
    goBackwards: isBackward,
    activation: { name: cell!.name, options: cell!.options },
  };
  const gated = gate && { recurrentActivation: { name: gate.name, options: gate.options } };
  const options = { ...shared, ...gated, ...(kind === "GRU" && { resetAfter: isAfter }) };
  const make = (name: { name?: string }): Layer<LayerResult> => {
    const all = { ...name, ...options } as never;
    const layer = kind === "LSTM" ? layers.lstm(all) : kind === "GRU" ? layers.gru(all) : layers.simpleRNN(all);
    return layer as unknown as Layer<LayerResult>;
  };
  const first = stateOf(call.at(5), direction, isBatchFirst);
  const memory = kind === "LSTM" ? stateOf(call.at(6), direction, isBatchFirst) : undefined;
  const zeros = () => ops.broadcastTo(ops.constant(new Float32Array(units)), [null, units]);
  const states =
    kind === "LSTM" ? (first || memory ? [first ?? zeros(), memory ?? zeros()] : []) : first ? [first] : [];
  const weights = { kernel: kernelOf(kernel, kind, units), recurrent_kernel: kernelOf(recurrent, kind, units), bias };
  const made = call.layer({ kind, options, make, weights }, [x, ...states]) as readonly Node[];
  const [steps, ...ends] = made;
  return [isBackward ? ops.flip(steps, { axis: 1 }) : steps, ...ends];
}

const recurrent =
  (kind: Kind): Operator =>
  (call) => {
    const x = call.held(0);
    if (x.isSample) throw new Refusal("needs a batch axis");
    const isBatchFirst = call.integer("layout", 0) !== 0;
    const node = withOrder(x, isBatchFirst ? [0, 1, 2] : [1, 0, 2]);
    checkParts(call, kind, node.dimensions[1]);
    const text = call.text("direction", "forward");
    const units = call.constant(2, "its recurrent kernel").shape[2];
    const directions = text === "bidirectional" ? [false, true] : [text === "reverse"];
    const made = directions.map((isBackward, i) =>
      oneDirection(call, kind, i, node, { units, isBackward, isBatchFirst }),
    );
    const stack = (nodes: readonly Node[], axis: number): Node => {
      const [first] = nodes;
      const own = first.dimensions;
      const apart = nodes.map((one) => shaped(one, [...own.slice(0, axis), 1, ...own.slice(axis)]));
      return apart.length === 1 ? apart[0] : ops.concatenate(apart, { axis });
    };
    const outputs = made[0].map((_, i) => {
      const nodes = made.map((one) => one[i]);
      // Here [batch, time, directions, units] and [batch, directions, units].
      if (i === 0) return new Held(stack(nodes, 2), isBatchFirst ? [0, 1, 2, 3] : [1, 2, 0, 3]);
      return new Held(stack(nodes, 1), isBatchFirst ? [0, 1, 2] : [1, 0, 2]);
    });
    return outputs;
  };

export const recurrentOperators: Readonly<Record<string, Operator>> = {
  GRU: recurrent("GRU"),
  LSTM: recurrent("LSTM"),
  RNN: recurrent("RNN"),
};
