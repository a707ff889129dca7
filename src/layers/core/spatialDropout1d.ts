import type { Stepping } from "../../graph/steps";
import { ShapeError } from "../../errors";
import type { Graph, Value } from "../../graph/graph";
import { Layer, type LayerOptions, type OutputMask, passMask } from "../../graph/layer";
import type { LayerCall } from "../../graph/node";
import { spatialDropout } from "../../ops/spatialDropout";
import { finiteNumber } from "../../options";
import { type Option, type OptionsOf, readSettings, seed, type SettingsOf } from "../../optionTable";
import { type Shape, showShape } from "../../tensor/shape";

const rate: Option<number> = (given, who, option) => finiteNumber(who, option, given, { min: 0, below: 1 });

/** How options of `spatialDropout1d` are read. */
const spatialDropout1dOptions = {
  /** Share of features set to 0 in training, in [0, 1). */
  rate,
  /** By default the model's seed. */
  seed: [seed, undefined],
} as const;

/** Options of `spatialDropout1d`. */
export interface SpatialDropout1dOptions extends LayerOptions, OptionsOf<typeof spatialDropout1dOptions> {}

class SpatialDropout1d extends Layer {
  readonly #settings: SettingsOf<typeof spatialDropout1dOptions>;

  constructor(options: SpatialDropout1dOptions) {
    super("spatialDropout1d", options, Object.keys(spatialDropout1dOptions));
    this.#settings = readSettings(this.name, this.options, spatialDropout1dOptions);
  }

  override stepping(): Stepping {
    return "each";
  }

  outputShape(...inputs: Shape[]): Shape {
    const shape = this.single(inputs);
    if (shape.length === 2) return shape;
    throw new ShapeError(`${this.name}: expects [batch, time, features], got ${showShape(shape, true)}.`);
  }

  protected override outputMask(call: LayerCall): OutputMask {
    return passMask(call);
  }

  emit(graph: Graph, [x]: Value[]): Value {
    const { rate, seed = graph.seed } = this.#settings;
    const stream = graph.nextStream();
    if (!graph.training || rate === 0) return x;
    const [samples, positions, channels] = x.shape;
    const counts = { samples, positions, channels, seed: seed | 0, stream };
    return graph.emit(spatialDropout, this.name, { x }, x.shape, { counts, numbers: { rate } });
  }
}

/**
 * Dropout of whole features of sequences `[batch, time, features]`: what training sets to 0 of a sample is 0 at all of its steps, the
 * rest is scaled by `1 / (1 − rate)` (Tompson et al. 2015). Does nothing in evaluation and prediction. Shape unchanged.
 */
export function spatialDropout1d(options: SpatialDropout1dOptions): Layer {
  return new SpatialDropout1d(options);
}
