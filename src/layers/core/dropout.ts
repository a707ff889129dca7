import { sizeOf, type Shape } from "../../tensor/shape";
import type { Graph, Value } from "../../graph/graph";
import { finiteNumber, integer } from "../../options";
import { dropout as dropoutOp } from "../../ops/dropout";
import { Layer, type LayerOptions } from "../../graph/layer";

/** Options of `dropout`. */
export interface DropoutOptions extends LayerOptions {
  /** Share of elements set to 0 in training, in [0, 1). */
  rate: number;
  /** By default the model's seed. */
  seed?: number;
}

class Dropout extends Layer {
  readonly #rate: number;
  readonly #seed?: number;

  constructor(options: DropoutOptions) {
    super("dropout", options, ["rate", "seed"]);
    this.#rate = finiteNumber(this.name, "rate", options?.rate, { min: 0, below: 1 });
    if (options.seed !== undefined) this.#seed = integer(this.name, "seed", options.seed, { min: 0, max: 2 ** 32 - 1 });
  }

  outputShape(...inputs: Shape[]): Shape {
    return this.single(inputs);
  }

  emit(graph: Graph, [x]: Value[]): Value {
    const stream = graph.nextStream();
    if (!graph.training || this.#rate === 0) return x;
    const counts = { count: sizeOf(x.shape), seed: (this.#seed ?? graph.seed) | 0, stream };
    return graph.emit(dropoutOp, this.name, { x }, x.shape, { counts, numbers: { rate: this.#rate } });
  }
}

/**
 * Sets a random share of elements to 0 in training and scales the rest by `1 / (1 − rate)` (Srivastava et al. 2014).
 * Does nothing in evaluation and prediction. The mask depends on seed, layer, step and element only.
 */
export function dropout(options: DropoutOptions): Layer {
  return new Dropout(options);
}
