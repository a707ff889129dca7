import { activations, input, layers, model, type Model, ops, Tensor } from "../../src/index";
import type { Layer, Node } from "../../src/index";

/** A small model of every layer, for the tests of exports. */
export interface ExportCase {
  readonly name: string;
  readonly make: () => Model;
  /** Sizes of the inputs without the batch; with an open length that of the test. */
  readonly shapes: readonly (readonly number[])[];
  /** Ids below this in place of real numbers. */
  readonly ids?: number;
}

/** Numbers from −1 to 1 by the formula of the files of the exchange. */
export function numbersOf(shape: readonly number[], k = 0): Float32Array {
  const size = shape.reduce((a, b) => a * b, 1);
  return Float32Array.from({ length: size }, (_, i) => Math.fround((((i * 7919 + 13 + 31 * k) % 2001) - 1000) / 1000));
}

/** The inputs of a case for a batch. */
export function inputsOf({ shapes, ids }: ExportCase, batch: number): Tensor[] {
  return shapes.map((shape, k) => {
    const all = [batch, ...shape];
    if (ids === undefined) return new Tensor(numbersOf(all, k), all);
    const size = all.reduce((a, b) => a * b, 1);
    return new Tensor(
      Int32Array.from({ length: size }, (_, i) => (i * 7919 + 13 + 31 * k) % ids),
      all,
    );
  });
}

/** What a model predicts, as a list. */
export async function predictAll(made: Model, inputs: readonly Tensor[]): Promise<Tensor[]> {
  return [await made.predict((inputs.length === 1 ? inputs[0] : inputs) as never)].flat() as Tensor[];
}

/** Weights and states that no initializer gives: biases and moments that are seen in outputs. */
export async function withWeights(made: Model): Promise<Model> {
  const weights = await made.getWeights();
  const names = Object.keys(weights);
  const filled = names.map((name, k) => {
    const { shape } = weights[name];
    const numbers = numbersOf(shape, k + 3);
    const isPositive = /variance|gamma/.test(name);
    const scale = 1 / Math.sqrt(Math.max(1, shape.length > 1 ? numbers.length / shape[shape.length - 1] : 4));
    return [
      name,
      new Tensor(
        numbers.map((x) => (isPositive ? 1 + x / 2 : x * scale)),
        shape,
      ),
    ] as const;
  });
  await made.setWeights(Object.fromEntries(filled));
  return made;
}

function chain(shape: readonly (number | null)[], ...parts: Layer[]): Model {
  const x = input({ shape });
  return model({ inputs: x, outputs: parts.reduce<Node>((node, layer) => layer.apply(node), x) }) as unknown as Model;
}

function over(
  shapes: readonly (readonly (number | null)[])[],
  call: (...nodes: Node[]) => Node | readonly Node[],
): Model {
  const inputs = shapes.map((shape) => input({ shape }));
  const outputs = [call(...inputs)].flat() as Node[];
  return model({ inputs, outputs }) as unknown as Model;
}

/** A layer on one input. */
const one = (name: string, shape: readonly number[], make: () => Layer): ExportCase => ({
  name,
  shapes: [shape],
  make: () => over([shape], (x) => make().apply(x)),
});
/** A layer on several inputs of one shape. */
const several = (name: string, shape: readonly number[], make: () => Layer, count = 3): ExportCase => {
  const shapes = new Array<readonly number[]>(count).fill(shape);
  return { name, shapes, make: () => over(shapes, (...nodes) => make().apply(nodes)) };
};
const byOps = (name: string, shapes: readonly (readonly number[])[], call: (...nodes: Node[]) => Node): ExportCase => ({
  name,
  shapes,
  make: () => over(shapes, call),
});

const image = [7, 6, 4] as const;
const sequence = [9, 4] as const;

