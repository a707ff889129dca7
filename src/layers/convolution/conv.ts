import type { Stepping } from "../../graph/steps";
import { ArgumentError, ShapeError } from "../../errors";
import type { Graph, Value } from "../../graph/graph";
import { showShape, type Shape } from "../../tensor/shape";
import { conv2d as conv2dOp } from "../../ops/conv2d";
import { concatenate as concatenateOp } from "../../ops/concatenate";
import { blocksOf } from "../../ops/convolution";
import { permute, sliceCounts } from "../../ops/permute";
import { type OptionsOf, readSettings, size } from "../../optionTable";
import { FiltersConvolution, type FiltersOptions } from "./convolution";
import type { Layer, WeightSpec } from "../../graph/layer";
import { causalPadding, imageShape, type Places } from "./window";

/** How options of `conv2d` are read. */
const groupsOptions = {
  /** Splits channels and filters into as many parts, each of which sees only its own. Default 1. */
  groups: [size, 1],
} as const;

/** Options of `conv2d`. */
export interface Conv2dOptions extends FiltersOptions, OptionsOf<typeof groupsOptions> {}

/** How options of `conv1d` are read. */
const pastOptions = {
  /**
   * `"valid"` (default), `"same"`, or `"causal"`: all padding before the sequence, so that no output sees its future. Or the zeros
   * before it and behind it, `[before, behind]`.
   */
  padding: [causalPadding, "valid"],
} as const;

/** Options of `conv1d`. */
export interface Conv1dOptions extends Omit<Conv2dOptions, "padding">, OptionsOf<typeof pastOptions> {}

/** In one dimension images are one pixel high. */
class Conv extends FiltersConvolution {
  readonly groups: number;

  constructor(kind: string, options: Conv1dOptions, dimensions: 1 | 2) {
    super(kind, options, groupsOptions, dimensions, dimensions === 1 ? causalPadding : undefined);
    this.groups = readSettings(this.name, this.options, groupsOptions).groups;
    if (this.filters % this.groups === 0) return;
    throw new ArgumentError(
      `${this.name}: filters must be a multiple of groups (${this.groups}), got ${this.filters}.`,
    );
  }

  outputShape(...inputs: Shape[]): Shape {
    const shape = this.single(inputs);
    const image = this.image(shape);
    if (image.channels % this.groups !== 0) {
      throw new ShapeError(
        `${this.name}: the ${image.channels} channels of ${showShape(shape, true)} ` +
          `do not split into ${this.groups} groups of equal size.`,
      );
    }
    const [{ count: height }, { count: width }] = this.places(image, shape);
    return imageShape({ height, width, channels: this.filters }, this.dimensions);
  }

  override weights(...inputs: Shape[]): WeightSpec[] {
    const { channels } = this.image(this.single(inputs));
    return [this.kernelSpec(channels / this.groups, this.filters), ...this.biasSpecs(this.filters)];
  }

  /** The past that a window sees lasts; strides would leave out steps. */
  override stepping(): Stepping {
    const { padding, strides } = this.settings;
    if (this.dimensions !== 1 || padding !== "causal" || strides[1] !== 1) return undefined;
    return (graph, [x], weights, _, past) => {
      const before = this.span[1] - 1;
      if (before === 0) return this.emit(graph, [x], weights);
      const [batch, , channels] = x.shape;
      const seen = past.state(this.name, [batch, before, channels]);
      const counts = { rows: batch, columnsOfA: before * channels, columnsOfB: channels };
      const window = graph.emit(concatenateOp, this.name, { a: seen, b: x }, [batch, before + 1, channels], { counts });
      const later = sliceCounts(
        window.shape,
        [batch, before, channels].map((size, axis) => ({ start: axis === 1 ? 1 : 0, size, step: 1 })),
      );
      past.keep(seen, graph.emit(permute, this.name, { x: window }, seen.shape, { counts: later }));
      return this.#emitAt(graph, window, weights, [
        { count: 1, before: 0 },
        { count: 1, before: 0 },
      ]);
    };
  }

  emit(graph: Graph, [x]: Value[], weights: Value[]): Value {
    const sample = x.shape.slice(1);
    return this.#emitAt(graph, x, weights, this.places(this.image(sample), sample));
  }

  /** @param places where windows stand, down and across */
  #emitAt(graph: Graph, x: Value, [w, b]: Value[], places: readonly [down: Places, across: Places]): Value {
    const [batch, ...sample] = x.shape;
    const image = this.image(sample);
    const [{ count: outHeight, before: padTop }, { count: outWidth, before: padLeft }] = places;
    const { filters, groups } = this;
    const sizes = { ...image, ...this.steps, batch, outHeight, outWidth, padTop, padLeft, filters, groups };
    const counts = { ...sizes, ...blocksOf(sizes) };
    const values: Record<string, Value> = b ? { x, w, b } : { x, w };
    const y = graph.emit(
      conv2dOp,
      this.name,
      values,
      [batch, ...imageShape({ height: outHeight, width: outWidth, channels: filters }, this.dimensions)],
      { counts },
    );
    return this.activate(graph, y);
  }
}

/**
 * A convolution over images: `activation(patches · kernel + bias)` at every window.
 *
 * Input `[batch, height, width, channels]`, output `[batch, outHeight, outWidth, filters]`. Weights: `kernel`
 * `[kernelHeight, kernelWidth, channels / groups, filters]`, `bias` `[filters]`. When padding
 * `"same"` takes an odd number of pixels, the side behind gets one more than the side before, as in Keras on TensorFlow. PyTorch
 * pads both sides with the same number.
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function conv2d(options: Conv2dOptions): Layer {
  return new Conv("conv2d", options, 2);
}

/**
 * A convolution over sequences.
 *
 * Input `[batch, length, channels]`, output `[batch, outLength, filters]`. Weights: `kernel`
 * `[kernelLength, channels / groups, filters]`, `bias` `[filters]`.
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function conv1d(options: Conv1dOptions): Layer {
  return new Conv("conv1d", options, 1);
}
