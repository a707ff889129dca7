import { ArgumentError, ShapeError } from "../../errors";
import { type Dimension, isSame, showDimensions } from "../../graph/dimension";
import type { Graph, Value } from "../../graph/graph";
import { Layer, type LayerOptions, type LayerResult, type OutputMask, type WeightSpec } from "../../graph/layer";
import { type CallOptions, type LayerCall, type Node, shapeOf } from "../../graph/node";
import type { Fitted } from "../../graph/openShapes";
import { multiply } from "../../nodes/elementwise";
import { boolean, checkOptions } from "../../options";
import { flag, type OptionsOf, seed } from "../../optionTable";
import type { Shape } from "../../tensor/shape";
import { emitFunction, maskLike } from "../masks";
import { type AttentionCall, dropRate } from "./call";

/** How options are read that attention without projections has. */
export const pairOptions = {
  /** Whether a query sees only keys at its place and before it. Default false. */
  useCausalMask: [flag, false],
  /** Share of scores that training sets to 0, in [0, 1). Default 0. */
  dropout: [dropRate, 0],
  /** Whether the scores, `[batch, queries, keys]`, are a second output. Default false. */
  returnAttentionScores: [flag, false],
  /** Of dropout. By default the model's seed. */
  seed: [seed, undefined],
} as const;

/** Options that all attention without projections has. */
export interface PairAttentionOptions extends LayerOptions, OptionsOf<typeof pairOptions> {}

/** What attention without projections computes with. */
export interface PairValues {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
  /** Which keys count, [batch, keys]. */
  readonly keyMask: Value | undefined;
  readonly weights: readonly Value[];
  readonly returnsScores: boolean;
}

/** Attention of [query, value] or [query, value, key] as they are. Subclasses say how scores are made. */
export abstract class PairAttention extends Layer<LayerResult> {
  protected abstract readonly returnsScores: boolean;

  constructor(kind: string, options: LayerOptions, known: readonly string[]) {
    super(kind, options, [...Object.keys(pairOptions), ...known]);
  }

  protected abstract attend(graph: Graph, values: PairValues): { y: Value; scores?: Value };

  protected override get callOptions(): readonly string[] {
    return ["returnAttentionScores"];
  }

  override apply(input: Node | readonly Node[], call: Omit<AttentionCall, "attentionMask"> = {}): LayerResult {
    const who = `${this.name}: apply`;
    checkOptions(who, call, this.callOptions);
    const inputs: readonly Node[] = Array.isArray(input) ? input : [input];
    const { returnAttentionScores = this.returnsScores } = call;
    const returns = boolean(who, "returnAttentionScores", returnAttentionScores);
    return this.applyAs(inputs, returns ? { returnAttentionScores } : {});
  }

  override fitNodes(inputs: readonly Node[], options: CallOptions): Fitted {
    const [query, value, key = value] = inputs;
    const got = () => inputs.map((node) => showDimensions(node.dimensions)).join(", ");
    if (inputs.length < 2 || inputs.length > 3 || inputs.some(({ dimensions }) => dimensions.length !== 3)) {
      throw new ShapeError(
        `${this.name}: expects [query, value] or [query, value, key], each [batch, time, features], got ${got()}.`,
      );
    }
    const [batch, queries, features] = query.dimensions;
    const [, keys, valueFeatures] = value.dimensions;
    if (!isSame(keys, key.dimensions[1]) || !isSame(features, key.dimensions[2])) {
      throw new ShapeError(
        `${this.name}: keys must have the features of queries and the length of values, got ${got()}. ` +
          "Bring them to one size by layers.dense.",
      );
    }
    const outputs: Dimension[][] = [[batch, queries, valueFeatures]];
    const areSeveral = options.returnAttentionScores === true;
    if (areSeveral) outputs.push([batch, queries, keys]);
    return { outputs, areSeveral, weights: this.weights(shapeOf(query, 1)) };
  }

  outputShape(query: Shape, value: Shape): Shape {
    return [query[0], value[1]];
  }

  abstract override weights(query: Shape): WeightSpec[];

  /** Those of the query and of the value, as in Keras: what a key has besides does not count. */
  protected override usedMasks(inputs: readonly Node[]): readonly (Node | undefined)[] {
    const masks = inputs.slice(0, 2).map(({ mask }) => mask);
    for (const mask of masks) {
      if (!mask || mask.dimensions.length === 2) continue;
      throw new ArgumentError(
        `${this.name}: expects masks of places [batch, time], got ${showDimensions(mask.dimensions)}.`,
      );
    }
    return masks.some((mask) => mask) ? masks : [];
  }

  protected override outputMask({ inputs: [query] }: LayerCall): OutputMask {
    return query.mask;
  }

  emit(
    graph: Graph,
    [q, v, k = v]: Value[],
    weights: Value[],
    [queryMask, keyMask]: readonly (Value | undefined)[],
    { returnAttentionScores: returnsScores = false }: CallOptions,
  ): readonly Value[] {
    const { y, scores } = this.attend(graph, { q, k, v, keyMask, weights, returnsScores });
    // Places of queries that do not count are 0; their scores stay.
    const zeros = (node: Node, mask: Node) => multiply(node, maskLike(mask, node));
    const output = queryMask ? emitFunction(graph, this.name, [y, queryMask], [], zeros)[0] : y;
    return scores ? [output, scores] : [output];
  }
}
