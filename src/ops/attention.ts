import { exp } from "../numeric/elementary";
import { deriveKey, uniform } from "../numeric/random";
import { defineOp, type Example, type Examples, type Memory } from "./op";
import { ANY } from "./range";
import { storeSums } from "./sums";

/**
 * Scaled dot-product attention over heads (Vaswani et al. 2017), for heads that share keys and values, too (Ainslie et al. 2023).
 *
 *     s_ij = scale · q_i·k_j        p_ij = e^(s_ij − m_i) / Σ_j e^(s_ij − m_i)       over the keys j that query i may see
 *     y_i = Σ_j d_ij p_ij v_j       d_ij = 1 or, with a dropout rate, 0 or 1/(1 − rate)
 *     dv_j = Σ_i d_ij p_ij dy_i     dp_ij = d_ij dy_i·v_j + dscores_ij
 *     ds_ij = scale · p_ij (dp_ij − Σ_j p_ij dp_ij)        dq_i = Σ_j ds_ij k_j        dk_j = Σ_i ds_ij q_i
 *
 *     q [batch, queries, heads, keyDim]   k [batch, keys, keyHeads, keyDim]   v [batch, keys, keyHeads, valueDim]
 *     y [batch, queries, heads, valueDim]   scores: p, [batch, heads, queries, keys]   statistics [2, batch·heads·queries]: all m,
 *     then all 1/Σ
 *
 * Query i sees key j where `keyMask` [batch, keys], `queryMask` [batch, queries] and `mask` [batch, queries, keys] are not 0, those
 * of them that there are; with `streams` i is the step, of the only query; with `causal` where j ≤ i; with a `window` above 0 where |i − j| < window. All p of a query that sees
 * nothing are 0, and so is its y. heads ÷ keyHeads neighbouring heads share keys and values.
 *
 * Nothing of the size of queries × keys is kept: `backward` computes p again. The sums of a query do not depend on other queries,
 * nor on how many keys there are that it does not see.
 */
export const attention = defineOp({
  name: "attention",
  inputs: ["q", "k", "v"],
  outputs: ["y", "scores"],
  range: ANY,
  tensors: ["keyMask", "queryMask", "mask", "statistics", "workspace"],
  counts: [
    ...[
      "batch",
      "queries",
      "keys",
      "heads",
      "keyHeads",
      "keyDim",
      "valueDim",
      "causal",
      "window",
      "streams",
      "seed",
      "stream",
    ],
  ] as const,
  numbers: ["scale", "rate"],
  saves: ["q", "k", "v"],
  workspace: workspaceElements,
  flops: (counts) => 2 * counts.batch * counts.heads * (counts.keyDim + counts.valueDim) * visiblePairs(counts),

  forward({ heap }, row, step) {
    const { v, y, scores, statistics, batch, queries, keys, heads, valueDim } = row;
    const attend = attentionOf(heap, row, step.index);
    for (let line = 0; line < batch * heads * queries; line++) {
      const at = attend.place(line);
      const { p, largest, inverse } = attend.probabilities(line);
      heap[statistics + line] = largest;
      heap[statistics + batch * heads * queries + line] = inverse;
      if (scores) heap.set(p, scores + line * keys);
      for (let c = 0; c < valueDim; c++) {
        let sum = 0;
        for (let j = at.first; j < at.end; j++) sum += attend.kept(line, j) * p[j] * heap[v + at.value(j) + c];
        heap[y + at.output + c] = sum;
      }
    }
  },

  backward({ heap }, row, step) {
    const { q, dq, addDq, k, dk, addDk, v, dv, addDv, dy, dscores } = row;
    const { batch, queries, keys, heads, keyHeads, keyDim, valueDim, scale } = row;
    const attend = attentionOf(heap, row, step.index);
    const ofQ = new Float64Array(batch * queries * heads * keyDim);
    const ofK = new Float64Array(batch * keys * keyHeads * keyDim);
    const ofV = new Float64Array(batch * keys * keyHeads * valueDim);
    for (let line = 0; line < batch * heads * queries; line++) {
      const at = attend.place(line);
      const { p } = attend.probabilities(line);
      const dp = new Float64Array(keys);
      let mean = 0;
      for (let j = at.first; j < at.end; j++) {
        const kept = attend.kept(line, j);
        for (let c = 0; dy && c < valueDim; c++) {
          dp[j] += kept * heap[dy + at.output + c] * heap[v + at.value(j) + c];
          ofV[at.value(j) + c] += kept * p[j] * heap[dy + at.output + c];
        }
        if (dscores) dp[j] += heap[dscores + line * keys + j];
        mean += p[j] * dp[j];
      }
      for (let j = at.first; j < at.end; j++) {
        const ds = scale * p[j] * (dp[j] - mean);
        for (let c = 0; c < keyDim; c++) {
          ofQ[at.query + c] += ds * heap[k + at.key(j) + c];
          ofK[at.key(j) + c] += ds * heap[q + at.query + c];
        }
      }
    }
    const addTo = (of: Float64Array) => (sums: Float64Array) => {
      for (let i = 0; i < of.length; i++) sums[i] += of[i];
    };
    storeSums(heap, dq, addDq, ofQ.length, addTo(ofQ));
    storeSums(heap, dk, addDk, ofK.length, addTo(ofK));
    storeSums(heap, dv, addDv, ofV.length, addTo(ofV));
  },
});

