import type { Graph, Value } from "../../graph/graph";
import { attention } from "../../ops/attention";
import { sizeOf } from "../../tensor/shape";

/** What attention computes with besides queries, keys and values. */
export interface AttentionRow {
  readonly heads: number;
  readonly keyHeads: number;
  /** Factor of the products of queries and keys. */
  readonly scale: number;
  readonly causal: boolean;
  /** How far from a query its keys are at most, that many not included; 0: any. */
  readonly window: number;
  /** Share of probabilities that training drops. */
  readonly rate: number;
  /** Of the random numbers; by default the model's. */
  readonly seed?: number | undefined;
  readonly returnsScores: boolean;
  /** Whether the only query is that of the step of a stream, and keys are all that there is room for. Default false. */
  readonly streams?: boolean;
  /** Which keys, which queries and which pairs of them count: [batch, keys], [batch, queries], [batch, queries, keys]. */
  readonly keyMask?: Value | undefined;
  readonly queryMask?: Value | undefined;
  readonly mask?: Value | undefined;
}

/**
 * Adds attention over heads to a graph. q [batch, queries, …], k and v [batch, keys, …], where … are the numbers of all heads.
 *
 * @returns [batch, queries, heads · numbers of a head of v], and the probabilities [batch, heads, queries, keys] if wanted
 */
export function emitAttention(
  graph: Graph,
  owner: string,
  { q, k, v }: { readonly q: Value; readonly k: Value; readonly v: Value },
  {
    heads,
    keyHeads,
    scale,
    causal,
    window,
    rate,
    seed = graph.seed,
    returnsScores,
    streams = false,
    ...masks
  }: AttentionRow,
): { y: Value; scores?: Value } {
  const [batch, queries] = q.shape;
  const keys = k.shape[1];
  const [keyDim, valueDim] = [sizeOf(q.shape.slice(2)) / heads, sizeOf(v.shape.slice(2)) / keyHeads];
  const stream = graph.nextStream();
  const counts = {
    ...{ batch, queries, keys, heads, keyHeads, keyDim, valueDim },
    ...{ causal: Number(causal), window, streams: Number(streams), seed: seed | 0, stream },
  };
  const scores = returnsScores ? graph.value(owner, [batch, heads, queries, keys]) : undefined;
  const given = Object.entries({ ...masks, scores }).filter(([, value]) => value);
  const values: Record<string, Value> = {
    ...{ q, k, v, statistics: graph.value(owner, [2, batch * heads * queries]) },
    ...(Object.fromEntries(given) as Record<string, Value>),
  };
  const numbers = { scale, rate: graph.training ? rate : 0 };
  const y = graph.emit(attention, owner, values, [batch, queries, heads * valueDim], { counts, numbers });
  return scores ? { y, scores } : { y };
}
