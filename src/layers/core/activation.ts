import type { Graph, Value } from "../../graph/graph";
import type { Shape } from "../../tensor/shape";
import { finiteNumber } from "../../options";
import {
  type Activation,
  type ActivationLike,
  activations,
  emitActivation,
  resolveActivation,
} from "../../activations/activations";
import { Layer, type LayerOptions } from "../../graph/layer";

/** Options of `activation`. */
export interface ActivationOptions extends LayerOptions {
  /** A name, or what one of `activations` returns. */
  activation: ActivationLike;
}

/** Options of the layer `leakyRelu`. */
export interface LeakyReluLayerOptions extends LayerOptions {
  /** Slope where x is negative, at least 0. Default 0.3, as in Keras' layer. */
  negativeSlope?: number;
}

/** Options of the layer `elu`. */
export interface EluLayerOptions extends LayerOptions {
  /** Minus the limit for very negative x. Default 1. */
  alpha?: number;
}

class ActivationLayer extends Layer {
  readonly #activation: Activation;

  constructor(kind: string, options: LayerOptions, activation: Activation, known: readonly string[] = []) {
    super(kind, options, known);
    this.#activation = activation;
  }

  outputShape(...inputs: Shape[]): Shape {
    return this.single(inputs);
  }

  emit(graph: Graph, [x]: Value[]): Value {
    return emitActivation(graph, this.#activation, x, this.name);
  }
}

/** Applies an activation: element by element, or along the last axis for softmax. Shape unchanged. */
export function activation(options: ActivationOptions): Layer {
  const resolved = resolveActivation(options?.activation, "activation");
  return new ActivationLayer("activation", options, resolved, ["activation"]);
}

/** `max(x, 0)`. Shape unchanged. */
export function relu(options: LayerOptions = {}): Layer {
  return new ActivationLayer("relu", options, activations.relu());
}

/** `x` where positive, `negativeSlope · x` elsewhere. `negativeSlope` defaults to 0.3, as in Keras' layer. Shape unchanged. */
export function leakyRelu(options: LeakyReluLayerOptions = {}): Layer {
  const negativeSlope = finiteNumber("leakyRelu", "negativeSlope", options.negativeSlope ?? 0.3, { min: 0 });
  return new ActivationLayer("leakyRelu", options, activations.leakyRelu({ negativeSlope }), ["negativeSlope"]);
}

/** `x` where positive, `alpha · (eˣ − 1)` elsewhere. `alpha` defaults to 1. Shape unchanged. */
export function elu(options: EluLayerOptions = {}): Layer {
  const alpha = finiteNumber("elu", "alpha", options.alpha ?? 1);
  return new ActivationLayer("elu", options, activations.elu({ alpha }), ["alpha"]);
}

/** `exp(x) / Σ exp(x)` along the last axis. Shape unchanged. */
export function softmax(options: LayerOptions = {}): Layer {
  return new ActivationLayer("softmax", options, activations.softmax());
}
