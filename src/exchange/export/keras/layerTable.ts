import type { Layer, LayerResult } from "../../../graph/layer";
import { activationName, activationOf, leakyRelu } from "./activations";
import { configOf, type Part, type PartWeight, plainWeights, Use, weightConfig } from "./part";
import { conv, convTranspose, depthwiseConv2d, globalPooling, pooling, separableConv2d, shapings } from "./windows";

/** Makes the layers of Keras for a use of a layer. */
type Translator = (use: Use) => Part[];

const plain =
  (className: string, defaults: Readonly<Record<string, unknown>> = {}, more: Partial<Part> = {}): Translator =>
  (use) => [{ className, config: configOf(use, defaults), ...more }];

const merging = (className: string, defaults: Readonly<Record<string, unknown>> = {}) =>
  plain(className, defaults, { form: "list" });

/** An axis or several as a list. */
const axesOf = (use: Use) => {
  const axis = use.get<number | readonly number[]>("axis", -1);
  return Array.isArray(axis) ? [...axis] : [axis];
};

function dense(use: Use): Part[] {
  const useBias = use.get("useBias", true);
  const activation = activationOf(use);
  const config = {
    units: use.get<number>("units"),
    activation: activation.name,
    use_bias: useBias,
    ...weightConfig(use, "kernel", "bias"),
  };
  const weights = plainWeights(useBias ? ["kernel", "bias"] : ["kernel"]);
  return [{ className: "Dense", config, weights }, ...activation.parts];
}

/** Layers that are nothing but an activation: a name, or else layers of their own. */
function activation(use: Use): Part[] {
  const { name, parts } = activationOf(use);
  if (parts.length === 0) return [{ className: "Activation", config: { activation: name } }];
  const [first, ...others] = parts;
  return [{ ...first, suffix: undefined } as Part, ...others];
}

function batchNormalization(use: Use): Part[] {
  const config = {
    ...configOf(use, { momentum: 0.99, epsilon: 1e-3, center: true, scale: true }),
    axis: -1,
    ...weightConfig(use, "beta", "gamma", "moving_mean", "moving_variance"),
  } as Record<string, unknown>;
  for (const name of ["moving_mean", "moving_variance"]) {
    delete config[`${name}_regularizer`];
    delete config[`${name}_constraint`];
  }
  return [{ className: "BatchNormalization", config, weights: affine(use, "moving_mean", "moving_variance") }];
}

const affine = (use: Use, ...others: string[]): PartWeight[] =>
  plainWeights([...(use.get("scale", true) ? ["gamma"] : []), ...(use.get("center", true) ? ["beta"] : []), ...others]);

function layerNormalization(use: Use): Part[] {
  const config = {
    ...configOf(use, { epsilon: 1e-3, center: true, scale: true }),
    axis: axesOf(use),
    ...weightConfig(use, "beta", "gamma"),
  };
  return [{ className: "LayerNormalization", config, weights: affine(use) }];
}

function groupNormalization(use: Use): Part[] {
  use.notInTfjs("normalizes groups");
  const config = {
    ...configOf(use, { groups: 32, epsilon: 1e-3, center: true, scale: true }),
    axis: -1,
    ...weightConfig(use, "beta", "gamma"),
  };
  return [{ className: "GroupNormalization", config, weights: affine(use) }];
}

function rmsNormalization(use: Use): Part[] {
  use.notInTfjs("divides by root mean squares");
  if (!use.get("scale", true)) use.refuse("has no scale, which that of Keras always has");
  const config = { axis: axesOf(use), epsilon: use.get("epsilon", 1e-6) };
  return [{ className: "RMSNormalization", config, weights: [{ folder: "", variable: "scale", name: "gamma" }] }];
}

/** With the moments in its configuration; in TensorFlow.js one that has them as moving averages. */
function normalization(use: Use): Part[] {
  if (use.dialect === "keras") {
    return [{ className: "Normalization", config: { axis: [-1], invert: false, mean: MOMENTS, variance: MOMENTS } }];
  }
  const config = { axis: -1, momentum: 0.99, epsilon: 1e-14, center: false, scale: false };
  const weights = [
    { folder: "", variable: "moving_mean", name: "mean" },
    { folder: "", variable: "moving_variance", name: "variance" },
  ];
  return [{ className: "BatchNormalization", config, weights }];
}

