import { activations } from "../../../activations/activations";
import { activation, elu, leakyRelu, relu, softmax } from "../../../layers/core/activation";
import { dense } from "../../../layers/core/dense";
import { dropout } from "../../../layers/core/dropout";
import { gaussianNoise } from "../../../layers/core/gaussianNoise";
import { masking } from "../../../layers/core/masking";
import { prelu } from "../../../layers/core/prelu";
import { spatialDropout1d } from "../../../layers/core/spatialDropout1d";
import { embedding } from "../../../layers/embedding/embedding";
import { lambda } from "../../../layers/lambda";
import { reshape } from "../../../nodes/axes";
import { exp, subtract } from "../../../nodes/elementwise";
import { logSumExp, softmax as softmaxOf } from "../../../nodes/reductions";
import { show } from "../../../options";
import { reluOf } from "../activationOf";
import { fromLast, toLast } from "../layouts";
import { Unsupported } from "../origin";
import type { Settings } from "../settings";
import type { Translation, Translator } from "../translation";
import { sizesOf } from "./sizes";

/** Dense layers, activations, embeddings, and what only training knows. */

const linear = (settings: Settings): Translation => ({
  layer: activation({ ...settings.common, activation: activations.linear() }),
  isPointwise: true,
});

/** A layer that does nothing when a model predicts, and has no equal here. */
const onlyTrained =
  (what: string): Translator =>
  (settings) => {
    const { name, className } = settings.layer;
    settings.ignore(...Object.keys(settings.layer.config));
    settings.origin.report.warn(`${name}: ${className} ${what} in training; it does nothing here.`);
    return linear(settings);
  };

function denseOf(settings: Settings): Translation {
  const layer = dense({
    ...settings.common,
    units: settings.number("units"),
    activation: settings.activation(),
    useBias: settings.flag("use_bias", true),
    ...settings.weights("kernel", "bias"),
  });
  return { layer };
}

function activationLayer(settings: Settings): Translation {
  const given = settings.activation();
  return {
    layer: activation({ ...settings.common, activation: given }),
    isPointwise: given.rowwise === false && !given.traced,
  };
}

function reluLayer(settings: Settings): Translation {
  const options = { ...settings.layer.config };
  settings.ignore("max_value", "negative_slope", "threshold");
  const given = reluOf(options);
  if (given.name === "relu") return { layer: relu(settings.common), isPointwise: true };
  return { layer: activation({ ...settings.common, activation: given }), isPointwise: true };
}

function leakyReluLayer(settings: Settings): Translation {
  const slope = settings.get("negative_slope") ?? settings.get("alpha") ?? 0.3;
  settings.ignore("alpha");
  if (typeof slope !== "number") throw new Unsupported(`its slope is ${show(slope)}`);
  return { layer: leakyRelu({ ...settings.common, negativeSlope: slope }), isPointwise: true };
}

function softmaxLayer(settings: Settings): Translation {
  const axes = settings.axes("axis", -1);
  if (axes.length === 1 && axes[0] === -1) return { layer: softmax(settings.common) };
  const byRank = (rank: number) => axes.map((axis) => (axis < 0 ? axis + rank : axis));
  const layer = lambda(
    (x) => {
      const own = byRank(x.dimensions.length);
      if (own.length === 1) return softmaxOf(x, { axis: own[0] });
      return exp(subtract(x, logSumExp(x, { axis: own, keepDims: true })));
    },
    { ...settings.common, supportsMasking: true },
  );
  return { layer };
}

function preluLayer(settings: Settings): Translation {
  const shared = settings.get("shared_axes");
  const sharedAxes = shared === undefined ? [] : Array.isArray(shared) ? shared : [shared];
  return { layer: prelu({ ...settings.common, sharedAxes: sharedAxes as number[], ...settings.weights("alpha") }) };
}

