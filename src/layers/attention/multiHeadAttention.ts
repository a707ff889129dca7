import type { Layer, LayerResult } from "../../graph/layer";
import type { Node } from "../../graph/node";
import { checkSize, type Option, type OptionsOf, readSettings, size } from "../../optionTable";
import type { AttentionLayer, WithScores } from "./call";
import { checkRotary, HeadsAttention, type HeadsAttentionOptions, headsOptions } from "./headsAttention";

/** One size or several. */
const sizes: Option<number | readonly number[], readonly number[]> = (given, who, option) =>
  (Array.isArray(given) ? given : [given]).map((one: unknown, i) =>
    checkSize(who, Array.isArray(given) ? `${option}[${i}]` : option, one),
  );

/** How options of `multiHeadAttention` are read. */
const multiHeadOptions = {
  /** How many heads there are. */
  numHeads: size,
  /** Numbers of a query and of a key in a head. */
  keyDim: size,
  /** Numbers of a value in a head. By default `keyDim`. */
  valueDim: [size, undefined],
  /** Sizes of the output's last axes. By default the last size of the query. */
  outputShape: [sizes, undefined],
} as const;

/** Options of `multiHeadAttention`. */
export interface MultiHeadAttentionOptions extends HeadsAttentionOptions, OptionsOf<typeof multiHeadOptions> {}

/** `multiHeadAttention` with the scores as a second output. */
export function multiHeadAttention(
  options: MultiHeadAttentionOptions & WithScores,
): AttentionLayer<readonly [Node, Node]>;
/**
 * Attention over several heads (Vaswani et al. 2017). Each query `[batch, queries, features]` gets the mean of all values that it
 * sees, weighted by the softmax of its products with the keys, in each head for itself.
 *
 *     layers.multiHeadAttention({ numHeads: 4, keyDim: 32, useCausalMask: true }).apply(x)
 *     layers.multiHeadAttention({ numHeads: 2, keyDim: 8 }).apply([query, keysAndValues])
 *
 * Inputs with masks are seen at valid places only, and so says `attentionMask`; a query that sees no key gets 0 from every head, as in
 * Keras since 3.11 where scores are computed. The output has the mask of the query. Scores are never held as a whole unless they are
 * asked for: memory grows linearly with the length.
 *
 * Weights: `query/kernel` `[features, numHeads, keyDim]`, `key/kernel`, `value/kernel` `[…, numHeads, valueDim]`,
 * `attentionOutput/kernel` `[numHeads, valueDim, …outputShape]`, and for each a `bias`.
 *
 * @throws ArgumentError when an option is unknown or out of range, ShapeError when rotary positions meet an odd `keyDim`
 */
export function multiHeadAttention(options: MultiHeadAttentionOptions): AttentionLayer;
export function multiHeadAttention(options: MultiHeadAttentionOptions): AttentionLayer<LayerResult> {
  const table = { ...multiHeadOptions, ...headsOptions };
  return new HeadsAttention("multiHeadAttention", options, Object.keys(table), (layer) => {
    const { numHeads, valueDim, ...others } = readSettings(layer.name, layer.options, table);
    const settings = { ...others, heads: numHeads, keyHeads: numHeads, valueDim: valueDim ?? others.keyDim };
    return checkRotary(layer.name, "keyDim", settings);
  }) as Layer<LayerResult> as AttentionLayer<LayerResult>;
}