export const denseAndConvolutions: ExportCase[] = [
  one("dense", [5], () => layers.dense({ units: 3, activation: "tanh" })),
  one("dense without bias", [5], () => layers.dense({ units: 3, useBias: false })),
  one("dense of rank 3", [4, 5], () => layers.dense({ units: 3 })),
  one("conv2d", image, () => layers.conv2d({ filters: 5, kernelSize: 3, activation: "relu" })),
  one("conv2d same, strided", image, () =>
    layers.conv2d({ filters: 5, kernelSize: [3, 2], strides: 2, padding: "same" }),
  ),
  one("conv2d dilated, grouped", image, () =>
    layers.conv2d({ filters: 6, kernelSize: 3, dilationRate: [2, 1], groups: 2, useBias: false }),
  ),
  one("conv2d padded", image, () =>
    layers.conv2d({
      filters: 2,
      kernelSize: 3,
      strides: 2,
      padding: [
        [1, 0],
        [2, 1],
      ],
    }),
  ),
  one("conv1d", sequence, () => layers.conv1d({ filters: 5, kernelSize: 3, strides: 2 })),
  one("conv1d causal", sequence, () =>
    layers.conv1d({ filters: 5, kernelSize: 3, dilationRate: 2, padding: "causal" }),
  ),
  one("conv1d same, grouped", sequence, () => layers.conv1d({ filters: 4, kernelSize: 4, padding: "same", groups: 2 })),
  one("conv2dTranspose", image, () =>
    layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: "same" }),
  ),
  one("conv2dTranspose valid", image, () => layers.conv2dTranspose({ filters: 3, kernelSize: [2, 3], strides: 2 })),
  one("conv2dTranspose wide strides", image, () => layers.conv2dTranspose({ filters: 3, kernelSize: 2, strides: 3 })),
  one("conv2dTranspose with outputPadding", image, () =>
    layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: "same", outputPadding: 1 }),
  ),
  one("conv1dTranspose", sequence, () =>
    layers.conv1dTranspose({ filters: 3, kernelSize: 4, strides: 2, padding: "same" }),
  ),
  one("depthwiseConv2d", image, () => layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: "same" })),
  one("separableConv2d", image, () => layers.separableConv2d({ filters: 3, kernelSize: 3, activation: "relu" })),
];

export const poolings: ExportCase[] = [
  one("maxPooling2d", image, () => layers.maxPooling2d()),
  one("maxPooling2d same", image, () => layers.maxPooling2d({ poolSize: 3, strides: 2, padding: "same" })),
  one("averagePooling2d", image, () => layers.averagePooling2d({ poolSize: [2, 3] })),
  one("averagePooling2d same", image, () => layers.averagePooling2d({ poolSize: 3, strides: 2, padding: "same" })),
  one("averagePooling2d padded", image, () =>
    layers.averagePooling2d({
      poolSize: 3,
      strides: 2,
      padding: [
        [1, 1],
        [2, 0],
      ],
    }),
  ),
  one("maxPooling1d", sequence, () => layers.maxPooling1d({ poolSize: 3, strides: 2, padding: "same" })),
  one("averagePooling1d", sequence, () => layers.averagePooling1d()),
  one("globalAveragePooling2d", image, () => layers.globalAveragePooling2d()),
  one("globalMaxPooling2d", image, () => layers.globalMaxPooling2d({ keepdims: true })),
  one("globalAveragePooling1d", sequence, () => layers.globalAveragePooling1d()),
  one("globalMaxPooling1d", sequence, () => layers.globalMaxPooling1d()),
];

export const normalizations: ExportCase[] = [
  one("batchNormalization", [5], () => layers.batchNormalization()),
  one("batchNormalization of images", image, () => layers.batchNormalization({ scale: false })),
  one("batchNormalization without center", image, () => layers.batchNormalization({ center: false, epsilon: 0.01 })),
  one("layerNormalization", [4, 6], () => layers.layerNormalization()),
  one("layerNormalization of two axes", [4, 6], () => layers.layerNormalization({ axis: [-2, -1] })),
  one("layerNormalization without scale", [6], () => layers.layerNormalization({ scale: false, center: false })),
  one("rmsNormalization", [4, 6], () => layers.rmsNormalization()),
  one("groupNormalization", image, () => layers.groupNormalization({ groups: 2 })),
  one("groupNormalization, instances", image, () => layers.groupNormalization({ groups: -1, scale: false })),
  one("normalization", [3], () => layers.normalization({ mean: [0.1, -0.4, 2], variance: [1.5, 0.2, 3] })),
  one("rescaling", [3, 2], () => layers.rescaling({ scale: 0.5, offset: -1 })),
];

