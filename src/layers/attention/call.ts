import type { Layer, LayerResult } from "../../graph/layer";
import type { Node } from "../../graph/node";
import { finiteNumber } from "../../options";
import type { Option } from "../../optionTable";

/** What `apply` of attention takes besides its inputs. */
export interface AttentionCall {
  /** Which query sees which key: a node `[batch, queries, keys]` or, the same for all samples, `[queries, keys]`, of 0 and 1. */
  readonly attentionMask?: Node;
  /** Whether the scores, `[batch, heads, queries, keys]`, are a second output. By default as the layer says. */
  readonly returnAttentionScores?: boolean;
}

/** That the scores are a second output. */
export interface WithScores {
  /** The scores, `[batch, heads, queries, keys]`, come behind the output. */
  readonly returnAttentionScores: true;
}

/** A layer of attention. The parameter is what `apply` returns where the call does not say: a node, or with the scores two. */
export interface AttentionLayer<Result extends LayerResult = Node> extends Layer<Result> {
  /** With the scores as a second output. */
  apply(input: Node | readonly Node[], call: AttentionCall & WithScores): readonly [Node, Node];
  /**
   * @param input the query, which is key and value, too; or `[query, value]`, where the value is the key, too; or
   *   `[query, value, key]`
   */
  apply(input: Node | readonly Node[], call?: AttentionCall): Result;
}

/** A share of numbers that is dropped. */
export const dropRate: Option<number> = (given, who, option) => finiteNumber(who, option, given, { min: 0, below: 1 });
