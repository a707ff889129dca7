import type { Graph, Value } from "../../graph/graph";
import type { Layer, LayerResult, WeightSpec } from "../../graph/layer";
import type { Node } from "../../graph/node";
import { expandDims } from "../../nodes/axes";
import { add, multiply, tanh, where } from "../../nodes/elementwise";
import { softmax, sum } from "../../nodes/reductions";
import { dropout as dropoutOp } from "../../ops/dropout";
import { matmul } from "../../ops/matmul";
import { flag, type OptionsOf, readSettings, type SettingsOf } from "../../optionTable";
import { type Shape, sizeOf } from "../../tensor/shape";
import { emitFunction } from "../masks";
import type { AttentionLayer, WithScores } from "./call";
import { PairAttention, type PairAttentionOptions, pairOptions, type PairValues } from "./pairAttention";

/** How options of `additiveAttention` are read. */
const additiveOptions = {
  /** Whether the features are weighted by numbers that are learnt. Default true. */
  useScale: [flag, true],
} as const;

/** Options of `additiveAttention`. */
export interface AdditiveAttentionOptions extends PairAttentionOptions, OptionsOf<typeof additiveOptions> {}

/** What scores of keys become that are not seen: e to its power is 0. */
const UNSEEN = -1e30;

class AdditiveAttention extends PairAttention {
  readonly #settings: SettingsOf<typeof additiveOptions & typeof pairOptions>;

  constructor(options: AdditiveAttentionOptions) {
    super("additiveAttention", options, ["useScale"]);
    this.#settings = readSettings(this.name, this.options, { ...additiveOptions, ...pairOptions });
  }

  protected get returnsScores(): boolean {
    return this.#settings.returnAttentionScores;
  }

  weights([, features]: Shape): WeightSpec[] {
    return this.#settings.useScale ? [{ name: "scale", shape: [features], initializer: "glorotUniform" }] : [];
  }

  protected attend(
    graph: Graph,
    { q, k, v, keyMask, weights, returnsScores }: PairValues,
  ): { y: Value; scores?: Value } {
    const [batch, queries] = q.shape;
    const [, keys, features] = v.shape;
    const { useCausalMask, useScale } = this.#settings;
    const causal = useCausalMask ? [causalMask(graph, this.name, queries, keys)] : [];
    const given = [q, k, ...(keyMask ? [keyMask] : [])];
    const call = (query: Node, key: Node, ...others: Node[]) => {
      const ofKeys = keyMask && expandDims(others.shift()!, 1);
      const ofPairs = useCausalMask ? others.shift() : undefined;
      const sums = tanh(add(expandDims(query, 2), expandDims(key, 1)));
      const scores = sum(useScale ? multiply(sums, others[0]) : sums, { axis: -1 });
      const masks = [ofKeys, ofPairs].flatMap((mask) => mask ?? []);
      const seen = masks.reduce<Node>((all, mask) => where(mask, all, UNSEEN), scores);
      return masks.reduce<Node>((all, mask) => multiply(all, mask), softmax(seen, { axis: -1 }));
    };
    const [scores] = emitFunction(graph, this.name, given, [...causal, ...weights], call);
    const a = this.#dropped(graph, scores);
    const counts = {
      ...{ batch, rows: queries, depth: keys, columns: features },
      ...{ transposeA: 0, transposeB: 0, sharedA: 0, sharedB: 0 },
    };
    const y = graph.emit(matmul, this.name, { a, b: v }, [batch, queries, features], { counts });
    return returnsScores ? { y, scores } : { y };
  }

  #dropped(graph: Graph, x: Value): Value {
    const { dropout: rate, seed = graph.seed } = this.#settings;
    const stream = graph.nextStream();
    if (!graph.training || rate === 0) return x;
    const counts = { count: sizeOf(x.shape), seed: seed | 0, stream };
    return graph.emit(dropoutOp, this.name, { x }, x.shape, { counts, numbers: { rate } });
  }
}

/** 1 where key j stands at query i or before it. */
function causalMask(graph: Graph, owner: string, queries: number, keys: number): Value {
  const mask = Float32Array.from({ length: queries * keys }, (_, at) => Number(at % keys <= Math.floor(at / keys)));
  return graph.constant(owner, mask, [queries, keys]);
}

/** `additiveAttention` with the scores as a second output. */
export function additiveAttention(
  options: AdditiveAttentionOptions & WithScores,
): AttentionLayer<readonly [Node, Node]>;
/**
 * Attention by sums (Bahdanau et al. 2015), without projections: `apply([query, value])` or `apply([query, value, key])`, each
 * `[batch, time, features]`. A score is Σ scale · tanh(query + key) over the features. Otherwise as `attention`. It takes memory for
 * all queries · keys · features.
 *
 * Weights: `scale` `[features]`, unless `useScale` is false.
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function additiveAttention(options?: AdditiveAttentionOptions): AttentionLayer;
export function additiveAttention(options: AdditiveAttentionOptions = {}): AttentionLayer<LayerResult> {
  return new AdditiveAttention(options) as Layer<LayerResult> as AttentionLayer<LayerResult>;
}