const ACTIVATIONS = [
  ...["relu", "relu6", "leakyRelu", "elu", "selu", "gelu", "sigmoid", "hardSigmoid", "tanh", "softplus", "softsign"],
  ...["silu", "mish", "exponential", "softmax", "logSoftmax", "linear"],
];

export const activationCases: ExportCase[] = [
  ...ACTIVATIONS.map((activation) =>
    one(activation, [4, 6], () => layers.activation({ activation: activation as never })),
  ),
  one("gelu, approximate", [8], () => layers.activation({ activation: activations.gelu({ approximate: true }) })),
  one("hardSigmoid of slope 0.2", [8], () =>
    layers.activation({ activation: activations.hardSigmoid({ slope: 0.2 }) }),
  ),
  one("layers.relu", [8], () => layers.relu()),
  one("layers.leakyRelu", [8], () => layers.leakyRelu({ negativeSlope: 0.3 })),
  one("layers.elu", [8], () => layers.elu({ alpha: 0.7 })),
  one("layers.softmax", [8], () => layers.softmax()),
  one("prelu", image, () => layers.prelu({ sharedAxes: [1, 2] })),
  one("prelu of all axes", [5], () => layers.prelu()),
];

export const merges: ExportCase[] = [
  several("add", image, () => layers.add()),
  several("subtract", [4], () => layers.subtract(), 2),
  several("multiply", [4], () => layers.multiply()),
  several("average", image, () => layers.average()),
  several("maximum", [4], () => layers.maximum()),
  several("minimum", [4], () => layers.minimum()),
  several("concatenate", image, () => layers.concatenate()),
  several("concatenate, axis 1", image, () => layers.concatenate({ axis: 1 })),
  several("dot", [6], () => layers.dot({ axes: 1 }), 2),
  several("dot of matrices", [3, 6], () => layers.dot({ axes: 2 }), 2),
  several("dot, normalized", [3, 6], () => layers.dot({ axes: 2, normalize: true }), 2),
];

export const shapings: ExportCase[] = [
  one("flatten", image, () => layers.flatten()),
  one("reshape", [12], () => layers.reshape({ targetShape: [3, 4] })),
  one("permute", [3, 4, 5], () => layers.permute({ dims: [3, 1, 2] })),
  one("zeroPadding2d", image, () =>
    layers.zeroPadding2d({
      padding: [
        [1, 2],
        [0, 3],
      ],
    }),
  ),
  one("zeroPadding1d", sequence, () => layers.zeroPadding1d({ padding: [2, 1] })),
  one("cropping1d", sequence, () => layers.cropping1d({ cropping: [1, 2] })),
  one("upSampling2d", image, () => layers.upSampling2d({ size: [2, 3] })),
  one("upSampling2d bilinear", image, () => layers.upSampling2d({ size: 2, interpolation: "bilinear" })),
  one("upSampling1d", sequence, () => layers.upSampling1d({ size: 3 })),
  one("repeatVector", [4], () => layers.repeatVector({ n: 3 })),
  one("dropout", [4], () => layers.dropout({ rate: 0.4 })),
  one("gaussianNoise", [4], () => layers.gaussianNoise({ stddev: 0.4 })),
  one("spatialDropout1d", sequence, () => layers.spatialDropout1d({ rate: 0.4 })),
  one("timeDistributed", [3, 6, 6, 2], () =>
    layers.timeDistributed({ layer: layers.conv2d({ filters: 2, kernelSize: 3 }) }),
  ),
];

