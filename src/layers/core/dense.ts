import type { Stepping } from "../../graph/steps";
import { ShapeError } from "../../errors";
import { sizeOf, type Shape } from "../../tensor/shape";
import type { Graph, Value } from "../../graph/graph";
import { flag, type OptionsOf, readSettings, type SettingsOf, size } from "../../optionTable";
import { dense as denseOp } from "../../ops/dense";
import { emitActivation } from "../../activations/activations";
import { Layer, type LayerOptions, type OutputMask, passMask, type WeightSpec } from "../../graph/layer";
import type { LayerCall } from "../../graph/node";
import { activation, initializer, regularizer, weightSpec } from "../options";

/** How options of `dense` are read. */
const denseOptions = {
  /** Size of the output's last axis. */
  units: size,
  /** Applied to the output. Default: none. */
  activation,
  /** Whether a bias is added. Default true. */
  useBias: [flag, true],
  /** Default `"glorotUniform"`. */
  kernelInitializer: [initializer, "glorotUniform"],
  /** Default `"zeros"`. */
  biasInitializer: [initializer, "zeros"],
  /** Default: none. */
  kernelRegularizer: regularizer,
  /** Default: none. */
  biasRegularizer: regularizer,
} as const;

/** Options of `dense`. */
export interface DenseOptions extends LayerOptions, OptionsOf<typeof denseOptions> {}

class Dense extends Layer {
  readonly #settings: SettingsOf<typeof denseOptions>;

  constructor(options: DenseOptions) {
    super("dense", options, Object.keys(denseOptions));
    this.#settings = readSettings(this.name, this.options, denseOptions);
  }

  override stepping(): Stepping {
    return "each";
  }

  outputShape(...inputs: Shape[]): Shape {
    const shape = this.single(inputs);
    if (shape.length === 0) {
      throw new ShapeError(`${this.name}: expects input of rank 2 or more [batch, …, features], got [batch].`);
    }
    return [...shape.slice(0, -1), this.#settings.units];
  }

  override weights(...inputs: Shape[]): WeightSpec[] {
    const features = this.single(inputs).at(-1)!;
    const { units, useBias } = this.#settings;
    const kernel = weightSpec("kernel", [features, units], this.#settings);
    return useBias ? [kernel, weightSpec("bias", [units], this.#settings)] : [kernel];
  }

  protected override outputMask(call: LayerCall): OutputMask {
    return passMask(call);
  }

  emit(graph: Graph, [x]: Value[], [w, b]: Value[]): Value {
    const { units, activation } = this.#settings;
    const features = x.shape.at(-1)!;
    const counts = { rows: sizeOf(x.shape) / features, inputs: features, units };
    const shape = [...x.shape.slice(0, -1), units];
    const values: Record<string, Value> = b ? { x, w, b } : { x, w };
    const y = graph.emit(denseOp, this.name, values, shape, { counts });
    return emitActivation(graph, activation, y, this.name);
  }
}

/**
 * A fully connected layer: `activation(x · kernel + bias)` over the last axis of an input of any rank.
 *
 * Input `[batch, …, features]`, output `[batch, …, units]`. Weights: `kernel` `[features, units]`, `bias` `[units]`.
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function dense(options: DenseOptions): Layer {
  return new Dense(options);
}
