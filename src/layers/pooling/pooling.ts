import { ArgumentError, ShapeError } from "../../errors";
import type { Graph, Value } from "../../graph/graph";
import { showShape, type Shape } from "../../tensor/shape";
import { averagePooling2d as averagePooling2dOp } from "../../ops/averagePooling2d";
import { maxPooling2d as maxPooling2dOp } from "../../ops/maxPooling2d";
import type { Op } from "../../ops/op";
import { show } from "../../options";
import { type Option, type OptionsOf, readSettings, type SettingsOf } from "../../optionTable";
import { Layer, type LayerOptions } from "../../graph/layer";
import { type ImageSize, imageShape, length, lengths, type Padding, type PaddingRule } from "../convolution/window";
import { type Pair, type PairLike, padding, paddingOfSequences } from "../convolution/window";
import { type Places, placesOf, readImage } from "../convolution/window";

/** How options of poolings are read, by their dimensions. */
const poolingOptions = (sizes: Option<PairLike, Pair>, padding: Option<Padding, PaddingRule>) =>
  ({
    /** Pixels of a window, a number or [vertical, horizontal]. Default 2. */
    poolSize: [sizes, 2],
    /** Pixels from one window to the next. Default: `poolSize`. */
    strides: [sizes, undefined],
    /**
     * `"valid"` (default): only whole windows. `"same"`: size / strides of them, rounded up; those at the border are smaller. Or how
     * far windows reach beyond the border, `[[top, bottom], [left, right]]`, over sequences `[before, behind]`: less than a window.
     */
    padding: [padding, "valid"],
  }) as const;

/** What `poolingOptions` gives. */
type Table = ReturnType<typeof poolingOptions>;

/** Options of poolings. */
export interface PoolingOptions extends LayerOptions, OptionsOf<Table> {}

/** In one dimension images are one pixel high. */
class Pooling extends Layer {
  readonly #settings: SettingsOf<Table>;

  constructor(
    kind: string,
    options: PoolingOptions,
    readonly op: Op,
    readonly dimensions: 1 | 2,
  ) {
    const table = dimensions === 1 ? poolingOptions(length, paddingOfSequences) : poolingOptions(lengths, padding);
    super(kind, options, Object.keys(table));
    this.#settings = readSettings(this.name, this.options, table);
    const { poolSize, padding: sides } = this.#settings;
    if (typeof sides === "string") return;
    // A window of nothing but padding has neither a largest number nor a mean.
    if (sides.every((ends, axis) => ends.every((pixels) => pixels < poolSize[axis]))) return;
    throw new ArgumentError(
      `${this.name}: padding must be smaller than poolSize (${poolSize.slice(2 - dimensions).join(" × ")}), ` +
        `got ${show(options.padding)}.`,
    );
  }

  get #strides(): Pair {
    return this.#settings.strides ?? this.#settings.poolSize;
  }

  #places({ height, width }: ImageSize, shape: Shape): [down: Places, across: Places] {
    const { poolSize, padding } = this.#settings;
    const along = (size: number, axis: 0 | 1) => placesOf(size, poolSize[axis], this.#strides[axis], padding, axis);
    const down = along(height, 0);
    const across = along(width, 1);
    if (down.count && across.count) return [down, across];
    const sizes = poolSize.slice(2 - this.dimensions).join(" × ");
    throw new ShapeError(
      `${this.name}: a window of ${sizes} does not fit into ${showShape(shape, true)}. ` +
        `Use padding: "same" or a smaller poolSize.`,
    );
  }

  outputShape(...inputs: Shape[]): Shape {
    const shape = this.single(inputs);
    const image = readImage(this.name, shape, this.dimensions);
    const [{ count: height }, { count: width }] = this.#places(image, shape);
    return imageShape({ ...image, height, width }, this.dimensions);
  }

  emit(graph: Graph, [x]: Value[]): Value {
    const [batch, ...sample] = x.shape;
    const image = readImage(this.name, sample, this.dimensions);
    const [{ count: outHeight, before: padTop }, { count: outWidth, before: padLeft }] = this.#places(image, sample);
    const [poolHeight, poolWidth] = this.#settings.poolSize;
    const [strideY, strideX] = this.#strides;
    const sizes = { ...image, batch, outHeight, outWidth, poolHeight, poolWidth };
    const counts = { ...sizes, strideY, strideX, padTop, padLeft };
    return graph.emit(this.op, this.name, { x }, [batch, ...this.outputShape(sample)], { counts });
  }
}

/**
 * The largest number of each window, channel by channel. Padding is never the largest. Among equals the first one
 * gets the gradient.
 *
 * Input `[batch, height, width, channels]`, output `[batch, outHeight, outWidth, channels]`.
 */
export function maxPooling2d(options: PoolingOptions = {}): Layer {
  return new Pooling("maxPooling2d", options, maxPooling2dOp, 2);
}

/**
 * The mean of each window, channel by channel. Padding is not counted, as in Keras. PyTorch counts it by
 * default.
 *
 * Input `[batch, height, width, channels]`, output `[batch, outHeight, outWidth, channels]`.
 */
export function averagePooling2d(options: PoolingOptions = {}): Layer {
  return new Pooling("averagePooling2d", options, averagePooling2dOp, 2);
}

/** `maxPooling2d` over sequences: input `[batch, length, channels]`, output `[batch, outLength, channels]`. */
export function maxPooling1d(options: PoolingOptions = {}): Layer {
  return new Pooling("maxPooling1d", options, maxPooling2dOp, 1);
}

/** `averagePooling2d` over sequences: input `[batch, length, channels]`, output `[batch, outLength, channels]`. */
export function averagePooling1d(options: PoolingOptions = {}): Layer {
  return new Pooling("averagePooling1d", options, averagePooling2dOp, 1);
}
