import type { Stepping } from "../../graph/steps";
import { sizeOf, type Shape } from "../../tensor/shape";
import type { Graph, Value } from "../../graph/graph";
import { notNegative, type OptionsOf, readSettings, seed, type SettingsOf } from "../../optionTable";
import { gaussianNoise as gaussianNoiseOp } from "../../ops/gaussianNoise";
import { Layer, type LayerOptions, type OutputMask, passMask } from "../../graph/layer";
import type { LayerCall } from "../../graph/node";

/** How options of `gaussianNoise` are read. */
const gaussianNoiseOptions = {
  /** Standard deviation of the noise, at least 0. */
  stddev: notNegative,
  /** By default the model's seed. */
  seed: [seed, undefined],
} as const;

/** Options of `gaussianNoise`. */
export interface GaussianNoiseOptions extends LayerOptions, OptionsOf<typeof gaussianNoiseOptions> {}

class GaussianNoise extends Layer {
  readonly #settings: SettingsOf<typeof gaussianNoiseOptions>;

  constructor(options: GaussianNoiseOptions) {
    super("gaussianNoise", options, Object.keys(gaussianNoiseOptions));
    this.#settings = readSettings(this.name, this.options, gaussianNoiseOptions);
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
    const { stddev, seed = graph.seed } = this.#settings;
    const stream = graph.nextStream();
    if (!graph.training || stddev === 0) return x;
    const counts = { count: sizeOf(x.shape), seed: seed | 0, stream };
    return graph.emit(gaussianNoiseOp, this.name, { x }, x.shape, { counts, numbers: { stddev } });
  }
}

/**
 * Adds normal noise of mean 0 to every element in training. Does nothing in evaluation and prediction. The noise depends on
 * seed, layer, step and element only.
 */
export function gaussianNoise(options: GaussianNoiseOptions): Layer {
  return new GaussianNoise(options);
}
