import { ShapeError } from "../../errors";
import { sizeOf, type Shape } from "../../tensor/shape";
import type { Graph, Value } from "../../graph/graph";
import { boolean, integer } from "../../options";
import { dense as denseOp } from "../../ops/dense";
import { type Activation, type ActivationLike, emitActivation, resolveActivation } from "../../activations/activations";
import { type InitializerLike, readInitializer } from "../../initializers/initializer";
import { Layer, type LayerOptions, type WeightSpec } from "../../graph/layer";
import { type Regularizer, type RegularizerLike, resolveRegularizer } from "../../regularizers/regularizers";

/** Options of `dense`. */
export interface DenseOptions extends LayerOptions {
  /** Size of the output's last axis. */
  units: number;
  /** Applied to the output. Default: none. */
  activation?: ActivationLike;
  /** Whether a bias is added. Default true. */
  useBias?: boolean;
  /** Default `"glorotUniform"`. */
  kernelInitializer?: InitializerLike;
  /** Default `"zeros"`. */
  biasInitializer?: InitializerLike;
  /** Default: none. */
  kernelRegularizer?: RegularizerLike;
  /** Default: none. */
  biasRegularizer?: RegularizerLike;
}

class Dense extends Layer {
  readonly units: number;
  readonly activation: Activation;
  readonly useBias: boolean;
  readonly #kernelInitializer: InitializerLike;
  readonly #biasInitializer: InitializerLike;
  readonly #kernelRegularizer?: Regularizer;
  readonly #biasRegularizer?: Regularizer;

  constructor(options: DenseOptions) {
    super("dense", options, [
      "units",
      "activation",
      "useBias",
      "kernelInitializer",
      "biasInitializer",
      "kernelRegularizer",
      "biasRegularizer",
    ]);
    const { name } = this;
    this.units = integer(name, "units", options?.units);
    this.activation = resolveActivation(options.activation, name);
    this.useBias = boolean(name, "useBias", options.useBias ?? true);
    this.#kernelInitializer = readInitializer(options.kernelInitializer ?? "glorotUniform", name);
    this.#biasInitializer = readInitializer(options.biasInitializer ?? "zeros", name);
    this.#kernelRegularizer = resolveRegularizer(options.kernelRegularizer, name);
    this.#biasRegularizer = resolveRegularizer(options.biasRegularizer, name);
  }

  outputShape(...inputs: Shape[]): Shape {
    const shape = this.single(inputs);
    if (shape.length === 0) {
      throw new ShapeError(`${this.name}: expects input of rank 2 or more [batch, …, features], got [batch].`);
    }
    return [...shape.slice(0, -1), this.units];
  }

  override weights(...inputs: Shape[]): WeightSpec[] {
    const features = this.single(inputs).at(-1)!;
    const kernel = {
      name: "kernel",
      shape: [features, this.units],
      initializer: this.#kernelInitializer,
      regularizer: this.#kernelRegularizer,
    };
    const bias = {
      name: "bias",
      shape: [this.units],
      initializer: this.#biasInitializer,
      regularizer: this.#biasRegularizer,
    };
    return this.useBias ? [kernel, bias] : [kernel];
  }

  emit(graph: Graph, [x]: Value[], [w, b]: Value[]): Value {
    const features = x.shape.at(-1)!;
    const counts = { rows: sizeOf(x.shape) / features, inputs: features, units: this.units };
    const shape = [...x.shape.slice(0, -1), this.units];
    const values: Record<string, Value> = b ? { x, w, b } : { x, w };
    const y = graph.emit(denseOp, this.name, values, shape, { counts });
    return emitActivation(graph, this.activation, y, this.name);
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
