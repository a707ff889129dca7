import { activationOf } from "./activations";
import { configOf, type Part, plainWeights, type Use, weightConfig } from "./part";

/** Convolutions, poolings, and what changes the sizes of images and sequences. */

const FORMAT = { data_format: "channels_last" } as const;
type Ends = readonly [number, number];

/** A layer of images over sequences, which are images of one column: for layers that TensorFlow.js has of images only. */
function overColumns(use: Use, part: Part, time: number | null, outTime: number | null, outChannels: number): Part[] {
  const channels = use.shape[1];
  if (time === null || outTime === null)
    use.refuse("is over sequences of an open length, which TensorFlow.js does not have");
  return [
    {
      className: "Reshape",
      config: { target_shape: [time, 1, channels] },
      suffix: "columns",
      outputShape: [time, 1, channels],
    },
    { ...part, outputShape: [outTime, 1, outChannels] },
    { className: "Reshape", config: { target_shape: [outTime, outChannels] }, suffix: "sequence" },
  ];
}

const outputShapeOf = (use: Use) =>
  use.layer.outputShape(...use.call.inputs.map(({ shape }) => shape as number[])) as number[];

/** Zeros before a convolution, where its padding is a number of pixels. */
function padded(use: Use, padding: unknown, dimensions: number): { parts: Part[]; name: string } {
  if (typeof padding === "string") {
    if (padding !== "causal" || use.dialect === "keras") return { parts: [], name: padding };
    const [kernel] = use.sizes("kernelSize", 1)!;
    const [dilation] = use.sizes("dilationRate", 1, 1)!;
    return padded(use, [(kernel - 1) * dilation, 0], 1);
  }
  const [height, width, channels] = use.shape;
  if (dimensions === 2) {
    const [[top, bottom], [left, right]] = padding as [Ends, Ends];
    const outputShape = [height! + top + bottom, width! + left + right, channels];
    return {
      parts: [
        {
          ...zeroPadding2d([
            [top, bottom],
            [left, right],
          ]),
          suffix: "padding",
          outputShape,
        },
      ],
      name: "valid",
    };
  }
  const [before, behind] = padding as Ends;
  const time = height === null ? null : height + before + behind;
  const parts = zeroPadding1d(use, [before, behind]).map((part, i, all) => ({
    ...part,
    suffix: part.suffix ? `padding_${part.suffix}` : "padding",
    ...(i === all.length - 1 && { outputShape: [time, width] }),
  }));
  return { parts, name: "valid" };
}

const zeroPadding2d = (padding: readonly [Ends, Ends]): Part => ({
  className: "ZeroPadding2D",
  config: { padding, ...FORMAT },
});

function zeroPadding1d(use: Use, [before, behind]: Ends): Part[] {
  if (use.dialect === "keras") return [{ className: "ZeroPadding1D", config: { padding: [before, behind] } }];
  const [time, channels] = use.shape;
  const part = zeroPadding2d([
    [before, behind],
    [0, 0],
  ]);
  return overColumns(use, part, time, time === null ? null : time + before + behind, channels!);
}

/** A convolution of some kind between the zeros before it and the activation behind it. */
function convolution(
  use: Use,
  className: string,
  dimensions: 1 | 2,
  config: Record<string, unknown>,
  weights: readonly string[],
): Part[] {
  const { parts, name } = padded(use, use.get("padding", "valid"), dimensions);
  const activation = activationOf(use);
  const useBias = use.get("useBias", true);
  const own: Part = {
    className,
    config: {
      kernel_size: use.sizes("kernelSize", dimensions),
      strides: use.sizes("strides", dimensions, 1),
      padding: name,
      ...FORMAT,
      dilation_rate: use.sizes("dilationRate", dimensions, 1),
      ...config,
      activation: activation.name,
      use_bias: useBias,
      activity_regularizer: null,
    },
    weights: plainWeights(useBias ? [...weights, "bias"] : weights),
  };
  return [...parts, own, ...activation.parts];
}

export const conv =
  (dimensions: 1 | 2) =>
  (use: Use): Part[] => {
    const groups = use.get("groups", 1);
    if (groups !== 1) use.notInTfjs(`has ${groups} groups`);
    const config = { ...configOf(use, { filters: undefined }), groups, ...weightConfig(use, "kernel", "bias") };
    return convolution(use, `Conv${dimensions}D`, dimensions, config, ["kernel"]);
  };

export function depthwiseConv2d(use: Use): Part[] {
  const config = { ...configOf(use, { depthMultiplier: 1 }), ...weightConfig(use, "depthwise", "bias") };
  const parts = convolution(use, "DepthwiseConv2D", 2, config, ["kernel"]);
  if (use.dialect === "keras") return parts;
  // Keras 2 and TensorFlow.js name it otherwise.
  const rename = (part: Part): Part => ({
    ...part,
    weights: part.weights!.map((weight) =>
      weight.name === "kernel" ? { ...weight, variable: "depthwise_kernel" } : weight,
    ),
  });
  return parts.map((part) => (part.className === "DepthwiseConv2D" ? rename(part) : part));
}

