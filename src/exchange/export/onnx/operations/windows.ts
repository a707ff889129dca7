import type { Value } from "../../../../graph/graph";
import type { OpenOperation } from "../../openGraph";
import type { OnnxGraph } from "../onnxGraph";
import type { OperationWriter, Writers } from "./writer";

type Counts = Readonly<Record<string, number>>;

/** The names of the counts along an axis of images. */
const AXES = {
  down: {
    size: "height",
    out: "outHeight",
    kernel: "kernelHeight",
    pool: "poolHeight",
    stride: "strideY",
    dilation: "dilationY",
    before: "padTop",
  },
  across: {
    size: "width",
    out: "outWidth",
    kernel: "kernelWidth",
    pool: "poolWidth",
    stride: "strideX",
    dilation: "dilationX",
    before: "padLeft",
  },
} as const;
type Axis = (typeof AXES)[keyof typeof AXES];

/** The axes that a value has between batch and channels: sequences are images of one row. */
function axesOf({ shape }: Value): readonly Axis[] {
  return shape.length === 4 ? [AXES.down, AXES.across] : [AXES.across];
}

const spanOf = (counts: Counts, axis: Axis) => (counts[axis.kernel] - 1) * counts[axis.dilation] + 1;

/** Pixels that windows reach beyond the end. */
function behind(counts: Counts, axis: Axis, span: number): number {
  return Math.max(0, (counts[axis.out] - 1) * counts[axis.stride] + span - counts[axis.size] - counts[axis.before]);
}

/** Attributes that convolutions and poolings have in common. */
function windowsOf(operation: OpenOperation, axes: readonly Axis[], kernel: "kernel" | "pool") {
  const each = (make: (counts: Counts, axis: Axis) => number) =>
    axes.map((axis) => operation.fixed((counts) => make(counts, axis)));
  const span = (counts: Counts, axis: Axis) => (kernel === "pool" ? counts[axis.pool] : spanOf(counts, axis));
  return {
    kernel_shape: each((counts, axis) => counts[axis[kernel]]),
    strides: each((counts, axis) => counts[axis.stride]),
    pads: [
      ...each((counts, axis) => counts[axis.before]),
      ...each((counts, axis) => behind(counts, axis, span(counts, axis))),
    ],
  };
}

const dilationsOf = (operation: OpenOperation, axes: readonly Axis[]) =>
  axes.map((axis) => operation.fixed((counts) => counts[axis.dilation]));

/** Two last axes first, in turn: [height, width, a, b] to [b, a, height, width]. */
const kernelOrder = (rank: number) => (rank === 4 ? [3, 2, 0, 1] : [2, 1, 0]);

const pooling =
  (type: "MaxPool" | "AveragePool"): OperationWriter =>
  (operation, graph) => {
    const { values, owner } = operation;
    const { x, y } = values;
    const axes = axesOf(x);
    const isGlobal = operation.always(({ counts }) =>
      axes.every(
        (axis) => counts[axis.pool] === counts[axis.size] && counts[axis.out] === 1 && counts[axis.before] === 0,
      ),
    );
    const input = graph.first(x);
    if (isGlobal) {
      const made = graph.node(owner, `Global${type}`, [input]);
      if (y.shape.length === x.shape.length) graph.define(y, made, "first");
      else graph.define(y, graph.reshape(owner, made, graph.open.sizesOf(y)));
      return;
    }
    const windows = windowsOf(operation, axes, "pool");
    graph.define(y, graph.node(owner, type, [input], windows), "first");
  };

