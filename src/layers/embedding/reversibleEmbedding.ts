import { ShapeError } from "../../errors";
import { type Dimension, showDimensions } from "../../graph/dimension";
import type { Graph, Value } from "../../graph/graph";
import type { IdLimit } from "../../graph/ids";
import type { Layer, OutputMask } from "../../graph/layer";
import type { CallOptions, LayerCall, Node } from "../../graph/node";
import type { Fitted } from "../../graph/openShapes";
import { matmul } from "../../ops/matmul";
import { boolean, checkOptions } from "../../options";
import { sizeOf } from "../../tensor/shape";
import { Embedding, type EmbeddingOptions } from "./embedding";

/** What `apply` of a reversible embedding takes besides its input. */
export interface ReversibleEmbeddingCall {
  /** From vectors to logits: the products of the input with the vectors of all ids. Default false. */
  readonly reverse?: boolean;
}

/** A layer with a table of vectors that works in both directions. */
export interface ReversibleEmbeddingLayer extends Layer {
  /** @param input ids `[batch, …]`; with `reverse` vectors `[batch, …, outputDim]` */
  apply(input: Node | readonly Node[], call?: ReversibleEmbeddingCall): Node;
}

class ReversibleEmbedding extends Embedding {
  protected override get callOptions(): readonly string[] {
    return ["reverse"];
  }

  override apply(input: Node | readonly Node[], call: ReversibleEmbeddingCall = {}): Node {
    const who = `${this.name}: apply`;
    checkOptions(who, call, this.callOptions);
    const { reverse = false } = call;
    const inputs: readonly Node[] = Array.isArray(input) ? input : [input];
    return this.applyAs(inputs, boolean(who, "reverse", reverse) ? { reverse } : {});
  }

  override idLimit(input: number, options: CallOptions): IdLimit | undefined {
    return options.reverse ? undefined : super.idLimit(input, options);
  }

  override fitNodes(inputs: readonly Node[], { reverse }: CallOptions): Fitted {
    const [{ dimensions }] = inputs;
    const { inputDim, outputDim } = this.settings;
    if (inputs.length !== 1) throw new ShapeError(`${this.name}: expects one input, got ${inputs.length}.`);
    if (reverse && (dimensions.length < 2 || dimensions.at(-1) !== outputDim)) {
      throw new ShapeError(
        `${this.name}: reversed, it expects vectors [batch, …, ${outputDim}], got ${showDimensions(dimensions)}.`,
      );
    }
    const output: Dimension[] = reverse ? [...dimensions.slice(0, -1), inputDim] : [...dimensions, outputDim];
    return { outputs: [output], areSeveral: false, weights: this.weights() };
  }

  protected override usedMasks(inputs: readonly Node[], options: CallOptions): readonly Node[] {
    return options.reverse ? [] : super.usedMasks(inputs, options);
  }

  /** Logits have the places of their vectors. */
  protected override outputMask(call: LayerCall): OutputMask & (Node | undefined) {
    return call.options.reverse ? call.inputs[0].mask : super.outputMask(call);
  }

  override emit(
    graph: Graph,
    [x]: Value[],
    [table]: Value[],
    masks: readonly (Value | undefined)[],
    options: CallOptions,
  ): Value {
    if (!options.reverse) return super.emit(graph, [x], [table], masks, options);
    const [columns, depth] = table.shape;
    const counts = {
      ...{ batch: 1, rows: sizeOf(x.shape) / depth, depth, columns },
      ...{ transposeA: 0, transposeB: 1, sharedA: 0, sharedB: 0 },
    };
    return graph.emit(matmul, this.name, { a: x, b: table }, [...x.shape.slice(0, -1), columns], { counts });
  }
}

/**
 * An embedding whose table gives logits, too (Press & Wolf 2017): `apply(ids)` takes vectors, `apply(h, { reverse: true })` makes
 * `[batch, …, inputDim]` of `[batch, …, outputDim]`, the products with the vectors of all ids. Options and weights are those of
 * `embedding`.
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function reversibleEmbedding(options: EmbeddingOptions): ReversibleEmbeddingLayer {
  return new ReversibleEmbedding("reversibleEmbedding", options);
}
