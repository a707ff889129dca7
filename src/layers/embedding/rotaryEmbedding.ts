import { ShapeError } from "../../errors";
import type { Graph, Value } from "../../graph/graph";
import { Layer, type LayerOptions, type OutputMask, passMask } from "../../graph/layer";
import type { LayerCall } from "../../graph/node";
import type { Stepping } from "../../graph/steps";
import { readSettings } from "../../optionTable";
import { type Shape, showShape, sizeOf } from "../../tensor/shape";
import { checkPairs, emitRotary, type RotaryOptions, rotaryOptions, type RotarySettings } from "../attention/rotary";

/** Options of `rotaryEmbedding`. */
export interface RotaryEmbeddingOptions extends LayerOptions, RotaryOptions {}

class RotaryEmbedding extends Layer {
  readonly #settings: RotarySettings;

  constructor(options: RotaryEmbeddingOptions) {
    super("rotaryEmbedding", options, Object.keys(rotaryOptions));
    this.#settings = readSettings(this.name, this.options, rotaryOptions);
  }

  outputShape(...inputs: Shape[]): Shape {
    const shape = this.single(inputs);
    if (shape.length < 2) {
      throw new ShapeError(`${this.name}: expects [batch, time, …, features], got ${showShape(shape, true)}.`);
    }
    checkPairs(this.name, "the last size", shape[shape.length - 1]);
    return shape;
  }

  protected override outputMask(call: LayerCall): OutputMask {
    return passMask(call);
  }

  override stepping(): Stepping {
    return (graph, [x], _, __, past) =>
      emitRotary(graph, this.name, x, sizeOf(x.shape.slice(2, -1)), this.#settings, past.room(this.name));
  }

  emit(graph: Graph, [x]: Value[]): Value {
    return emitRotary(graph, this.name, x, sizeOf(x.shape.slice(2, -1)), this.#settings);
  }
}

/**
 * Turns pairs of features by angles that grow with their position (Su et al. 2021), so that products of two places depend on how far
 * they are apart: input and output `[batch, time, …, features]`. Feature j of the first half is paired with feature j of the second,
 * as in Keras-hub; its angle is position ÷ scalingFactor ÷ maxWavelength^(2j ÷ features). Nothing is learnt. Masks are passed on.
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function rotaryEmbedding(options: RotaryEmbeddingOptions = {}): Layer {
  return new RotaryEmbedding(options);
}