function dropoutLayer(settings: Settings): Translation {
  const noise = settings.get("noise_shape");
  const rate = settings.number("rate");
  const isNever =
    settings.layer.calls.length > 0 && settings.layer.calls.every(({ kwargs }) => kwargs.training === false);
  // Of a call that says training=False nothing is dropped, ever.
  if (isNever || rate === 0) {
    if (isNever)
      settings.origin.report.convert(
        `${settings.layer.name}: a dropout that is called with training=False drops nothing.`,
      );
    settings.ignore("seed");
    return linear(settings);
  }
  if (Array.isArray(noise) && noise.length === 3 && noise[1] === 1) {
    return { layer: spatialDropout1d({ ...settings.common, rate, ...seedOf(settings) }) };
  }
  if (noise !== undefined) {
    settings.origin.report.warn(
      `${settings.layer.name}: its noise_shape ${show(noise)} is left out: numbers drop one by one.`,
    );
  }
  return { layer: dropout({ ...settings.common, rate, ...seedOf(settings) }), isPointwise: true };
}

function seedOf(settings: Settings): { seed?: number } {
  const seed = settings.get("seed");
  return typeof seed === "number" && Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32 ? { seed } : {};
}

function spatialDropout(settings: Settings, axes: number): Translation {
  settings.ignore("data_format");
  const isFirst = settings.layer.config.data_format === "channels_first";
  const rate = settings.number("rate");
  const layer = spatialDropout1d({ ...settings.common, rate, ...seedOf(settings) });
  if (axes === 1) return { layer };
  // Pixels of an image one behind the other are steps.
  return {
    layer,
    call: ({ inputs: [given] }) => {
      const x = isFirst ? toLast(given) : given;
      const [, height, width, channels] = sizesOf(x);
      const dropped = layer.apply(reshape(x, [null, height * width, channels]));
      const y = reshape(dropped, [null, height, width, channels]);
      return isFirst ? fromLast(y) : y;
    },
  };
}

function embeddingLayer(settings: Settings): Translation {
  settings.ignore("input_length");
  const layer = embedding({
    ...settings.common,
    inputDim: settings.number("input_dim"),
    outputDim: settings.number("output_dim"),
    maskZero: settings.flag("mask_zero", false),
    ...settings.weights("embeddings"),
  });
  return { layer };
}

export const core: Readonly<Record<string, Translator>> = {
  Dense: denseOf,
  Activation: activationLayer,
  ReLU: reluLayer,
  LeakyReLU: leakyReluLayer,
  ELU: (settings) => ({ layer: elu({ ...settings.common, alpha: settings.number("alpha", 1) }), isPointwise: true }),
  PReLU: preluLayer,
  Softmax: softmaxLayer,
  Dropout: dropoutLayer,
  SpatialDropout1D: (settings) => spatialDropout(settings, 1),
  SpatialDropout2D: (settings) => spatialDropout(settings, 2),
  GaussianNoise: (settings) => ({
    layer: gaussianNoise({ ...settings.common, stddev: settings.number("stddev"), ...seedOf(settings) }),
    isPointwise: true,
  }),
  AlphaDropout: onlyTrained("drops numbers and keeps mean and variance"),
  GaussianDropout: onlyTrained("multiplies by noise"),
  ActivityRegularization: onlyTrained("adds to the loss"),
  RandomFlip: onlyTrained("flips images"),
  RandomRotation: onlyTrained("turns images"),
  RandomZoom: onlyTrained("zooms images"),
  RandomTranslation: onlyTrained("shifts images"),
  RandomContrast: onlyTrained("changes contrast"),
  RandomBrightness: onlyTrained("changes brightness"),
  RandomHeight: onlyTrained("stretches images"),
  RandomWidth: onlyTrained("stretches images"),
  RandomShear: onlyTrained("shears images"),
  RandomErasing: onlyTrained("erases parts of images"),
  RandomGrayscale: onlyTrained("takes colour from images"),
  RandomHue: onlyTrained("changes colours"),
  RandomSaturation: onlyTrained("changes colours"),
  RandomSharpness: onlyTrained("changes sharpness"),
  RandomColorJitter: onlyTrained("changes colours"),
  RandomColorDegeneration: onlyTrained("takes colour from images"),
  RandomGaussianBlur: onlyTrained("blurs images"),
  RandomInvert: onlyTrained("inverts images"),
  RandomPosterization: onlyTrained("coarsens colours"),
  Identity: linear,
  Embedding: embeddingLayer,
  Masking: (settings) => ({ layer: masking({ ...settings.common, maskValue: settings.number("mask_value", 0) }) }),
};
