import type { Stepping } from "../../graph/steps";
import type { Graph, Value } from "../../graph/graph";
import type { Shape } from "../../tensor/shape";
import { type Activation, type ActivationLike, activations, emitActivation } from "../../activations/activations";
import { Layer, type LayerOptions, type OutputMask, passMask } from "../../graph/layer";
import type { LayerCall } from "../../graph/node";
import {
  notNegative,
  type Option,
  type OptionsOf,
  type OptionTable,
  readSettings,
  type SettingsOf,
} from "../../optionTable";
import { activation as anyActivation } from "../options";

const given: Option<Exclude<ActivationLike, undefined>, Activation> = anyActivation;

/** How options of `activation` are read. */
const activationOptions = {
  /** A name, or what one of `activations` returns. */
  activation: given,
} as const;

/** Options of `activation`. */
export interface ActivationOptions extends LayerOptions, OptionsOf<typeof activationOptions> {}

/** How options of the layer `leakyRelu` are read. */
const leakyReluOptions = {
  /** Slope where x is negative, at least 0. Default 0.3, as in Keras' layer. */
  negativeSlope: [notNegative, 0.3],
} as const;

/** Options of the layer `leakyRelu`. */
export interface LeakyReluLayerOptions extends LayerOptions, OptionsOf<typeof leakyReluOptions> {}

/** How options of the layer `elu` are read. */
const eluOptions = {
  /** Minus the limit for very negative x, at least 0. Default 1. */
  alpha: [notNegative, 1],
} as const;

/** Options of the layer `elu`. */
export interface EluLayerOptions extends LayerOptions, OptionsOf<typeof eluOptions> {}

/** A layer that is nothing but an activation, which is made of what its options came to. */
class ActivationLayer<Table extends OptionTable> extends Layer {
  readonly #activation: Activation;

  constructor(kind: string, options: LayerOptions, table: Table, make: (settings: SettingsOf<Table>) => Activation) {
    super(kind, options, Object.keys(table));
    this.#activation = make(readSettings(this.name, this.options, table));
  }

  override stepping({ inputs: [x] }: LayerCall): Stepping {
    // Those over the last axis would go over time where it is that.
    return x.dimensions.length > 2 ? "each" : undefined;
  }

  outputShape(...inputs: Shape[]): Shape {
    return this.single(inputs);
  }

  protected override outputMask(call: LayerCall): OutputMask {
    return passMask(call);
  }

  emit(graph: Graph, [x]: Value[]): Value {
    return emitActivation(graph, this.#activation, x, this.name);
  }
}

/** Applies an activation: element by element, or along the last axis for softmax. Shape unchanged. */
export function activation(options: ActivationOptions): Layer {
  return new ActivationLayer("activation", options, activationOptions, (settings) => settings.activation);
}

/** `max(x, 0)`. Shape unchanged. */
export function relu(options: LayerOptions = {}): Layer {
  return new ActivationLayer("relu", options, {}, () => activations.relu());
}

/** `x` where positive, `negativeSlope · x` elsewhere. `negativeSlope` defaults to 0.3, as in Keras' layer. Shape unchanged. */
export function leakyRelu(options: LeakyReluLayerOptions = {}): Layer {
  return new ActivationLayer("leakyRelu", options, leakyReluOptions, activations.leakyRelu);
}

/** `x` where positive, `alpha · (eˣ − 1)` elsewhere. `alpha` defaults to 1. Shape unchanged. */
export function elu(options: EluLayerOptions = {}): Layer {
  return new ActivationLayer("elu", options, eluOptions, activations.elu);
}

/** `exp(x) / Σ exp(x)` along the last axis. Shape unchanged. */
export function softmax(options: LayerOptions = {}): Layer {
  return new ActivationLayer("softmax", options, {}, () => activations.softmax());
}
