import { type Activation, activations } from "../../../activations/activations";
import { productOf } from "../../../graph/dimension";
import type { Node } from "../../../graph/node";
import * as layers from "../../../layers/index";
import { activate } from "../../../nodes/activations";
import * as ops from "../../../nodes/index";
import { constantLike, constantOfRank } from "../broadcast";
import type { Call, Operator } from "../call";
import { inOrder, plainly, settled, shaped, toNode } from "../layout";
import { Refusal } from "../refusal";
import { Constant, Held } from "../values";
import { elementwise, unary } from "./elementwise";

/** An activation as a layer, where there is a batch. */
export function activated(call: Call, x: Node, activation: Activation): Node {
  if (!x.isBatched) return activate(x, activation);
  const { name, options } = activation;
  return call.layer(
    { kind: "activation", make: (own) => layers.activation({ ...own, activation: { name, options } }) },
    x,
  );
}

const active = (make: (call: Call) => Activation): Operator => unary((x, call) => activated(call, x, make(call)));

/** x where positive, slope · x elsewhere, for slopes that activations do not take. */
const leaky = (x: Node, slope: number): Node => ops.where(ops.greaterEqual(x, 0), x, ops.multiply(x, slope));

const leakyRelu: Operator = unary((x, call) => {
  const negativeSlope = call.number("alpha", 0.01);
  return negativeSlope >= 0 ? activated(call, x, activations.leakyRelu({ negativeSlope })) : leaky(x, negativeSlope);
});

const elu: Operator = unary((x, call) => {
  const alpha = call.number("alpha", 1);
  if (alpha >= 0) return activated(call, x, activations.elu({ alpha }));
  return ops.where(ops.greater(x, 0), x, ops.multiply(ops.expm1(x), alpha));
});

/** The constants of selu in ONNX and in Keras. */
const SELU = [1.6732631921768188, 1.0507010221481323] as const;

const selu: Operator = unary((x, call) => {
  const [alpha, gamma] = [call.number("alpha", SELU[0]), call.number("gamma", SELU[1])];
  if (Math.abs(alpha - SELU[0]) < 1e-6 && Math.abs(gamma - SELU[1]) < 1e-6)
    return activated(call, x, activations.selu());
  return ops.multiply(ops.where(ops.greater(x, 0), x, ops.multiply(ops.expm1(ops.minimum(x, 0)), alpha)), gamma);
});

const celu: Operator = unary((x, call) => {
  const alpha = call.number("alpha", 1);
  const negative = ops.multiply(ops.expm1(ops.divide(ops.minimum(x, 0), alpha)), alpha);
  return ops.add(ops.maximum(x, 0), negative);
});

const hardSigmoid: Operator = unary((x, call) => {
  const [alpha, beta] = [call.number("alpha", 0.2), call.number("beta", 0.5)];
  // One sixth is stored as float32.
  const slope = Math.abs(alpha - 1 / 6) < 1e-7 ? 1 / 6 : alpha;
  if (beta === 0.5 && slope >= 0) return activated(call, x, activations.hardSigmoid({ slope }));
  return ops.clip(ops.add(ops.multiply(x, alpha), beta), 0, 1);
});

const hardSwish: Operator = unary((x) => ops.multiply(x, ops.hardSigmoid(x)));

const swish: Operator = unary((x, call) => {
  const alpha = call.number("alpha", 1);
  return alpha === 1 ? activated(call, x, activations.silu()) : ops.multiply(x, ops.sigmoid(ops.multiply(x, alpha)));
});

const thresholded: Operator = unary((x, call) => ops.where(ops.greater(x, call.number("alpha", 1)), x, 0));

/** Along an axis; before version 13 along all from it on. */
const alongAxis = (name: "softmax" | "logSoftmax"): Operator => {
  return (call) => {
    const value = call.need(0);
    const held = settled(value instanceof Held ? value : plainly(toNode(value), false));
    const { rank } = held;
    const isOld = call.opset < 13;
    const given = call.integer("axis", isOld ? 1 : -1);
    const axis = given < 0 ? given + rank : given;
    if (axis < 0 || axis > rank) throw new Refusal(`has axis ${given}, its input has ${rank}`);
    if (isOld && axis < rank - 1) return flattened(call, held, axis, name);
    return held.with(rowwise(call, held.node, held.axes[axis], name));
  };
};

function rowwise(call: Call, x: Node, axis: number, name: "softmax" | "logSoftmax"): Node {
  const isLast = axis === x.dimensions.length - 1;
  return isLast && axis > 0 ? activated(call, x, activations[name]()) : ops[name](x, { axis });
}