/** Stands for the numbers of a state of the layer, of the name of its key. */
export const MOMENTS = Symbol("moments");

function embedding(use: Use): Part[] {
  const config = {
    ...configOf(use, { inputDim: undefined, outputDim: undefined, maskZero: false }),
    ...weightConfig(use, "embeddings"),
    activity_regularizer: null,
  };
  return [{ className: "Embedding", config, weights: plainWeights(["embeddings"]) }];
}

const CELLS = { lstm: "LSTM", gru: "GRU", simpleRNN: "SimpleRNN" } as const;

function recurrent(use: Use): Part[] {
  const kind = use.layer.kind as keyof typeof CELLS;
  if (use.get("stateful", false)) use.refuse("is stateful: files of Keras do not have its states");
  const useBias = use.get("useBias", true);
  const resetAfter = use.get("resetAfter", true);
  if (kind === "gru" && resetAfter) use.notInTfjs("resets behind the product with the recurrent kernel (resetAfter)");
  const config: Record<string, unknown> = {
    ...configOf(use, { returnSequences: false, returnState: false, goBackwards: false, stateful: false }),
    unroll: false,
    ...(use.dialect === "keras"
      ? { zero_output_for_mask: false, ...(kind === "simpleRNN" ? {} : { seed: null }) }
      : {}),
    units: use.get<number>("units"),
    activation: activationName(use, "activation", "tanh"),
    ...(kind === "simpleRNN" ? {} : { recurrent_activation: activationName(use, "recurrentActivation", "sigmoid") }),
    use_bias: useBias,
    ...weightConfig(use, "kernel", "recurrent", "bias"),
    ...(kind === "lstm" ? { unit_forget_bias: use.get("unitForgetBias", true) } : {}),
    ...(kind === "gru" ? { reset_after: resetAfter } : {}),
    activity_regularizer: null,
    dropout: use.get("dropout", 0),
    recurrent_dropout: use.get("recurrentDropout", 0),
  };
  const names = ["kernel", "recurrent_kernel", ...(useBias ? ["bias"] : [])];
  const part: Part = { className: CELLS[kind], config, weights: plainWeights(names, "cell"), form: "states" };
  return [part];
}

function inner(use: Use, layer: Layer<LayerResult>, name: string, more: object = {}): Part & { name: string } {
  const [part, ...others] = partsOf(new Use(layer, use.call, use.dialect));
  if (others.length) use.refuse(`is made of ${layer.name}, which takes several layers there`);
  return { ...part, config: { ...part.config, ...more }, name };
}

const inFolder = (part: Part, folder: string, name: string): PartWeight[] =>
  (part.weights ?? []).map((weight) => ({
    ...weight,
    folder: weight.folder ? `${folder}/${weight.folder}` : folder,
    name: `${name}/${weight.name}`,
  }));

function bidirectional(use: Use): Part[] {
  const layer = use.get<Layer<LayerResult>>("layer");
  const backwards = layer.options.goBackwards === true;
  const [forward, backward] = [`forward_${layer.name}`, `backward_${layer.name}`];
  const zeros = use.dialect === "keras" ? { zero_output_for_mask: true } : {};
  const first = inner(use, layer, use.dialect === "keras" ? forward : layer.name, {
    ...zeros,
    go_backwards: backwards,
  });
  const second = { ...first, name: backward, config: { ...first.config, go_backwards: !backwards } };
  return [
    {
      className: "Bidirectional",
      config: { merge_mode: use.get("mergeMode", "concat") },
      within: use.dialect === "keras" ? { layer: first, backward_layer: second } : { layer: first },
      weights: [...inFolder(first, "forward_layer", forward), ...inFolder(second, "backward_layer", backward)],
      form: "states",
    },
  ];
}

