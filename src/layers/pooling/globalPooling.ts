import type { Graph, Value } from "../../graph/graph";
import type { Shape } from "../../tensor/shape";
import { averagePooling2d } from "../../ops/averagePooling2d";
import { maxPooling2d } from "../../ops/maxPooling2d";
import type { Op } from "../../ops/op";
import { flag, type OptionsOf, readSettings } from "../../optionTable";
import { Layer, type LayerOptions } from "../../graph/layer";
import type { Node } from "../../graph/node";
import { divide, maximum, where } from "../../nodes/elementwise";
import { sum } from "../../nodes/reductions";
import { emitFunction, maskLike } from "../masks";
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

  emit(graph: Graph, [x]: Value[], _?: Value[], _masks?: readonly (Value | undefined)[]): Value {
    const [batch, ...sample] = x.shape;
    const image = readImage(this.name, sample, this.dimensions);
    const pool = { poolHeight: image.height, poolWidth: image.width, strideY: 1, strideX: 1, padTop: 0, padLeft: 0 };
    const counts = { ...image, ...pool, batch, outHeight: 1, outWidth: 1 };
    return graph.emit(this.op, this.name, { x }, [batch, ...this.outputShape(sample)], { counts });
  }
}

/** The mean over the valid places of a sequence. */
class SequenceAverage extends GlobalPooling {
  protected override usedMasks([{ mask }]: readonly Node[]): readonly Node[] {
    return mask ? [mask] : [];
  }

  protected override outputMask(): undefined {
    return undefined;
  }

  override emit(graph: Graph, [x]: Value[], _?: Value[], [mask]: readonly (Value | undefined)[] = []): Value {
    if (!mask) return super.emit(graph, [x]);
    const call = (node: Node, places: Node) => {
      const valid = maskLike(places, node);
      // Nothing valid: 0 / 1.
      const count = maximum(sum(valid, { axis: 1, keepDims: true }), 1);
      return divide(sum(where(valid, node, 0), { axis: 1, keepDims: true }), count);
    };
    const [mean] = emitFunction(graph, this.name, [x, mask], [], call);
    const [batch, , channels] = x.shape;
    return graph.view(mean, [batch, ...this.outputShape([1, channels])], this.name);
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

/**
 * The mean of each channel: input `[batch, length, channels]`, output `[batch, channels]`. Of an input with a mask it is the mean over
 * the valid places, 0 where there are none (Keras divides by 0 there).
 */
export function globalAveragePooling1d(options: GlobalPoolingOptions = {}): Layer {
  return new SequenceAverage("globalAveragePooling1d", options, averagePooling2d, 1);
}

/** The largest number of each channel: input `[batch, length, channels]`, output `[batch, channels]`. */
export function globalMaxPooling1d(options: GlobalPoolingOptions = {}): Layer {
  return new GlobalPooling("globalMaxPooling1d", options, maxPooling2d, 1);
}