function flattened(call: Call, held: Held, axis: number, name: "softmax" | "logSoftmax"): Held {
  const { sizes } = held;
  // All but one axis are 1 long: it is along that one.
  const longer = sizes.flatMap((size, i) => (i >= axis && size !== 1 ? [i] : []));
  if (longer.length <= 1) return held.with(rowwise(call, held.node, held.axes[longer[0] ?? sizes.length - 1], name));
  const node = inOrder(held);
  const front = node.dimensions.length - sizes.length + axis;
  const matrix = shaped(node, [...node.dimensions.slice(0, front), productOf(node.dimensions.slice(front))]);
  const result = rowwise(call, matrix, front, name);
  return plainly(shaped(result, node.dimensions), held.isSample);
}

/** Slopes are weights of a layer where they are of one channel each. */
const prelu: Operator = (call) => {
  const given = call.need(1);
  // Before version 7 one slope for each channel stood in one axis.
  const isOld = call.opset < 7 && given instanceof Constant && given.shape.length === 1 && given.count > 1;
  const rank = call.held(0).rank;
  const slope = isOld ? given.with([given.count, ...new Array(rank - 2).fill(1)], () => given.numbers) : given;
  const x = call.held(0);
  const held = settled(x);
  if (slope instanceof Constant && held.node.isBatched && slope.about.origin && slope.shape.length < held.rank + 1) {
    const fitting = constantLike(slope, held, call.importing.batch);
    const own = fitting.shape.length < held.node.dimensions.length ? sampleSlope(fitting, held) : undefined;
    if (own) {
      const sharedAxes = own.shape.flatMap((size, i) =>
        size === 1 && held.node.dimensions[i + 1] !== 1 ? [i + 1] : [],
      );
      const areNeighbours = sharedAxes.every((axis, i) => axis === sharedAxes[0] + i);
      if (areNeighbours) {
        const make = (name: { name?: string }) => layers.prelu({ ...name, sharedAxes });
        return held.with(call.layer({ kind: "prelu", options: sharedAxes, make, weights: { alpha: own } }, held.node));
      }
    }
  }
  return elementwise(call, [x, slope], ([node, alpha]) =>
    ops.where(ops.greaterEqual(node, 0), node, ops.multiply(node, alpha)),
  );
};

/** Slopes with a length for each axis of a sample. */
function sampleSlope(fitting: Constant, { node }: Held): Constant | undefined {
  const ofRank = constantOfRank(fitting, node.dimensions.length - 1);
  const fits = ofRank.shape.every((size, i) => size === 1 || size === node.dimensions[i + 1]);
  return fits && !node.isOpen ? ofRank : undefined;
}

const dropout: Operator = (call) => {
  const held = call.held(0);
  const isTraining = call.maybeConstant(2, "training_mode")?.plain?.[0];
  const ratio = call.opset < 12 ? call.number("ratio", 0.5) : (call.maybeConstant(1, "ratio")?.plain?.[0] ?? 0.5);
  if (isTraining && ratio > 0) throw new Refusal("is in training mode, where it draws other numbers than here");
  const { node } = held;
  const output =
    node.isBatched && ratio > 0 && ratio < 1 && !node.isWhole
      ? call.layer({ kind: "dropout", make: (name) => layers.dropout({ ...name, rate: ratio }) }, node)
      : node;
  // Without training nothing is dropped.
  const mask = call.isWanted(1) ? new Held(ops.equal(node, node), held.axes, "bool") : undefined;
  return [held.with(output), mask];
};

const plainOf = (name: "relu" | "sigmoid" | "tanh" | "softplus" | "softsign" | "mish") =>
  active(() => activations[name]());

export const activationOperators: Readonly<Record<string, Operator>> = {
  Celu: celu,
  Dropout: dropout,
  Elu: elu,
  Gelu: active((call) => activations.gelu({ approximate: call.text("approximate", "none") === "tanh" })),
  HardSigmoid: hardSigmoid,
  HardSwish: hardSwish,
  LeakyRelu: leakyRelu,
  LogSoftmax: alongAxis("logSoftmax"),
  Mish: plainOf("mish"),
  PRelu: prelu,
  Relu: plainOf("relu"),
  Selu: selu,
  Sigmoid: plainOf("sigmoid"),
  Softmax: alongAxis("softmax"),
  Softplus: plainOf("softplus"),
  Softsign: plainOf("softsign"),
  Swish: swish,
  Tanh: plainOf("tanh"),
  ThresholdedRelu: thresholded,
};