export const recurrents: ExportCase[] = [
  one("lstm", sequence, () => layers.lstm({ units: 3 })),
  one("lstm of sequences", sequence, () => layers.lstm({ units: 3, returnSequences: true, useBias: false })),
  one("lstm backwards", sequence, () => layers.lstm({ units: 3, returnSequences: true, goBackwards: true })),
  one("lstm with other activations", sequence, () =>
    layers.lstm({ units: 3, activation: "softsign", recurrentActivation: "hardSigmoid" }),
  ),
  one("gru", sequence, () => layers.gru({ units: 3 })),
  one("gru without resetAfter", sequence, () => layers.gru({ units: 3, resetAfter: false, returnSequences: true })),
  one("simpleRNN", sequence, () => layers.simpleRNN({ units: 3, activation: "relu" })),
  one("simpleRNN backwards", sequence, () => layers.simpleRNN({ units: 3, goBackwards: true })),
  one(
    "bidirectional",
    sequence,
    () => layers.bidirectional({ layer: layers.lstm({ units: 3, returnSequences: true }) }) as unknown as Layer,
  ),
  one("timeDistributed, bidirectional", [3, 5, 4], () =>
    layers.timeDistributed({ layer: layers.bidirectional({ layer: layers.lstm({ units: 2 }) }) as unknown as Layer }),
  ),
  one(
    "gru in both directions without resetAfter",
    sequence,
    () =>
      layers.bidirectional({
        layer: layers.gru({ units: 3, resetAfter: false }),
        mergeMode: "ave",
      }) as unknown as Layer,
  ),
  one(
    "bidirectional, summed",
    sequence,
    () => layers.bidirectional({ layer: layers.gru({ units: 3 }), mergeMode: "sum" }) as unknown as Layer,
  ),
  {
    name: "lstm with states",
    shapes: [sequence],
    make: () =>
      over([sequence], (x) => {
        const [y, h, c] = layers.lstm({ units: 3, returnSequences: true, returnState: true }).apply(x);
        return layers.lstm({ units: 3 }).apply(y, { initialState: [h, c] });
      }),
  },
];

export const attentions: ExportCase[] = [
  {
    name: "multiHeadAttention",
    shapes: [[5, 6]],
    make: () => over([[5, 6]], (x) => layers.multiHeadAttention({ numHeads: 2, keyDim: 3 }).apply([x, x])),
  },
  {
    name: "groupQueryAttention",
    shapes: [[5, 6]],
    make: () =>
      over([[5, 6]], (x) =>
        layers
          .groupQueryAttention({ numQueryHeads: 4, numKeyValueHeads: 2, headDim: 2, useCausalMask: true } as never)
          .apply([x, x]),
      ),
  },
  several("attention", [5, 6], () => layers.attention() as unknown as Layer, 2),
  several("additiveAttention", [5, 6], () => layers.additiveAttention() as unknown as Layer, 2),
  one("positionEmbedding", [5, 6], () => layers.positionEmbedding({ sequenceLength: 8 })),
  one("rotaryEmbedding", [5, 6], () => layers.rotaryEmbedding()),
  {
    name: "embedding",
    shapes: [[7]],
    ids: 10,
    make: () => {
      const x = input({ shape: [7], dtype: "int32" });
      const y = layers.dense({ units: 2 }).apply(layers.embedding({ inputDim: 10, outputDim: 4 }).apply(x));
      return model({ inputs: x, outputs: y }) as unknown as Model;
    },
  },
];

