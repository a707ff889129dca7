import { BATCH, productOf, showDimensions } from "../../../graph/dimension";
import type { Node } from "../../../graph/node";
import * as layers from "../../../layers/index";
import * as ops from "../../../nodes/index";
import type { Call, Operator } from "../call";
import {
  channelsLast,
  floats,
  heldIn,
  inOrder,
  nodeOfConstant,
  plainly,
  settled,
  shaped,
  upTo,
  withOrder,
} from "../layout";
import { Refusal } from "../refusal";
import { Constant, Held, type Value } from "../values";
import { axisIn } from "./shaping";
import { constantOfRank } from "../broadcast";

type Named = { name?: string };

/** A value with its channels, the second axis, last, and the way back. */
function withChannelsLast(given: Held): { node: Node; back: (node: Node) => Held } {
  const held = settled(given);
  if (held.rank < 2) throw new Refusal(`expects 2 axes or more, got ${showDimensions(held.sizes)}`);
  if (held.isSample) throw new Refusal("normalizes channels of a batch: leave out batchAxis: null");
  const order = channelsLast(held.rank);
  return { node: withOrder(held, order), back: (node) => heldIn(node, order) };
}

const batchNormalization: Operator = (call) => {
  if (call.integer("training_mode", 0)) throw new Refusal("is in training mode: export the model in that of inference");
  if (call.opset < 14) call.refuseOutputs(1, "moments of the batch");
  const { node, back } = withChannelsLast(call.held(0));
  const [gamma, beta, mean, variance] = ["scale", "bias", "mean", "variance"].map((what, i) =>
    call.constant(i + 1, `its ${what}`),
  );
  const options = { epsilon: epsilonOf(call), momentum: call.number("momentum", 0.9) };
  const make = (name: Named) => layers.batchNormalization({ ...name, ...options });
  const weights = { gamma, beta, moving_mean: mean, moving_variance: variance };
  return back(call.layer({ kind: "batchNormalization", options, make, weights }, node));
};

/** Float32 of the file as the decimal number it is meant to be. */
export const epsilonOf = (call: Call): number => Number(call.number("epsilon", 1e-5).toPrecision(8));

/** A weight of a normalization, repeated to its full shape. */
function filled(value: Value | undefined, shape: readonly number[]): Constant | undefined {
  if (!(value instanceof Constant)) return undefined;
  const given = constantOfRank(value, shape.length);
  if (given.shape.length !== shape.length || value.isOpen) return undefined;
  if (given.shape.every((size, axis) => size === shape[axis])) return given.with([...shape], () => value.numbers);
  if (value.count !== 1) return undefined;
  const count = shape.reduce((all, size) => all * size, 1);
  return given.with([...shape], () => new Float32Array(count).fill(floats(value)[0]));
}

/** A normalization over the last axes with a layer's weights; undefined where those are computed, or the batch is among the axes. */
function asLayer(
  call: Call,
  node: Node,
  axes: number,
  kind: "layerNormalization" | "rmsNormalization",
): Node | undefined {
  const shape = node.dimensions.slice(node.dimensions.length - axes);
  if (!node.isBatched || axes >= node.dimensions.length || shape.some((size) => typeof size !== "number"))
    return undefined;
  const sizes = shape as number[];
  const gamma = filled(call.at(1), sizes);
  const beta = call.at(2) && filled(call.at(2), sizes);
  if (!gamma || (call.at(2) && !beta)) return undefined;
  const options = {
    epsilon: epsilonOf(call),
    axis: upTo(axes).map((axis) => axis - axes),
    ...(kind === "layerNormalization" ? { center: beta !== undefined } : {}),
  };
  const make = (name: Named) => layers[kind]({ ...name, ...options } as never);
  return call.layer({ kind, options, make, weights: { gamma, beta } }, node);
}

/** The mean along axes, or one over the deviation. */
function momentOf(node: Node, axis: readonly number[], output: number, epsilon: number): Node {
  const mean = ops.mean(node, { axis, keepDims: true });
  if (output === 1) return mean;
  return ops.rsqrt(ops.add(ops.mean(ops.square(ops.subtract(node, mean)), { axis, keepDims: true }), epsilon));
}

