import type { Stepping } from "../../graph/steps";
import type { Graph, Value } from "../../graph/graph";
import { Layer, type LayerOptions, type WeightSpec } from "../../graph/layer";
import type { CallOptions, LayerCall, Node } from "../../graph/node";
import type { IdLimit } from "../../graph/ids";
import { notEqual } from "../../nodes/elementwise";
import { flag, type OptionsOf, readSettings, type SettingsOf, size } from "../../optionTable";
import type { Shape } from "../../tensor/shape";
import { initializer, regularizer, weightSpec } from "../options";
import { emitRows } from "./emitRows";

/** How options of layers with a table of vectors are read. */
export const embeddingOptions = {
  /** How many ids there are: 0 … inputDim − 1. */
  inputDim: size,
  /** Numbers of a vector. */
  outputDim: size,
  /** Whether id 0 is padding: the output has a mask that says so. Default false. */
  maskZero: [flag, false],
  /** Default `"randomUniform"`, between −0.05 and 0.05. */
  embeddingsInitializer: [initializer, "randomUniform"],
  /** Default: none. */
  embeddingsRegularizer: regularizer,
} as const;

/** Options of `embedding`. */
export interface EmbeddingOptions extends LayerOptions, OptionsOf<typeof embeddingOptions> {}

/** A table of vectors, taken by ids. */
export class Embedding extends Layer {
  protected readonly settings: SettingsOf<typeof embeddingOptions>;

  constructor(kind: string, options: LayerOptions) {
    super(kind, options, Object.keys(embeddingOptions));
    this.settings = readSettings(this.name, this.options, embeddingOptions);
  }

  override get takesWhole(): boolean {
    return true;
  }

  override idLimit(_input: number, _options: CallOptions): IdLimit | undefined {
    return { who: this.name, count: this.settings.inputDim };
  }

  override stepping(): Stepping {
    return "each";
  }

  outputShape(...inputs: Shape[]): Shape {
    return [...this.single(inputs), this.settings.outputDim];
  }

  override weights(): WeightSpec[] {
    const { inputDim, outputDim } = this.settings;
    return [weightSpec("embeddings", [inputDim, outputDim], this.settings)];
  }

  protected override usedMasks([ids]: readonly Node[], _options: CallOptions): readonly Node[] {
    return this.settings.maskZero ? [notEqual(ids, 0)] : [];
  }

  /** That of the ids that are 0; without, as in Keras, none. */
  protected override outputMask({ masks: [mask] }: LayerCall): Node | undefined {
    return mask;
  }

  emit(
    graph: Graph,
    [ids]: Value[],
    [table]: Value[],
    _masks: readonly (Value | undefined)[],
    _options: CallOptions,
  ): Value {
    return emitRows(graph, this.name, table, ids);
  }
}

/**
 * A vector for each id: input `[batch, …]` of whole numbers from 0 to `inputDim − 1`, output `[batch, …, outputDim]`. Weights:
 * `embeddings` `[inputDim, outputDim]`.
 *
 *     const ids = input({ shape: [null], dtype: "int32" });
 *     layers.embedding({ inputDim: 1000, outputDim: 64, maskZero: true }).apply(ids)
 *
 * Data that holds other ids is an error before the first step; ids that `ops` make are not checked, those of no row give NaN. The
 * gradients of an id that occurs often are added up in a fixed order. As in Keras, momentum and Adam move the vectors of absent ids,
 * too. A step of plain `sgd` takes as long as the ids that occur, however many there are: without momentum, weight decay and clipping
 * of norms, where the table has no regularizer and no other user.
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function embedding(options: EmbeddingOptions): Layer {
  return new Embedding("embedding", options);
}
