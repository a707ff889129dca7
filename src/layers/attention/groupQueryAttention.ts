import { ArgumentError } from "../../errors";
import type { Layer, LayerResult } from "../../graph/layer";
import type { Node } from "../../graph/node";
import { type OptionsOf, readSettings, size } from "../../optionTable";
import { checkRotary, HeadsAttention, type HeadsAttentionOptions, headsOptions } from "./headsAttention";
import type { AttentionLayer, WithScores } from "./call";

/** How options of `groupQueryAttention` are read. */
const groupQueryOptions = {
  /** Numbers of a query, a key and a value in a head. */
  headDim: size,
  /** How many heads of queries there are. */
  numQueryHeads: size,
  /** How many heads of keys and values there are, each for as many heads of queries. */
  numKeyValueHeads: size,
} as const;

/** Options of `groupQueryAttention`. */
export interface GroupQueryAttentionOptions extends HeadsAttentionOptions, OptionsOf<typeof groupQueryOptions> {}

/** `groupQueryAttention` with the scores as a second output. */
export function groupQueryAttention(
  options: GroupQueryAttentionOptions & WithScores,
): AttentionLayer<readonly [Node, Node]>;
/**
 * Attention over several heads of queries that share heads of keys and values (Ainslie et al. 2023). Otherwise as
 * `multiHeadAttention`.
 *
 * Weights: `query/kernel` `[features, numQueryHeads, headDim]`, `key/kernel` and `value/kernel` `[…, numKeyValueHeads, headDim]`,
 * `attentionOutput/kernel` `[numQueryHeads, headDim, features]`, and for each a `bias`.
 *
 * @throws ArgumentError when an option is unknown or out of range, or the heads of queries cannot be dealt out evenly
 */
export function groupQueryAttention(options: GroupQueryAttentionOptions): AttentionLayer;
export function groupQueryAttention(options: GroupQueryAttentionOptions): AttentionLayer<LayerResult> {
  const table = { ...groupQueryOptions, ...headsOptions };
  return new HeadsAttention("groupQueryAttention", options, Object.keys(table), (layer) => {
    const { headDim, numQueryHeads, numKeyValueHeads, ...others } = readSettings(layer.name, layer.options, table);
    if (numQueryHeads % numKeyValueHeads) {
      throw new ArgumentError(
        `${layer.name}: numQueryHeads must be a multiple of numKeyValueHeads, got ${numQueryHeads} and ${numKeyValueHeads}.`,
      );
    }
    const sizes = { heads: numQueryHeads, keyHeads: numKeyValueHeads, keyDim: headDim, valueDim: headDim };
    return checkRotary(layer.name, "headDim", { ...others, ...sizes, outputShape: undefined });
  }) as Layer<LayerResult> as AttentionLayer<LayerResult>;
}
