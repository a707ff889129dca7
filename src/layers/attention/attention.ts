import type { Graph, Value } from "../../graph/graph";
import type { Layer, LayerResult, WeightSpec } from "../../graph/layer";
import type { Node } from "../../graph/node";
import { multiply } from "../../nodes/elementwise";
import { flag, type OptionsOf, readSettings, type SettingsOf } from "../../optionTable";
import { emitFunction } from "../masks";
import { emitAttention } from "./emitAttention";
import type { AttentionLayer, WithScores } from "./call";
import { PairAttention, type PairAttentionOptions, pairOptions, type PairValues } from "./pairAttention";

/** How options of `attention` are read. */
const attentionOptions = {
  /** Whether scores are multiplied by a number that is learnt. Default false. */
  useScale: [flag, false],
} as const;

/** Options of `attention`. */
export interface AttentionOptions extends PairAttentionOptions, OptionsOf<typeof attentionOptions> {}

class Attention extends PairAttention {
  readonly #settings: SettingsOf<typeof attentionOptions & typeof pairOptions>;

  constructor(options: AttentionOptions) {
    super("attention", options, ["useScale"]);
    this.#settings = readSettings(this.name, this.options, { ...attentionOptions, ...pairOptions });
  }

  protected get returnsScores(): boolean {
    return this.#settings.returnAttentionScores;
  }

  weights(): WeightSpec[] {
    return this.#settings.useScale ? [{ name: "scale", shape: [], initializer: "ones" }] : [];
  }

  protected attend(
    graph: Graph,
    { q, k, v, keyMask, weights, returnsScores }: PairValues,
  ): { y: Value; scores?: Value } {
    const { useScale, useCausalMask, dropout, seed } = this.#settings;
    const scaled = (node: Node, scale: Node) => multiply(node, scale);
    const query = useScale ? emitFunction(graph, this.name, [q], weights, scaled)[0] : q;
    const settings = { heads: 1, keyHeads: 1, scale: 1, causal: useCausalMask, window: 0, rate: dropout, seed };
    const { y, scores } = emitAttention(graph, this.name, { q: query, k, v }, { ...settings, returnsScores, keyMask });
    if (!scores) return { y };
    const [batch, , queries, keys] = scores.shape;
    return { y, scores: graph.view(scores, [batch, queries, keys], this.name) };
  }
}

/** `attention` with the scores as a second output. */
export function attention(options: AttentionOptions & WithScores): AttentionLayer<readonly [Node, Node]>;
/**
 * Attention by products (Luong et al. 2015), without projections: `apply([query, value])` or `apply([query, value, key])`, each
 * `[batch, time, features]`. Each query gets the mean of the values, weighted by the softmax of its products with the keys. Nothing
 * is divided by the square root of their size. The output has the mask of the query, and is 0 where that is; values that are masked
 * are not seen. A query that sees no value gets 0 (in Keras it would be a mean of values that are masked).
 *
 * Weights: `scale`, one number, with `useScale`.
 *
 * @throws ArgumentError when an option is unknown or out of range
 */
export function attention(options?: AttentionOptions): AttentionLayer;
export function attention(options: AttentionOptions = {}): AttentionLayer<LayerResult> {
  return new Attention(options) as Layer<LayerResult> as AttentionLayer<LayerResult>;
}