type Counts = Readonly<
  Record<
    | "batch"
    | "queries"
    | "keys"
    | "heads"
    | "keyHeads"
    | "keyDim"
    | "valueDim"
    | "causal"
    | "window"
    | "streams"
    | "seed"
    | "stream",
    number
  >
>;
type Row = Counts & Readonly<Record<"q" | "k" | "keyMask" | "queryMask" | "mask" | "scale" | "rate", number>>;

/** The first key that causality and window let query i see, and one past the last. */
function visibleKeys({ keys, causal, window }: Pick<Counts, "keys" | "causal" | "window">, i: number) {
  const first = window ? Math.max(0, i - window + 1) : 0;
  const end = Math.min(keys, causal ? i + 1 : window ? i + window : keys);
  return { first, end: Math.max(first, end) };
}

/** How many pairs of a query and a key causality and window leave. */
function visiblePairs(counts: Pick<Counts, "queries" | "keys" | "causal" | "window">): number {
  if (!counts.causal && !counts.window) return counts.queries * counts.keys;
  let pairs = 0;
  for (let i = 0; i < counts.queries; i++) {
    const { first, end } = visibleKeys(counts, i);
    pairs += end - first;
  }
  return pairs;
}

/** Places and probabilities of the lines (sample, head, query) of a row. */
function attentionOf(heap: Memory["heap"], row: Row, stepIndex: number) {
  const { q, k, keyMask, queryMask, mask, queries, keys, heads, keyHeads, keyDim, valueDim, scale, rate } = row;
  const key = deriveKey(row.seed, row.stream, stepIndex);
  const place = (line: number) => {
    const i = line % queries;
    const head = Math.floor(line / queries) % heads;
    const sample = Math.floor(line / queries / heads);
    const shared = Math.floor(head / (heads / keyHeads));
    return {
      ...visibleKeys(row, row.streams ? stepIndex : i),
      sample,
      ofQuery: sample * queries + i,
      query: ((sample * queries + i) * heads + head) * keyDim,
      output: ((sample * queries + i) * heads + head) * valueDim,
      key: (j: number) => ((sample * keys + j) * keyHeads + shared) * keyDim,
      value: (j: number) => ((sample * keys + j) * keyHeads + shared) * valueDim,
    };
  };
  return {
    place,
    kept: (line: number, j: number) => (rate === 0 ? 1 : uniform(key, line * keys + j) < rate ? 0 : 1 / (1 - rate)),
    probabilities(line: number) {
      const at = place(line);
      const sees = (j: number) =>
        (!queryMask || heap[queryMask + at.ofQuery] !== 0) &&
        (!keyMask || heap[keyMask + at.sample * keys + j] !== 0) &&
        (!mask || heap[mask + at.ofQuery * keys + j] !== 0);
      const p = new Float64Array(keys);
      const seen: number[] = [];
      for (let j = at.first; j < at.end; j++) if (sees(j)) seen.push(j);
      for (const j of seen) for (let c = 0; c < keyDim; c++) p[j] += heap[q + at.query + c] * heap[k + at.key(j) + c];
      for (const j of seen) p[j] *= scale;
      const largest = seen.reduce((most, j) => (p[j] > most ? p[j] : most), Number.NEGATIVE_INFINITY);
      let sum = 0;
      for (const j of seen) {
        p[j] = exp(p[j] - largest);
        sum += p[j];
      }
      const inverse = seen.length ? 1 / sum : 0;
      for (const j of seen) p[j] *= inverse;
      return { p, largest: seen.length ? largest : 0, inverse };
    },
  };
}

