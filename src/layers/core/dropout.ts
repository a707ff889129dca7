import type { Stepping } from "../../graph/steps";
import { sizeOf, type Shape } from "../../tensor/shape";
import type { Graph, Value } from "../../graph/graph";
import { finiteNumber } from "../../options";
import { type Option, type OptionsOf, readSettings, seed, type SettingsOf } from "../../optionTable";
import { dropout as dropoutOp } from "../../ops/dropout";
import { Layer, type LayerOptions, type OutputMask, passMask } from "../../graph/layer";
import type { LayerCall } from "../../graph/node";

const rate: Option<number> = (given, who, option) => finiteNumber(who, option, given, { min: 0, below: 1 });

/** How options of `dropout` are read. */
const dropoutOptions = {
  /** Share of elements set to 0 in training, in [0, 1). */
  rate,
  /** By default the model's seed. */
  seed: [seed, undefined],
} as const;

/** Options of `dropout`. */
export interface DropoutOptions extends LayerOptions, OptionsOf<typeof dropoutOptions> {}

class Dropout extends Layer {
  readonly #settings: SettingsOf<typeof dropoutOptions>;

  constructor(options: DropoutOptions) {
    super("dropout", options, Object.keys(dropoutOptions));
    this.#settings = readSettings(this.name, this.options, dropoutOptions);
  }

  override stepping(): Stepping {
    return "each";
  }

  outputShape(...inputs: Shape[]): Shape {
    return this.single(inputs);
  }

  protected override outputMask(call: LayerCall): OutputMask {
    return passMask(call);
  }

  emit(graph: Graph, [x]: Value[]): Value {
    const { rate, seed = graph.seed } = this.#settings;
    const stream = graph.nextStream();
    if (!graph.training || rate === 0) return x;
    const counts = { count: sizeOf(x.shape), seed: seed | 0, stream };
    return graph.emit(dropoutOp, this.name, { x }, x.shape, { counts, numbers: { rate } });
  }
}

/**
 * Sets a random share of elements to 0 in training and scales the rest by `1 / (1 − rate)` (Srivastava et al. 2014).
 * Does nothing in evaluation and prediction. The mask depends on seed, layer, step and element only.
 */
export function dropout(options: DropoutOptions): Layer {
  return new Dropout(options);
}
