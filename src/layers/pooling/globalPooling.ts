import type { Graph, Value } from "../../graph/graph";
import type { Shape } from "../../tensor/shape";
import { averagePooling2d } from "../../ops/averagePooling2d";
import { maxPooling2d } from "../../ops/maxPooling2d";
import type { Op } from "../../ops/op";
import { flag, type OptionsOf, readSettings } from "../../optionTable";
import { Layer, type LayerOptions } from "../../graph/layer";
import { imageShape, readImage } from "../convolution/window";

/** How options of the global poolings are read. */
const globalPoolingOptions = {
  /** Keeps the pooled axes with size 1. Default false. */
  keepdims: [flag, false],
} as const;

/** Options of the global poolings. */
export interface GlobalPoolingOptions extends LayerOptions, OptionsOf<typeof globalPoolingOptions> {}

/** Pooling with one window as large as the image. */
class GlobalPooling extends Layer {
  readonly #keepsAxes: boolean;

  constructor(
    kind: string,
    options: GlobalPoolingOptions,
    readonly op: Op,
    readonly dimensions: 1 | 2,
  ) {
    super(kind, options, Object.keys(globalPoolingOptions));
    this.#keepsAxes = readSettings(this.name, this.options, globalPoolingOptions).keepdims;
  }

  outputShape(...inputs: Shape[]): Shape {
    const { channels } = readImage(this.name, this.single(inputs), this.dimensions);
    return this.#keepsAxes ? imageShape({ height: 1, width: 1, channels }, this.dimensions) : [channels];
  }

  emit(graph: Graph, [x]: Value[]): Value {
    const [batch, ...sample] = x.shape;
    const image = readImage(this.name, sample, this.dimensions);
    const pool = { poolHeight: image.height, poolWidth: image.width, strideY: 1, strideX: 1, padTop: 0, padLeft: 0 };
    const counts = { ...image, ...pool, batch, outHeight: 1, outWidth: 1 };
    return graph.emit(this.op, this.name, { x }, [batch, ...this.outputShape(sample)], { counts });
  }
}

/** The mean of each channel: input `[batch, height, width, channels]`, output `[batch, channels]`. */
export function globalAveragePooling2d(options: GlobalPoolingOptions = {}): Layer {
  return new GlobalPooling("globalAveragePooling2d", options, averagePooling2d, 2);
}

/** The largest number of each channel: input `[batch, height, width, channels]`, output `[batch, channels]`. */
export function globalMaxPooling2d(options: GlobalPoolingOptions = {}): Layer {
  return new GlobalPooling("globalMaxPooling2d", options, maxPooling2d, 2);
}

/** The mean of each channel: input `[batch, length, channels]`, output `[batch, channels]`. */
export function globalAveragePooling1d(options: GlobalPoolingOptions = {}): Layer {
  return new GlobalPooling("globalAveragePooling1d", options, averagePooling2d, 1);
}

/** The largest number of each channel: input `[batch, length, channels]`, output `[batch, channels]`. */
export function globalMaxPooling1d(options: GlobalPoolingOptions = {}): Layer {
  return new GlobalPooling("globalMaxPooling1d", options, maxPooling2d, 1);
}
