import type { BuiltWeight, Layer } from "../../../graph/layer";
import type { Node } from "../../../graph/node";
import { lambda } from "../../../layers/lambda";
import { batchNormalization } from "../../../layers/normalization/batchNormalization";
import {
  groupNormalization,
  layerNormalization,
  rmsNormalization,
} from "../../../layers/normalization/layerNormalization";
import { normalization } from "../../../layers/normalization/normalization";
import { rescaling } from "../../../layers/normalization/rescaling";
import { add, divide, maximum, multiply, sqrt, square } from "../../../nodes/elementwise";
import { constant } from "../../../nodes/operation";
import { sum } from "../../../nodes/reductions";
import { show } from "../../../options";
import { fromLast, toLast } from "../layouts";
import { Unsupported } from "../origin";
import type { Settings } from "../settings";
import { type StoredWeight, storedAs, type Translation, type Translator } from "../translation";

/** Normalizations. Those over another axis than the last one have it moved there. */

function overAxis(layer: Layer, axis: number): Translation {
  if (axis === -1) return { layer };
  return { layer, call: ({ inputs: [x] }) => fromLast(layer.apply(toLast(x, axis)), axis) };
}

function oneAxis(settings: Settings): number {
  const axes = settings.axes("axis", -1);
  if (axes.length === 1) return axes[0];
  throw new Unsupported(`its axis is ${show(axes)}: one is supported`);
}

function batchNorm(settings: Settings): Translation {
  settings.ignore(
    "fused",
    "synchronized",
    "adjustment",
    "renorm_clipping",
    "renorm_momentum",
    "moving_mean_initializer",
  );
  settings.only("renorm", false);
  settings.only("virtual_batch_size", null);
  settings.only("mode", 0);
  const axis = oneAxis(settings);
  const layer = batchNormalization({
    ...settings.common,
    momentum: settings.number("momentum", 0.99),
    epsilon: settings.number("epsilon", 1e-3),
    center: settings.flag("center", true),
    scale: settings.flag("scale", true),
    ...settings.weights("beta", "gamma"),
  });
  return overAxis(layer, axis);
}

function layerNorm(settings: Settings): Translation {
  settings.only("rms_scaling", false);
  const axes = settings.axes("axis", -1);
  const options = {
    ...settings.common,
    epsilon: settings.number("epsilon", 1e-3),
    center: settings.flag("center", true),
    scale: settings.flag("scale", true),
    ...settings.weights("beta", "gamma"),
  };
  return overAxes(axes, (axis) => layerNormalization({ ...options, axis }));
}

/** Of one axis anywhere, or several that are the last ones. */
function overAxes(axes: number[], make: (axis: number[]) => Layer): Translation {
  if (axes.length > 1 || axes[0] === -1) return { layer: make(axes) };
  return overAxis(make([-1]), axes[0]);
}

function rmsNorm(settings: Settings): Translation {
  const axes = settings.axes("axis", -1);
  settings.ignore("scale");
  const options = { ...settings.common, epsilon: settings.number("epsilon", 1e-6) };
  return overAxes(axes, (axis) => rmsNormalization({ ...options, axis }));
}

function groupNorm(settings: Settings): Translation {
  const axis = oneAxis(settings);
  const layer = groupNormalization({
    ...settings.common,
    groups: settings.number("groups", 32),
    epsilon: settings.number("epsilon", 1e-3),
    center: settings.flag("center", true),
    scale: settings.flag("scale", true),
    ...settings.weights("beta", "gamma"),
  });
  return overAxis(layer, axis);
}

function unitNorm(settings: Settings): Translation {
  const axes = settings.axes("axis", -1);
  // Keras 2 bounds the sum of squares, Keras 3 the length.
  const least = settings.origin.major < 3 ? 1e-12 : 1e-24;
  const normalize = (x: Node) => divide(x, sqrt(maximum(sum(square(x), { axis: axes, keepDims: true }), least)));
  return { layer: lambda(normalize, { ...settings.common, supportsMasking: true }) };
}

const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.flat(9).every((one) => typeof one === "number");

function rescale(settings: Settings): Translation {
  const [scale, offset] = [settings.get("scale") ?? 1, settings.get("offset") ?? 0];
  if (typeof scale === "number" && typeof offset === "number") {
    return { layer: rescaling({ ...settings.common, scale, offset }), isPointwise: true };
  }
  const [factor, summand] = [scale, offset].map((value) => {
    if (typeof value === "number") return value;
    if (isNumbers(value)) return constant(value);
    throw new Unsupported(`its scale or offset is ${show(value)}`);
  });
  return { layer: lambda((x) => add(multiply(x, factor), summand), { ...settings.common, supportsMasking: true }) };
}

function normalize(settings: Settings): Translation {
  settings.ignore("mean", "variance", "input_mean", "input_variance");
  settings.only("invert", false);
  const given = settings.layer.config.axis;
  const axes = given === null ? [] : settings.axes("axis", -1);
  settings.ignore("axis");
  if (axes.length > 1) throw new Unsupported(`its axis is ${show(axes)}: one or none is supported`);
  const { mean, variance, input_mean: inputMean, input_variance: inputVariance } = settings.layer.config;
  const [means, variances] = [mean ?? inputMean, variance ?? inputVariance].map((value) =>
    typeof value === "number" ? [value] : isNumbers(value) ? value.flat(9) : undefined,
  );
  const options = means && variances ? { mean: means, variance: variances } : {};
  const layer = normalization({ ...settings.common, ...options, ...(axes.length === 0 && { axis: null }) } as never);
  const stored = (weights: readonly BuiltWeight[]): StoredWeight[] =>
    means ? [] : storedMoments(weights, axes.length === 0);
  return { ...overAxis(layer, axes[0] ?? -1), stored };
}

/** Mean and variance, of all features or of each, and how many batches they come from. */
function storedMoments(weights: readonly BuiltWeight[], isOne: boolean): StoredWeight[] {
  const moments = storedAs(weights).map((weight): StoredWeight => {
    const { shape, name } = weight;
    const convert = (values: Float32Array) => {
      const all = Float32Array.from({ length: shape[0] }, (_, i) => values[isOne ? 0 : i]);
      return name === "variance" ? all.map((value) => value || 1) : all;
    };
    return { ...weight, shape: isOne ? [] : shape, convert };
  });
  return [...moments, { name: "count", shape: [], isTrained: false, target: undefined }];
}

export const normalizations: Readonly<Record<string, Translator>> = {
  BatchNormalization: batchNorm,
  LayerNormalization: layerNorm,
  GroupNormalization: groupNorm,
  RMSNormalization: rmsNorm,
  UnitNormalization: unitNorm,
  Rescaling: rescale,
  Normalization: normalize,
};