const resizing =
  (mode: "nearest" | "linear"): OperationWriter =>
  ({ values: { x, y }, owner, ...operation }, graph) => {
    const scales = ["sizeY", "sizeX"]
      .map((name) => operation.fixed((counts) => counts[name]))
      .slice(0, x.shape.length - 2);
    const all = graph.numbers(owner, [scales.length + 2], Float32Array.of(1, 1, ...scales));
    const how: Record<string, string> =
      mode === "nearest"
        ? { mode, coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" }
        : { mode, coordinate_transformation_mode: "half_pixel" };
    graph.define(y, graph.node(owner, "Resize", [graph.first(x), "", all], how), "first");
  };

function convolution(operation: OpenOperation, graph: OnnxGraph): void {
  const { x, w, b, y } = operation.values;
  const axes = axesOf(x);
  const attributes = {
    ...windowsOf(operation, axes, "kernel"),
    dilations: dilationsOf(operation, axes),
    group: operation.fixed((counts) => counts.groups),
  };
  const kernel = graph.weight(w, [["transpose", kernelOrder(w.shape.length)]]);
  const inputs = [graph.first(x), kernel, ...(b ? [graph.weight(b)] : [])];
  graph.define(y, graph.node(operation.owner, "Conv", inputs, attributes), "first");
}

export const windowWriters: Writers = {
  conv2d: convolution,

  depthwiseConv2d(operation, graph) {
    const { x, w, b, y } = operation.values;
    const axes = axesOf(x);
    const [height, width, channels, multiplier] = w.shape;
    const attributes = {
      ...windowsOf(operation, axes, "kernel"),
      dilations: dilationsOf(operation, axes),
      group: channels,
    };
    const kernel = graph.weight(w, [
      ["transpose", [2, 3, 0, 1]],
      ["reshape", [channels * multiplier, 1, height, width]],
    ]);
    const inputs = [graph.first(x), kernel, ...(b ? [graph.weight(b)] : [])];
    graph.define(y, graph.node(operation.owner, "Conv", inputs, attributes), "first");
  },

  /** Its counts are those of the convolution that would turn y into x. */
  conv2dTranspose(operation, graph) {
    const { x, w, b, y } = operation.values;
    const axes = axesOf(x);
    const each = (make: (counts: Counts, axis: Axis) => number) =>
      axes.map((axis) => operation.fixed((counts) => make(counts, axis)));
    const beyond = (counts: Counts, axis: Axis) =>
      (counts[axis.out] - 1) * counts[axis.stride] + spanOf(counts, axis) - counts[axis.size] - counts[axis.before];
    const attributes = {
      kernel_shape: each((counts, axis) => counts[axis.kernel]),
      strides: each((counts, axis) => counts[axis.stride]),
      dilations: dilationsOf(operation, axes),
      pads: [
        ...each((counts, axis) => counts[axis.before]),
        ...each((counts, axis) => Math.max(0, beyond(counts, axis))),
      ],
      output_padding: each((counts, axis) => Math.max(0, -beyond(counts, axis))),
    };
    const kernel = graph.weight(w, [["transpose", kernelOrder(w.shape.length)]]);
    const inputs = [graph.first(x), kernel, ...(b ? [graph.weight(b)] : [])];
    graph.define(y, graph.node(operation.owner, "ConvTranspose", inputs, attributes), "first");
  },

  maxPooling2d: pooling("MaxPool"),
  averagePooling2d: pooling("AveragePool"),
  upSampling2d: resizing("nearest"),
  upSamplingBilinear2d: resizing("linear"),

  zeroPadding2d({ values: { x, y }, owner, ...operation }, graph) {
    const layout = graph.layoutOf([x]);
    const isImage = x.shape.length === 4;
    const before = ["top", "left"].map((name) => operation.fixed((counts) => counts[name]));
    const after = [
      operation.fixed((c) => c.outHeight - c.height - c.top),
      operation.fixed((c) => c.outWidth - c.width - c.left),
    ];
    const [start, end] = isImage ? [before, after] : [before.slice(0, 1), after.slice(0, 1)];
    const around = (sizes: number[]) => (layout === "last" ? [0, ...sizes, 0] : [0, 0, ...sizes]);
    const pads = graph.integers([...around(start), ...around(end)]);
    graph.define(y, graph.node(owner, "Pad", [graph.get(x, layout), pads], { mode: "constant" }), layout);
  },
};
