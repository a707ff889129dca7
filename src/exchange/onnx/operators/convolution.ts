import type { Node } from "../../../graph/node";
import * as layers from "../../../layers/index";
import * as ops from "../../../nodes/index";
import type { Call, Operator } from "../call";
import { asImages, floats, fromImages, reordered } from "../layout";
import { Refusal } from "../refusal";
import { Constant, type Held, type Value } from "../values";
import { addedBehind } from "./products";
import { pairOf, paddingOf, readWindows, spanOf, type Window } from "./windows";

type Named = { name?: string };

/** A bias of one number for each channel, `[1, channels, 1, 1]` or shorter. */
function channelBias(value: Value | undefined, channels: number, rank: number): Constant | undefined {
  if (!(value instanceof Constant) || value.isOpen || value.meaning !== "float" || value.count !== channels)
    return undefined;
  const axis = value.shape.length - (rank - 1);
  const fits = value.shape.every((size, i) => size === (i === axis ? channels : 1));
  return fits && axis >= 0 ? value.with([channels], () => value.numbers) : undefined;
}

/** The kernel as layers have it: taps, channels of the input, filters. */
const kernelLast = (kernel: Constant) => reordered(kernel, kernel.shape.length === 4 ? [2, 3, 1, 0] : [2, 1, 0]);

/** Kernels of each channel by itself: [channels · multiplier, 1, h, w] as [h, w, channels, multiplier]. */
function depthwiseKernel(kernel: Constant, channels: number): Constant {
  const [filters, , height, width] = kernel.shape;
  const apart = kernel.with([channels, filters / channels, height, width], () => kernel.numbers);
  return reordered(apart, [2, 3, 0, 1]);
}

/** What convolutions of one node have in common. */
interface Parts {
  readonly x: Held;
  readonly kernel: Constant;
  readonly bias: Constant | undefined;
  readonly images: Node;
  readonly windows: readonly Window[];
}

function readParts(call: Call): Parts {
  const x = call.held(0);
  const kernel = call.constant(1, "its kernel");
  const { shape } = kernel;
  if (shape.length !== 3 && shape.length !== 4)
    throw new Refusal(`has a kernel of ${shape.length - 2} axes; 1 or 2 are possible`);
  const images = asImages(x, shape.length);
  const taps = shape.slice(2);
  const windows = readWindows(call, taps, images.dimensions.slice(1, -1));
  return { x, kernel, bias: call.maybeConstant(2, "its bias"), images, windows };
}

const commonOptions = (windows: readonly Window[]) => ({
  kernelSize: pairOf(windows.map(({ kernel }) => kernel)),
  strides: pairOf(windows.map(({ stride }) => stride)),
  dilationRate: pairOf(windows.map(({ dilation }) => dilation)),
});

const conv: Operator = (call) => {
  const { x, kernel, bias, images, windows } = readParts(call);
  const [filters, ofGroup] = kernel.shape;
  const channels = images.dimensions.at(-1) as number;
  const groups = call.integer("group", 1);
  if (ofGroup * groups !== channels) throw new Refusal(`has kernels for ${ofGroup * groups} channels, got ${channels}`);
  const added = bias ? undefined : addedBehind(call, (value) => channelBias(value, filters, x.rank));
  const ownBias = bias ?? added?.bias;
  const common = { ...commonOptions(windows), padding: paddingOf(windows), useBias: ownBias !== undefined };
  const isDepthwise = groups === channels && ofGroup === 1 && channels > 1 && windows.length === 2;
  let node: Node;
  if (isDepthwise) {
    const options = { ...common, depthMultiplier: filters / channels };
    const weights = { kernel: depthwiseKernel(kernel, channels), bias: ownBias };
    node = call.layer(
      {
        kind: "depthwiseConv2d",
        options,
        make: (name: Named) => layers.depthwiseConv2d({ ...name, ...options }),
        weights,
      },
      images,
    );
  } else {
    const options = { ...common, filters, groups };
    const weights = { kernel: kernelLast(kernel), bias: ownBias };
    const make = (name: Named) =>
      windows.length === 2 ? layers.conv2d({ ...name, ...options }) : layers.conv1d({ ...name, ...options });
    node = call.layer({ kind: "conv", options, make, weights }, images);
  }
  const result = fromImages(node, x);
  if (added) call.importing.settle(added.user, result);
  return result;
};

