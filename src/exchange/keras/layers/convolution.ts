import { conv1d, conv2d } from "../../../layers/convolution/conv";
import { conv1dTranspose, conv2dTranspose } from "../../../layers/convolution/convTranspose";
import { depthwiseConv2d, separableConv2d } from "../../../layers/convolution/depthwiseConv";
import type { Layer } from "../../../graph/layer";
import { expandDims, squeeze } from "../../../nodes/axes";
import { show } from "../../../options";
import { fromLast, toLast } from "../layouts";
import { Unsupported } from "../origin";
import type { Settings } from "../settings";
import { storedAs, type Translation, type Translator } from "../translation";

/** Convolutions. Kernels stand in files with channels behind height and width, wherever images have them. */

export function isChannelsFirst(settings: Settings): boolean {
  const format = settings.text("data_format", "channels_last");
  if (format === "channels_first" || format === "channels_last") return format === "channels_first";
  throw new Unsupported(`its data_format is ${show(format)}`);
}

/** A layer over images or sequences, with channels moved behind them where they stand before. */
export function overChannels(settings: Settings, layer: Layer): Translation {
  if (!isChannelsFirst(settings)) return { layer };
  settings.origin.report.convert("Layers with channels_first compute with channels last.");
  return { layer, call: ({ inputs: [x] }) => fromLast(layer.apply(toLast(x))) };
}

function paddingOf(settings: Settings, known: readonly string[]): string {
  const padding = settings.text("padding", "valid").toLowerCase();
  if (known.includes(padding)) return padding;
  throw new Unsupported(`its padding is ${show(padding)}`);
}

/** What all convolutions have. */
function windowOf(settings: Settings, axes: number) {
  const one = (sizes: number[]) => (axes === 1 ? sizes[0] : sizes) as never;
  return {
    kernelSize: one(settings.sizes("kernel_size", axes)),
    strides: one(settings.sizes("strides", axes, 1)),
    dilationRate: one(settings.sizes("dilation_rate", axes, 1)),
    activation: settings.activation(),
    useBias: settings.flag("use_bias", true),
  };
}

function convolution(settings: Settings, axes: 1 | 2): Translation {
  const options = {
    ...settings.common,
    ...windowOf(settings, axes),
    filters: settings.number("filters"),
    padding: paddingOf(settings, axes === 1 ? ["valid", "same", "causal"] : ["valid", "same"]) as never,
    groups: settings.number("groups", 1),
    ...settings.weights("kernel", "bias"),
  };
  return overChannels(settings, axes === 1 ? conv1d(options) : conv2d(options));
}

function transposed(settings: Settings, axes: 1 | 2): Translation {
  settings.only("groups", 1);
  const added = settings.get("output_padding") === undefined ? undefined : settings.sizes("output_padding", axes);
  const options = {
    ...settings.common,
    ...windowOf(settings, axes),
    filters: settings.number("filters"),
    padding: paddingOf(settings, ["valid", "same"]) as never,
    ...(added && { outputPadding: (axes === 1 ? added[0] : added) as never }),
    ...settings.weights("kernel", "bias"),
  };
  return overChannels(settings, axes === 1 ? conv1dTranspose(options) : conv2dTranspose(options));
}

function depthwise(settings: Settings): Translation {
  settings.only("groups", 1);
  settings.ignore("filters");
  const layer = depthwiseConv2d({
    ...settings.common,
    ...windowOf(settings, 2),
    padding: paddingOf(settings, ["valid", "same"]) as never,
    depthMultiplier: settings.number("depth_multiplier", 1),
    ...settings.weights("depthwise", "bias"),
  });
  return overChannels(settings, layer);
}

function separable(settings: Settings): Translation {
  settings.only("groups", 1);
  const layer = separableConv2d({
    ...settings.common,
    ...windowOf(settings, 2),
    filters: settings.number("filters"),
    padding: paddingOf(settings, ["valid", "same"]) as never,
    depthMultiplier: settings.number("depth_multiplier", 1),
    ...settings.weights("depthwise", "pointwise", "bias"),
  });
  return overChannels(settings, layer);
}

/** Depthwise and separable convolutions over sequences are those over images of one column. */
function ofSequences(settings: Settings, isSeparable: boolean): Translation {
  settings.only("groups", 1);
  const { kernelSize, strides, dilationRate, ...window } = windowOf(settings, 1);
  const [span, step, dilation] = [kernelSize, strides, dilationRate] as unknown as number[];
  const padding = paddingOf(settings, ["valid", "same", "causal"]);
  const options = {
    ...settings.common,
    ...window,
    kernelSize: [span, 1] as const,
    strides: [step, 1] as const,
    dilationRate: [dilation, 1] as const,
    padding: (padding === "causal"
      ? [
          [(span - 1) * dilation, 0],
          [0, 0],
        ]
      : padding) as never,
    depthMultiplier: settings.number("depth_multiplier", 1),
    ...settings.weights("depthwise", "bias"),
  };
  settings.ignore("filters", "kernel_initializer", "kernel_regularizer");
  const layer = isSeparable
    ? separableConv2d({ ...options, filters: settings.number("filters"), ...settings.weights("pointwise") })
    : depthwiseConv2d(options);
  const isFirst = isChannelsFirst(settings);
  return {
    layer,
    call: ({ inputs: [given] }) => {
      const x = isFirst ? toLast(given) : given;
      const y = squeeze(layer.apply(expandDims(x, 2)), { axis: 2 });
      return isFirst ? fromLast(y) : y;
    },
    stored: (weights) =>
      storedAs(weights).map((weight) =>
        weight.shape.length === 4
          ? { ...weight, shape: [weight.shape[0] * weight.shape[1], ...weight.shape.slice(2)] }
          : weight,
      ),
  };
}

export const convolutions: Readonly<Record<string, Translator>> = {
  Conv1D: (settings) => convolution(settings, 1),
  Conv2D: (settings) => convolution(settings, 2),
  Conv1DTranspose: (settings) => transposed(settings, 1),
  Conv2DTranspose: (settings) => transposed(settings, 2),
  DepthwiseConv1D: (settings) => ofSequences(settings, false),
  DepthwiseConv2D: depthwise,
  SeparableConv1D: (settings) => ofSequences(settings, true),
  SeparableConv2D: separable,
};