/** Query rows of a block of backward, and keys at a time of a sum over keys, as assembly/ops/attention.ts has them. */
const BLOCK_ROWS = 32;
const KEYS_AT_A_TIME = 256;

/** float32 elements: packed keys and values, and the scores of a block of queries. Linear in queries and keys. */
function workspaceElements({ queries, keys, keyDim, valueDim }: Counts): number {
  const panels = (count: number) => 8 * Math.ceil(count / 8);
  const rows = Math.min(BLOCK_ROWS, 4 * Math.ceil(queries / 4));
  const broadcast = 16 * Math.max(keyDim, valueDim, Math.min(panels(keys), KEYS_AT_A_TIME), BLOCK_ROWS);
  const ofKeys = panels(keys) * (keyDim + 1);
  const forward = panels(valueDim) * (keys + 1) + 4 * panels(keys);
  const backward =
    panels(keys) * (valueDim + 1) +
    panels(keyDim) * (keys + 1) +
    (panels(keyDim) + panels(valueDim)) * (BLOCK_ROWS + 1) +
    2 * rows * panels(keys);
  return 64 + broadcast + ofKeys + Math.max(forward, backward);
}

/** What a row of examples has besides its sizes. */
interface ExampleOptions {
  readonly heads?: number;
  readonly keyHeads?: number;
  readonly valueDim?: number;
  readonly causal?: number;
  readonly window?: number;
  readonly rate?: number;
  readonly scores?: boolean;
  /** Which masks there are. */
  readonly masks?: readonly ("keyMask" | "queryMask" | "mask")[];
}

/** A row of these sizes. */
export function attentionExample(
  batch: number,
  queries: number,
  keys: number,
  keyDim: number,
  options: ExampleOptions = {},
): Example {
  const {
    heads = 1,
    keyHeads = heads,
    valueDim = keyDim,
    causal = 0,
    window = 0,
    rate = 0,
    scores,
    masks = [],
  } = options;
  const maskShapes = { keyMask: [batch, keys], queryMask: [batch, queries], mask: [batch, queries, keys] };
  const zeroOrOne = (uniform: number) => (uniform < 0.3 ? 0 : 1);
  return {
    shapes: {
      q: [batch, queries, heads, keyDim],
      k: [batch, keys, keyHeads, keyDim],
      v: [batch, keys, keyHeads, valueDim],
      y: [batch, queries, heads, valueDim],
      ...(scores ? { scores: [batch, heads, queries, keys] } : {}),
      ...Object.fromEntries(masks.map((name) => [name, maskShapes[name]])),
      statistics: [2, batch * heads * queries],
    },
    counts: {
      batch,
      queries,
      keys,
      heads,
      keyHeads,
      keyDim,
      valueDim,
      causal,
      window,
      streams: 0,
      seed: 5,
      stream: -2,
    },
    numbers: { scale: 1 / Math.sqrt(keyDim), rate },
    fill: {
      ...Object.fromEntries(masks.map((name) => [name, zeroOrOne])),
      // What errors are relative to does not cancel.
      dy: (uniform) => 2 * uniform - 0.5,
      v: (uniform) => 2 * uniform - 0.5,
      q: (uniform) => 4 * uniform - 2,
    },
    step: { index: 3 },
    nanReachesNeighbours: true,
  };
}

export const examples: Examples = {
  op: attention,
  tolerance: 4e-6,
  gradientTolerance: 1e-5,
  // Keys may be seen by no query.
  hidesNaN: true,
  sizes: (n) => [
    attentionExample(2, n, n, 4, { heads: 2, causal: 1 }),
    attentionExample(1, n, 5, 8, { masks: ["keyMask"] }),
    attentionExample(2, 3, n, 3, { heads: 3, valueDim: 5, masks: ["mask"], scores: true }),
    attentionExample(1, 7, 9, n, { heads: 4, keyHeads: 2, valueDim: 8, rate: 0.3 }),
    attentionExample(1, 6, 11, 2, { valueDim: n, causal: 1, masks: ["queryMask", "keyMask"] }),
    attentionExample(1, n + 4, n + 4, 5, { causal: 1, window: 3, rate: 0.5, scores: true }),
    attentionExample(1, n + 3, n, 16, { heads: 2, keyHeads: 1, window: 4, masks: ["keyMask", "mask", "queryMask"] }),
  ],
  bench: attentionExample(16, 64, 64, 32, { heads: 4, causal: 1 }),
};