function timeDistributed(use: Use): Part[] {
  const layer = use.get<Layer<LayerResult>>("layer");
  const [input] = use.call.inputs;
  // The layer within sees a step.
  const step = { ...input, shape: input.shape.slice(1) };
  const call = { ...use.call, inputs: [step] } as unknown as Use["call"];
  const part = inner(new Use(use.layer, call, use.dialect), layer, layer.name);
  return [
    { className: "TimeDistributed", config: {}, within: { layer: part }, weights: inFolder(part, "layer", layer.name) },
  ];
}

const projections = (use: Use): PartWeight[] => {
  const names = use.get("useBias", true) ? ["kernel", "bias"] : ["kernel"];
  const folders = { query: "query_dense", key: "key_dense", value: "value_dense", attentionOutput: "output_dense" };
  return Object.entries(folders).flatMap(([own, folder]) =>
    names.map((name) => ({ folder, variable: name, name: `${own}/${name}` })),
  );
};

/** What calls of attention over heads say. */
function attentionCall(use: Use): Record<string, unknown> {
  const { returnAttentionScores, attentionMask } = use.call.options;
  if (attentionMask) use.refuse("has an attentionMask, which the format has no word for here");
  return {
    ...(use.get("useCausalMask", false) ? { use_causal_mask: true } : {}),
    ...(returnAttentionScores ? { return_attention_scores: true } : {}),
  };
}

const headsAttention =
  (className: string, config: (use: Use) => Record<string, unknown>): Translator =>
  (use) => {
    use.notInTfjs("is attention over heads");
    for (const option of ["slidingWindow", "rotaryEmbedding"]) {
      if (use.options[option] !== undefined)
        use.refuse(`has the option ${option}, which the format has no word for here`);
    }
    const all = {
      ...config(use),
      ...configOf(use, { dropout: 0, useBias: true }),
      ...weightConfig(use, "kernel", "bias"),
      seed: null,
    };
    return [{ className, config: all, weights: projections(use), form: "several", kwargs: attentionCall(use) }];
  };

const pairAttention =
  (className: string, byDefault: boolean): Translator =>
  (use) => {
    use.notInTfjs("is attention");
    const useScale = use.get("useScale", byDefault);
    const config = { use_scale: useScale, dropout: use.get("dropout", 0), seed: null };
    const own = className === "Attention" ? { ...config, score_mode: "dot" } : config;
    const weights = useScale ? plainWeights(["scale"]) : [];
    return [{ className, config: own, weights, form: "list", kwargs: attentionCall(use) }];
  };

const multiHeadAttention = headsAttention("MultiHeadAttention", (use) => ({
  ...configOf(use, { numHeads: undefined, keyDim: undefined }),
  value_dim: use.get("valueDim", use.get<number>("keyDim")),
  output_shape: use.sizes("outputShape", 1),
  attention_axes: [1],
}));

/** TensorFlow.js has no difference: the first plus −1 times the second. */
function subtract(use: Use): Part[] {
  if (use.dialect === "keras") return merging("Subtract")(use);
  const negative: Part = { className: "Rescaling", config: { scale: -1, offset: 0 }, suffix: "negative", ofInput: 1 };
  return [negative, { className: "Add", config: {}, form: "list" }];
}

function elu(use: Use): Part[] {
  const alpha = use.get("alpha", 1);
  if (alpha !== 1) use.notInTfjs(`has the alpha ${alpha}`);
  return [{ className: "ELU", config: { alpha } }];
}