export const graphs: ExportCase[] = [
  byOps("ops: formula", [[4, 3]], (x) => ops.add(ops.multiply(x, ops.tanh(x)), ops.exp(ops.negative(ops.square(x))))),
  byOps("ops: conditions", [[4, 3]], (x) => ops.where(ops.greater(x, 0), ops.sqrt(ops.abs(x)), ops.floor(x))),
  byOps("ops: broadcasting", [[4, 3], [3]], (x, y) => ops.add(x, ops.expandDims(y, 1))),
  byOps("ops: reductions", [[4, 3]], (x) => ops.add(ops.mean(x, { axis: 1 }), ops.max(x, { axis: 1 }))),
  byOps("ops: sum over places", [[4, 3]], (x) => ops.sum(x, { axis: [1, 2], keepDims: true })),
  byOps("ops: slice, flip", [[4, 3]], (x) =>
    ops.slice(ops.flip(x, { axis: 1 } as never), [0, 1, 0], [null, 2, 3] as never),
  ),
  byOps("ops: concatenate, pad", [[4, 3]], (x) =>
    ops.pad(
      ops.concatenate([x, x], { axis: 2 }),
      [
        [0, 0],
        [1, 2],
        [0, 1],
      ],
      { constantValues: 2 },
    ),
  ),
  byOps(
    "ops: matmul",
    [
      [4, 3],
      [3, 5],
    ],
    (x, y) => ops.matmul(x, y),
  ),
  byOps("ops: softmax over another axis", [[4, 3]], (x) => ops.softmax(x, { axis: 1 })),
  byOps("ops: cumSum", [[4, 3]], (x) => ops.cumSum(x, { axis: 1 })),
  byOps("ops: topK", [[8]], (x) => ops.topK(x, 3)[0]),
  byOps("ops: argMax, oneHot", [[8]], (x) => ops.oneHot(ops.argMax(x, { axis: 1 } as never), 8)),
  byOps("ops: erf, log1p, expm1", [[8]], (x) => ops.add(ops.erf(x), ops.add(ops.log1p(ops.abs(x)), ops.expm1(x)))),
  one("lambda", [4], () => layers.lambda((x) => ops.multiply(x, 2))),
];

export const nets: ExportCase[] = [
  {
    name: "convolutional net",
    shapes: [[12, 12, 1]],
    make: () =>
      chain(
        [12, 12, 1],
        layers.conv2d({ filters: 4, kernelSize: 3, padding: "same", activation: "relu" }),
        layers.batchNormalization(),
        layers.maxPooling2d(),
        layers.conv2d({ filters: 8, kernelSize: 3, activation: "relu" }),
        layers.maxPooling2d(),
        layers.flatten(),
        layers.dropout({ rate: 0.3 }),
        layers.dense({ units: 10, activation: "softmax" }),
      ),
  },
  {
    name: "residual net",
    shapes: [[8, 8, 4]],
    make: () =>
      over([[8, 8, 4]], (x) => {
        const y = layers.conv2d({ filters: 4, kernelSize: 3, padding: "same", activation: "relu" }).apply(x);
        const z = layers.add().apply([x, layers.batchNormalization().apply(y)]);
        return layers.dense({ units: 3 }).apply(layers.globalAveragePooling2d().apply(layers.relu().apply(z)));
      }),
  },
  {
    name: "two outputs, shared layer",
    shapes: [[5], [5]],
    make: () =>
      over([[5], [5]], (a, b) => {
        const shared = layers.dense({ units: 4, activation: "relu" });
        const both = layers.concatenate().apply([shared.apply(a), shared.apply(b)]);
        return [layers.dense({ units: 2 }).apply(both), layers.dense({ units: 1, activation: "sigmoid" }).apply(both)];
      }),
  },
  {
    name: "model in a model",
    shapes: [[6]],
    make: () => {
      const inner = chain([6], layers.dense({ units: 4, activation: "relu" }), layers.batchNormalization());
      return over([[6]], (x) => layers.dense({ units: 2 }).apply(inner.apply(x) as Node));
    },
  },
  {
    name: "sequences of any length",
    shapes: [[9, 4]],
    make: () =>
      chain(
        [null, 4],
        layers.conv1d({ filters: 6, kernelSize: 3, padding: "same", activation: "relu" }),
        layers.bidirectional({ layer: layers.lstm({ units: 3, returnSequences: true }) }) as unknown as Layer,
        layers.dense({ units: 2 }),
      ),
  },
];

/** A model of ids with embeddings, some of whose places may not count. */
const ofIds = (
  name: string,
  shape: readonly (number | null)[],
  maskZero: boolean,
  call: (x: Node, ids: Node) => Node,
): ExportCase => ({
  name,
  shapes: [[6]],
  ids: 7,
  make: () => {
    const ids = input({ shape, dtype: "int32" });
    const x = layers.embedding({ inputDim: 7, outputDim: 4, maskZero }).apply(ids);
    return model({ inputs: ids, outputs: call(x, ids) }) as unknown as Model;
  },
});
/** A model of sequences whose length is open. */
const open = (name: string, call: (x: Node) => Node): ExportCase => ({
  name,
  shapes: [[10, 4]],
  make: () => over([[null, 4]], call),
});

