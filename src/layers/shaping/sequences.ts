import { ShapeError } from "../../errors";
import { BATCH } from "../../graph/dimension";
import type { Graph, Value } from "../../graph/graph";
import { Layer, type LayerOptions } from "../../graph/layer";
import { broadcastTo, expandDims, newSizes, slice } from "../../nodes/axes";
import { upSampling2d } from "../../ops/upSampling2d";
import { zeroPadding2d } from "../../ops/zeroPadding2d";
import { checkSize, type Option, type OptionsOf, readSettings, size } from "../../optionTable";
import { type Shape, showShape } from "../../tensor/shape";
import { type Ends, readEnds } from "../convolution/window";
import { emitFunction } from "../masks";

/** Layers that make sequences of vectors, or longer and shorter ones of sequences. */

/** Steps before the first and behind the last. */
const ends: Option<number | Ends, Ends> = (given, who, option) => {
  if (Array.isArray(given)) return readEnds(who, option, given);
  const both = checkSize(who, option, given, 0);
  return [both, both];
};

/** How options of `repeatVector` are read. */
const repeatVectorOptions = {
  /** How often. */
  n: size,
} as const;

/** How options of `cropping1d` are read. */
const cropping1dOptions = {
  /** Steps that are left out at the beginning and at the end, one number for both or [beginning, end]. Default 1. */
  cropping: [ends, 1],
} as const;

/** How options of `zeroPadding1d` are read. */
const zeroPadding1dOptions = {
  /** Steps of zeros before the first and behind the last, one number for both or [before, behind]. Default 1. */
  padding: [ends, 1],
} as const;

/** How options of `upSampling1d` are read. */
const upSampling1dOptions = {
  /** How often every step comes. Default 2. */
  size: [size, 2],
} as const;

/** Options of `repeatVector`. */
export interface RepeatVectorOptions extends LayerOptions, OptionsOf<typeof repeatVectorOptions> {}

/** Options of `cropping1d`. */
export interface Cropping1dOptions extends LayerOptions, OptionsOf<typeof cropping1dOptions> {}

/** Options of `zeroPadding1d`. */
export interface ZeroPadding1dOptions extends LayerOptions, OptionsOf<typeof zeroPadding1dOptions> {}

/** Options of `upSampling1d`. */
export interface UpSampling1dOptions extends LayerOptions, OptionsOf<typeof upSampling1dOptions> {}

/** Checks that an input is one of sequences. */
function readSequence(who: string, shape: Shape): { time: number; features: number } {
  if (shape.length !== 2) {
    throw new ShapeError(`${who}: expects [batch, time, features], got ${showShape(shape, true)}.`);
  }
  return { time: shape[0], features: shape[1] };
}

class RepeatVector extends Layer {
  readonly #n: number;

  constructor(options: RepeatVectorOptions) {
    super("repeatVector", options, Object.keys(repeatVectorOptions));
    this.#n = readSettings(this.name, this.options, repeatVectorOptions).n;
  }

  outputShape(...inputs: Shape[]): Shape {
    const shape = this.single(inputs);
    if (shape.length === 1) return [this.#n, shape[0]];
    throw new ShapeError(`${this.name}: expects [batch, features], got ${showShape(shape, true)}.`);
  }

  emit(graph: Graph, [x]: Value[]): Value {
    const sizes = newSizes([BATCH, this.#n, x.shape[1]]);
    return emitFunction(graph, this.name, [x], [], (node) => broadcastTo(expandDims(node, 1), sizes))[0];
  }
}

class Cropping1d extends Layer {
  readonly #cropping: readonly [number, number];

  constructor(options: Cropping1dOptions) {
    super("cropping1d", options, Object.keys(cropping1dOptions));
    this.#cropping = readSettings(this.name, this.options, cropping1dOptions).cropping;
  }

  outputShape(...inputs: Shape[]): Shape {
    const { time, features } = readSequence(this.name, this.single(inputs));
    const [before, behind] = this.#cropping;
    const left = time - before - behind;
    if (left >= 1) return [left, features];
    throw new ShapeError(`${this.name}: nothing would be left of ${time} steps without ${before} and ${behind}.`);
  }

  emit(graph: Graph, [x]: Value[]): Value {
    const [left] = this.outputShape(x.shape.slice(1));
    return emitFunction(graph, this.name, [x], [], (node) =>
      slice(node, [0, this.#cropping[0], 0], [null, left, null]),
    )[0];
  }
}

class ZeroPadding1d extends Layer {
  readonly #padding: readonly [number, number];

  constructor(options: ZeroPadding1dOptions) {
    super("zeroPadding1d", options, Object.keys(zeroPadding1dOptions));
    this.#padding = readSettings(this.name, this.options, zeroPadding1dOptions).padding;
  }

  outputShape(...inputs: Shape[]): Shape {
    const { time, features } = readSequence(this.name, this.single(inputs));
    return [this.#padding[0] + time + this.#padding[1], features];
  }

  /** A sequence is an image of one column. */
  emit(graph: Graph, [x]: Value[]): Value {
    const [batch, height, channels] = x.shape;
    const [outHeight] = this.outputShape([height, channels]);
    const counts = { batch, height, width: 1, channels, outHeight, outWidth: 1, top: this.#padding[0], left: 0 };
    return graph.emit(zeroPadding2d, this.name, { x }, [batch, outHeight, channels], { counts });
  }
}

class UpSampling1d extends Layer {
  readonly #size: number;

  constructor(options: UpSampling1dOptions) {
    super("upSampling1d", options, Object.keys(upSampling1dOptions));
    this.#size = readSettings(this.name, this.options, upSampling1dOptions).size;
  }

  outputShape(...inputs: Shape[]): Shape {
    const { time, features } = readSequence(this.name, this.single(inputs));
    return [time * this.#size, features];
  }

  /** A sequence is an image of one column. */
  emit(graph: Graph, [x]: Value[]): Value {
    const [batch, height, channels] = x.shape;
    const counts = { batch, height, width: 1, channels, sizeY: this.#size, sizeX: 1 };
    const shape = [batch, height * this.#size, channels];
    return graph.emit(upSampling2d, this.name, { x }, shape, { counts });
  }
}

/** A vector as a sequence of n times itself: input `[batch, features]`, output `[batch, n, features]`. */
export function repeatVector(options: RepeatVectorOptions): Layer {
  return new RepeatVector(options);
}

/** Sequences without their ends: input `[batch, time, features]`, output `[batch, time − cropping, features]`. */
export function cropping1d(options: Cropping1dOptions = {}): Layer {
  return new Cropping1d(options);
}

/** Zeros at the ends of sequences: input `[batch, time, features]`, output `[batch, time + padding, features]`. */
export function zeroPadding1d(options: ZeroPadding1dOptions = {}): Layer {
  return new ZeroPadding1d(options);
}

/** Every step of sequences several times: input `[batch, time, features]`, output `[batch, time · size, features]`. */
export function upSampling1d(options: UpSampling1dOptions = {}): Layer {
  return new UpSampling1d(options);
}
