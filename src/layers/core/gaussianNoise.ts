import { sizeOf, type Shape } from "../../tensor/shape";
import type { Graph, Value } from "../../graph/graph";
import { finiteNumber, integer } from "../../options";
import { gaussianNoise as gaussianNoiseOp } from "../../ops/gaussianNoise";
import { Layer, type LayerOptions } from "../../graph/layer";

/** Options of `gaussianNoise`. */
export interface GaussianNoiseOptions extends LayerOptions {
  /** Standard deviation of the noise, at least 0. */
  stddev: number;
  /** By default the model's seed. */
  seed?: number;
}

class GaussianNoise extends Layer {
  readonly #stddev: number;
  readonly #seed?: number;

  constructor(options: GaussianNoiseOptions) {
    super("gaussianNoise", options, ["stddev", "seed"]);
    this.#stddev = finiteNumber(this.name, "stddev", options?.stddev, { min: 0 });
    if (options.seed !== undefined) this.#seed = integer(this.name, "seed", options.seed, { min: 0, max: 2 ** 32 - 1 });
  }

  outputShape(...inputs: Shape[]): Shape {
    return this.single(inputs);
  }

  emit(graph: Graph, [x]: Value[]): Value {
    const stream = graph.nextStream();
    if (!graph.training || this.#stddev === 0) return x;
    const counts = { count: sizeOf(x.shape), seed: (this.#seed ?? graph.seed) | 0, stream };
    return graph.emit(gaussianNoiseOp, this.name, { x }, x.shape, { counts, numbers: { stddev: this.#stddev } });
  }
}

/**
 * Adds normal noise of mean 0 to every element in training. Does nothing in evaluation and prediction. The noise depends on
 * seed, layer, step and element only.
 */
export function gaussianNoise(options: GaussianNoiseOptions): Layer {
  return new GaussianNoise(options);
}