const overLastAxes =
  (kind: "layerNormalization" | "rmsNormalization"): Operator =>
  (call) => {
    const x = settled(call.held(0));
    const axis = axisIn(call.integer("axis", -1), x.rank);
    const count = x.rank - axis;
    const areLast = upTo(count).every((i) => x.axes[axis + i] === x.node.dimensions.length - count + i);
    const node = areLast ? x.node : inOrder(x);
    const back = (result: Node) => (areLast ? new Held(result, x.axes) : plainly(result, x.isSample));
    const axes = upTo(count).map((i) => node.dimensions.length - count + i);
    const others = [1, 2].map((i) => (call.isWanted(i) ? back(momentOf(node, axes, i, epsilonOf(call))) : undefined));
    const made = asLayer(call, node, count, kind);
    if (made) return [back(made), ...others];
    const centered =
      kind === "rmsNormalization" ? node : ops.subtract(node, ops.mean(node, { axis: axes, keepDims: true }));
    const variance = ops.mean(ops.square(centered), { axis: axes, keepDims: true });
    let result = ops.multiply(centered, ops.rsqrt(ops.add(variance, epsilonOf(call))));
    const [scale, bias] = [call.at(1), call.at(2)].map(
      (value) => value && (value instanceof Held ? inOrder(value) : nodeOfConstant(value)),
    );
    if (scale) result = ops.multiply(result, scale);
    if (bias) result = ops.add(result, bias);
    return [back(result), ...others];
  };

/** Of each channel, or of groups of them, over all places. */
function byGroups(call: Call, groups: number, perGroup: boolean): Held {
  const { node, back } = withChannelsLast(call.held(0));
  const channels = node.dimensions.at(-1) as number;
  const each = (constant: Constant): Constant => {
    if (constant.count === channels) return constant;
    if (!perGroup || constant.count !== groups)
      throw new Refusal(`has ${constant.count} factors for ${channels} channels`);
    const size = channels / groups;
    return constant.with([channels], () => {
      const numbers = floats(constant);
      return Float32Array.from({ length: channels }, (_, i) => numbers[Math.floor(i / size)]);
    });
  };
  const [gamma, beta] = [each(call.constant(1, "its scale")), each(call.constant(2, "its bias"))];
  const options = { groups: groups === channels ? -1 : groups, epsilon: epsilonOf(call) };
  const make = (name: Named) => layers.groupNormalization({ ...name, ...options });
  return back(call.layer({ kind: "groupNormalization", options, make, weights: { gamma, beta } }, node));
}

const instanceNormalization: Operator = (call) => {
  const x = call.held(0);
  const channels = x.sizes[1];
  if (typeof channels !== "number") throw new Refusal("has an open number of channels");
  return byGroups(call, channels, false);
};

const groupNormalization: Operator = (call) => byGroups(call, call.integer("num_groups", 1), true);

/** Of vectors, by their length. */
const lpNormalization: Operator = (call) => {
  const x = settled(call.held(0));
  const axis = x.axes[axisIn(call.integer("axis", -1), x.rank)];
  const isOne = call.integer("p", 2) === 1;
  const length = isOne
    ? ops.sum(ops.abs(x.node), { axis, keepDims: true })
    : ops.sqrt(ops.sum(ops.square(x.node), { axis, keepDims: true }));
  return x.with(ops.divide(x.node, length));
};

/** Local response normalization: by the squares of the channels around each. */
const lrn: Operator = (call) => {
  const { node, back } = withChannelsLast(call.held(0));
  const size = call.integer("size", 1);
  const [alpha, beta, bias] = [call.number("alpha", 1e-4), call.number("beta", 0.75), call.number("bias", 1)];
  const channels = node.dimensions.at(-1) as number;
  call.importing.bounds.make(channels ** 2);
  // A band matrix adds up the neighbours of each channel.
  const band = Array.from({ length: channels }, (_, from) =>
    Float32Array.from({ length: channels }, (_, to) => {
      const distance = from - to;
      return distance >= -Math.floor((size - 1) / 2) && distance <= Math.ceil((size - 1) / 2) ? 1 : 0;
    }),
  );
  const rows = productOf(node.dimensions.slice(1, -1));
  const flat = shaped(ops.square(node), [BATCH, rows, channels]);
  const sums = shaped(ops.matmul(flat, band), node.dimensions);
  const base = ops.add(ops.multiply(sums, alpha / size), bias);
  return back(ops.divide(node, ops.power(base, beta)));
};

export const normalizationOperators: Readonly<Record<string, Operator>> = {
  BatchNormalization: batchNormalization,
  GroupNormalization: groupNormalization,
  InstanceNormalization: instanceNormalization,
  LayerNormalization: overLastAxes("layerNormalization"),
  LpNormalization: lpNormalization,
  LRN: lrn,
  RMSNormalization: overLastAxes("rmsNormalization"),
};