const table: Readonly<Record<string, Translator>> = {
  dense,
  activation,
  relu: plain("ReLU", {}, { config: { max_value: null, negative_slope: 0, threshold: 0 } }),
  leakyRelu: (use) => [leakyRelu(use, use.get("negativeSlope", 0.3))],
  elu,
  softmax: plain("Softmax", {}, { config: { axis: -1 } }),
  prelu: (use) => [
    {
      className: "PReLU",
      config: {
        ...weightConfig(use, "alpha"),
        shared_axes: use.get<readonly number[]>("sharedAxes", []).length ? use.get("sharedAxes") : null,
      },
      weights: plainWeights(["alpha"]),
    },
  ],
  dropout: plain("Dropout", { rate: undefined }, {}),
  gaussianNoise: plain("GaussianNoise", { stddev: undefined }),
  spatialDropout1d: plain("SpatialDropout1D", { rate: undefined }),
  masking: plain("Masking", { maskValue: 0 }),
  conv1d: conv(1),
  conv2d: conv(2),
  conv1dTranspose: convTranspose(1),
  conv2dTranspose: convTranspose(2),
  depthwiseConv2d,
  separableConv2d,
  maxPooling1d: pooling("MaxPooling1D", 1),
  maxPooling2d: pooling("MaxPooling2D", 2),
  averagePooling1d: pooling("AveragePooling1D", 1),
  averagePooling2d: pooling("AveragePooling2D", 2),
  globalAveragePooling1d: globalPooling("GlobalAveragePooling1D"),
  globalAveragePooling2d: globalPooling("GlobalAveragePooling2D"),
  globalMaxPooling1d: globalPooling("GlobalMaxPooling1D"),
  globalMaxPooling2d: globalPooling("GlobalMaxPooling2D"),
  ...shapings,
  flatten: plain("Flatten", {}, { config: { data_format: "channels_last" } }),
  reshape: plain("Reshape", { targetShape: undefined }),
  permute: plain("Permute", { dims: undefined }),
  repeatVector: plain("RepeatVector", { n: undefined }),
  batchNormalization,
  layerNormalization,
  groupNormalization,
  rmsNormalization,
  normalization,
  rescaling: plain("Rescaling", { scale: undefined, offset: 0 }),
  add: merging("Add"),
  subtract,
  multiply: merging("Multiply"),
  average: merging("Average"),
  maximum: merging("Maximum"),
  minimum: merging("Minimum"),
  concatenate: merging("Concatenate", { axis: -1 }),
  dot: merging("Dot", { axes: undefined, normalize: false }),
  embedding,
  lstm: recurrent,
  gru: recurrent,
  simpleRNN: recurrent,
  bidirectional,
  timeDistributed,
  multiHeadAttention,
  groupQueryAttention: headsAttention("GroupQueryAttention", (use) => ({
    ...configOf(use, { headDim: undefined, numQueryHeads: undefined }),
    num_key_value_heads: use.get("numKeyValueHeads"),
  })),
  attention: pairAttention("Attention", false),
  additiveAttention: pairAttention("AdditiveAttention", true),
};

/** Layers of TensorFlow.js that do with masks what they do here. */
const MASKED_IN_TFJS = new Set([
  ...["lstm", "gru", "simpleRNN", "bidirectional", "timeDistributed", "embedding", "masking", "concatenate"],
  ...["dense", "dropout", "gaussianNoise", "spatialDropout1d", "batchNormalization", "layerNormalization", "rescaling"],
  ...["activation", "relu", "leakyRelu", "elu", "softmax", "prelu"],
]);

/** Refuses masks that would be lost, or mean something else. */
function checkMasks(use: Use): void {
  const { kind, options } = use.layer;
  if (!use.call.inputs.some(({ mask }) => mask)) return;
  const within = (options.layer as Layer<LayerResult> | undefined)?.options ?? options;
  const isSequence = within.returnSequences === true;
  if (kind === "rmsNormalization") use.refuse("has a mask, which Keras loses there");
  if (isSequence && options.goBackwards === true)
    use.refuse("has a mask and goes backwards, where Keras does not turn the mask around");
  if (use.dialect === "keras") return;
  if (kind === "bidirectional" && isSequence) use.notInTfjs("puts zeros in masked places of both directions");
  if (!MASKED_IN_TFJS.has(kind)) use.notInTfjs("takes a mask");
}

/** The layers of Keras, in a row, that do what a use of a layer does. */
export function partsOf(use: Use): Part[] {
  const { kind } = use.layer;
  if (!Object.hasOwn(table, kind)) return use.refuse("has no equal there");
  checkMasks(use);
  return table[kind](use);
}