export const edges: ExportCase[] = [
  {
    name: "one output twice",
    shapes: [[5]],
    make: () =>
      over([[5]], (x) => {
        const y = layers.dense({ units: 2 }).apply(x);
        return [y, y];
      }),
  },
  byOps("ops: over the batch", [[5]], (x) => ops.subtract(x, ops.mean(x, { axis: 0, keepDims: true }))),
  byOps("ops: products of samples", [[5]], (x) => ops.matmul(ops.matmul(x, ops.transpose(x)), x)),
  open("ops: flip of an open length", (x) => ops.flip(x, { axis: 1 } as never)),
  open("ops: last step of an open length", (x) =>
    ops.squeeze(ops.slice(x, [0, -1, 0], [null, 1, null] as never), { axis: 1 } as never),
  ),
  open("cropping1d of an open length", (x) => layers.cropping1d({ cropping: [2, 1] }).apply(x)),
  open("sizes of an open length", (x) =>
    layers
      .conv1d({ filters: 2, kernelSize: 3, padding: "causal" })
      .apply(layers.upSampling1d({ size: 2 }).apply(layers.zeroPadding1d({ padding: [1, 2] }).apply(x))),
  ),
  open("attention within a window", (x) =>
    layers.multiHeadAttention({ numHeads: 2, keyDim: 4, slidingWindow: 3 }).apply(x),
  ),
  ofIds("language model", [null], false, (x) => {
    const h = layers.positionEmbedding({ sequenceLength: 20 }).apply(x);
    const attention = layers.multiHeadAttention({ numHeads: 2, keyDim: 2, useCausalMask: true });
    const sum = layers.add().apply([h, attention.apply(layers.layerNormalization().apply(h))]);
    return layers.dense({ units: 7 }).apply(sum);
  }),
  ofIds("ids as numbers, too", [6], false, (x, ids) =>
    layers.concatenate().apply([layers.flatten().apply(x), layers.dense({ units: 2 }).apply(ids)]),
  ),
  ofIds("masked mean", [6], true, (x) => layers.globalAveragePooling1d().apply(x)),
  ofIds("masked attention", [6], true, (x) =>
    layers.dense({ units: 2 }).apply(ops.withoutMask(layers.multiHeadAttention({ numHeads: 2, keyDim: 2 }).apply(x))),
  ),
  {
    name: "reversibleEmbedding",
    shapes: [[6]],
    ids: 11,
    make: () => {
      const ids = input({ shape: [6], dtype: "int32" });
      const table = layers.reversibleEmbedding({ inputDim: 11, outputDim: 4 });
      const h = layers.dense({ units: 4 }).apply(table.apply(ids));
      return model({ inputs: ids, outputs: table.apply(h, { reverse: true }) }) as unknown as Model;
    },
  },
  {
    name: "model of several outputs, used twice",
    shapes: [[4], [4]],
    make: () => {
      const [a, b] = [input({ shape: [4] }), input({ shape: [4] })];
      const own = layers.dense({ units: 3, name: "d" }).apply(b);
      const inner = model({ inputs: [a, b], outputs: [layers.add().apply([a, b]), own] });
      return over([[4], [4]], (x, y) => {
        const [p, q] = inner.apply([x, y]);
        const [r, s] = inner.apply([p, x]);
        return layers.concatenate().apply([q, r, s, layers.dense({ units: 3, name: "d" }).apply(p)]);
      });
    },
  },
  one("dense with an activation of its own", [5], () =>
    layers.dense({
      units: 3,
      activation: activations.custom((x) => ops.multiply(x, ops.sigmoid(ops.multiply(1.7, x)))),
    }),
  ),
  one("dense with leakyRelu", [5], () =>
    layers.dense({ units: 3, activation: activations.leakyRelu({ negativeSlope: 0.1 }) }),
  ),
];

export const allCases: ExportCase[] = [
  ...edges,
  ...denseAndConvolutions,
  ...poolings,
  ...normalizations,
  ...activationCases,
  ...merges,
  ...shapings,
  ...recurrents,
  ...attentions,
  ...graphs,
  ...nets,
];