export function separableConv2d(use: Use): Part[] {
  const config = {
    ...configOf(use, { depthMultiplier: 1, filters: undefined }),
    ...weightConfig(use, "depthwise", "pointwise", "bias"),
  };
  return convolution(use, "SeparableConv2D", 2, config, ["depthwise_kernel", "pointwise_kernel"]);
}

export const convTranspose =
  (dimensions: 1 | 2) =>
  (use: Use): Part[] => {
    const padding = use.get<unknown>("padding", "valid");
    if (typeof padding !== "string") use.refuse("crops its output by a number of pixels, which Keras does not");
    const outputPadding = use.sizes("outputPadding", dimensions);
    if (outputPadding) use.notInTfjs("has an outputPadding");
    const dilation = use.sizes("dilationRate", dimensions, 1)!;
    if (dilation.some((rate) => rate > 1)) use.notInTfjs("is dilated");
    const config = {
      ...configOf(use, { filters: undefined }),
      ...weightConfig(use, "kernel", "bias"),
      ...(use.dialect === "keras" ? { output_padding: outputPadding } : {}),
    };
    if (dimensions === 2 || use.dialect === "keras")
      return convolution(use, `Conv${dimensions}DTranspose`, dimensions, config, ["kernel"]);
    return transposeOverColumns(use, config);
  };

/** A transposed convolution over sequences as one over images of one column. */
function transposeOverColumns(use: Use, config: Record<string, unknown>): Part[] {
  const [own, ...behind] = convolution(use, "Conv2DTranspose", 1, config, ["kernel"]);
  const [kernel, strides] = ["kernelSize", "strides"].map((name) => use.sizes(name, 1, 1)![0]);
  const [outTime, filters] = outputShapeOf(use);
  const part: Part = {
    ...own,
    config: { ...own.config, kernel_size: [kernel, 1], strides: [strides, 1], dilation_rate: [1, 1] },
    weights: own.weights!.map((weight) =>
      weight.name === "kernel" ? { ...weight, shape: [kernel, 1, filters, use.shape[1]!] } : weight,
    ),
  };
  return [...overColumns(use, part, use.shape[0], outTime, filters), ...behind];
}

export const pooling =
  (className: string, dimensions: 1 | 2) =>
  (use: Use): Part[] => {
    const padding = use.get<unknown>("padding", "valid");
    if (typeof padding !== "string") use.refuse("is padded by a number of pixels, which poolings of Keras are not");
    const pool_size = use.sizes("poolSize", dimensions, 2);
    const config = { pool_size, strides: use.sizes("strides", dimensions) ?? pool_size, padding, ...FORMAT };
    return [{ className, config }];
  };

export const globalPooling =
  (className: string) =>
  (use: Use): Part[] => {
    const keepdims = use.get("keepdims", false);
    if (use.dialect === "keras") return [{ className, config: { ...FORMAT, keepdims } }];
    const channels = use.shape[use.shape.length - 1];
    const pooled: Part = { className, config: { ...FORMAT } };
    if (!keepdims) return [pooled];
    const ones = use.shape.slice(1).map(() => 1);
    const target_shape = [...ones, channels];
    return [
      { ...pooled, outputShape: [channels] },
      { className: "Reshape", config: { target_shape }, suffix: "keepdims" },
    ];
  };

const bothEnds = (given: number | Ends): Ends =>
  Array.isArray(given) ? [given[0], given[1]] : [given as number, given as number];

export const shapings = {
  zeroPadding2d(use: Use): Part[] {
    const given = use.get<number | readonly (number | Ends)[]>("padding", 1);
    const [rows, columns] = Array.isArray(given) ? given : [given, given];
    return [zeroPadding2d([bothEnds(rows), bothEnds(columns)])];
  },
  zeroPadding1d: (use: Use): Part[] => zeroPadding1d(use, bothEnds(use.get<number | Ends>("padding", 1))),
  cropping1d(use: Use): Part[] {
    const cropping = bothEnds(use.get<number | Ends>("cropping", 1));
    if (use.dialect === "keras") return [{ className: "Cropping1D", config: { cropping } }];
    const [time, channels] = use.shape;
    const part: Part = { className: "Cropping2D", config: { cropping: [cropping, [0, 0]], ...FORMAT } };
    return overColumns(use, part, time, time === null ? null : time - cropping[0] - cropping[1], channels!);
  },
  upSampling1d(use: Use): Part[] {
    const size = use.get("size", 2);
    if (use.dialect === "keras") return [{ className: "UpSampling1D", config: { size } }];
    const [time, channels] = use.shape;
    const part: Part = { className: "UpSampling2D", config: { size: [size, 1], ...FORMAT, interpolation: "nearest" } };
    return overColumns(use, part, time, time === null ? null : time * size, channels!);
  },
  upSampling2d(use: Use): Part[] {
    const interpolation = use.get<string>("interpolation", "nearest");
    if (interpolation === "bilinear") use.notInTfjs("interpolates between the centers of pixels");
    return [{ className: "UpSampling2D", config: { size: use.sizes("size", 2, 2), ...FORMAT, interpolation } }];
  },
} as const;