/** Cropping and outputPadding of a transposed convolution. */
function cropsOf(call: Call, { windows, images }: Parts): { padding: [number, number][]; outputPadding: number[] } {
  const axes = windows.length;
  const extra = call.integers(-1, "output_padding") ?? new Array(axes).fill(0);
  const wanted = call.integers(-1, "output_shape");
  const automatic = call.text("auto_pad", "NOTSET");
  const isAutomatic = automatic === "SAME_UPPER" || automatic === "SAME_LOWER";
  const padding = windows.map((window, axis): [number, number] => {
    const size = images.dimensions[axis + 1];
    if (!wanted?.length && !isAutomatic) return [window.before, window.behind];
    if (typeof size !== "number") throw new Refusal("pads by a size that is open");
    const target = wanted?.length ? wanted[wanted.length - axes + axis] : size * window.stride;
    const total = (size - 1) * window.stride + spanOf(window) + extra[axis] - target;
    const less = Math.floor(total / 2);
    // What is too small is not cropped but padded.
    return automatic === "SAME_UPPER" ? [less, total - less] : [total - less, less];
  });
  return { padding, outputPadding: extra };
}

/** One transposed convolution, over all channels. */
function transposedOnce(
  call: Call,
  parts: Pick<Parts, "images" | "windows"> & { kernel: Constant; bias: Constant | undefined },
  crops: ReturnType<typeof cropsOf>,
): Node {
  const { images, windows, kernel, bias } = parts;
  const axes = windows.length;
  const [, filters] = kernel.shape;
  const crop = crops.padding.map(([before, behind]) => [Math.max(0, before), Math.max(0, behind)]);
  // The layer adds fewer pixels than a stride; the rest is bias alone.
  const inside = crops.outputPadding.map((size, axis) => Math.min(size, windows[axis].stride - 1));
  const options = {
    ...commonOptions(windows),
    filters,
    useBias: bias !== undefined,
    padding: (axes === 1 ? crop[0] : crop) as never,
    outputPadding: pairOf(inside),
  };
  const weights = { kernel: reordered(kernel, axes === 2 ? [2, 3, 1, 0] : [2, 1, 0]), bias };
  const make = (name: Named) =>
    axes === 2 ? layers.conv2dTranspose({ ...name, ...options }) : layers.conv1dTranspose({ ...name, ...options });
  return call.layer({ kind: "convTranspose", options, make, weights }, images);
}

const convTranspose: Operator = (call) => {
  const parts = readParts(call);
  const { x, kernel, images, windows } = parts;
  const groups = call.integer("group", 1);
  const crops = cropsOf(call, parts);
  // What reaches beyond the output is added behind, without bias: only right where there is none.
  const missing = crops.padding.map(([before, behind]) => [Math.max(0, -before), Math.max(0, -behind)]);
  const hasMissing = missing.some(([before, behind]) => before + behind > 0);
  if (hasMissing && parts.bias) throw new Refusal("is larger than its kernels reach, and has a bias");
  const perGroup = kernel.shape[1];
  const added =
    parts.bias || hasMissing ? undefined : addedBehind(call, (value) => channelBias(value, perGroup * groups, x.rank));
  const bias = parts.bias ?? added?.bias;
  const each = (images.dimensions.at(-1) as number) / groups;
  const ofGroups = groups === 1 ? [images] : ops.split(images, groups, { axis: -1 });
  const nodes = ofGroups.map((node, group) =>
    transposedOnce(call, { images: node, windows, ...groupOf(kernel, bias, group, groups, each, perGroup) }, crops),
  );
  let node = nodes.length === 1 ? nodes[0] : ops.concatenate(nodes, { axis: -1 });
  if (hasMissing) node = ops.pad(node, [[0, 0], ...(missing as [number, number][]), [0, 0]]);
  const result = fromImages(node, x);
  if (added) call.importing.settle(added.user, result);
  return result;
};

/** The weights of one group. */
function groupOf(
  kernel: Constant,
  bias: Constant | undefined,
  group: number,
  groups: number,
  rows: number,
  columns: number,
): { kernel: Constant; bias: Constant | undefined } {
  if (groups === 1) return { kernel, bias };
  const part = (constant: Constant, first: number, shape: readonly number[]) => {
    const name = `${constant.about.name}[${group}]`;
    const size = shape.reduce((all, one) => all * one, 1);
    return constant.with(shape, () => floats(constant).slice(first * size, (first + 1) * size)).called(name);
  };
  return {
    kernel: part(kernel, group, [rows, ...kernel.shape.slice(1)]),
    bias: bias && part(bias, group, [columns]),
  };
}

export const convolutionOperators: Readonly<Record<string, Operator>> = { Conv: conv, ConvTranspose: convTranspose };
