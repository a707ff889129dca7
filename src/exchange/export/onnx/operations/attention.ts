import type { Value } from "../../../../graph/graph";
import { ELEMENT } from "../onnxFile";
import type { OpenOperation } from "../../openGraph";
import { OpenCount } from "../../openSize";
import type { OnnxGraph } from "../onnxGraph";
import type { Writers } from "./writer";

const ONE = OpenCount.of(1);
/** What stands for a pair that does not count: e to it is 0. */
const HIDDEN = -1e30;

/** Which pairs of queries and keys count by their places, as a condition [queries, keys]; undefined where all do. */
function byPlace(operation: OpenOperation, graph: OnnxGraph): string | undefined {
  const [causal, window] = [operation.fixed((c) => c.causal), operation.fixed((c) => c.window)];
  if (!causal && !window) return undefined;
  const { owner } = operation;
  const range = (count: string) => {
    const size = graph.node(owner, "Squeeze", [graph.size(operation.open(count)), graph.integers([0])]);
    const whole = graph.node(owner, "Cast", [size], { to: ELEMENT.int32 });
    return graph.node(owner, "Range", [
      graph.numbers(owner, [], Int32Array.of(0)),
      whole,
      graph.numbers(owner, [], Int32Array.of(1)),
    ]);
  };
  const queries = graph.node(owner, "Unsqueeze", [range("queries"), graph.integers([1])]);
  const distance = graph.node(owner, "Sub", [queries, range("keys")]);
  const limit = (type: string, number: number) =>
    graph.node(owner, type, [distance, graph.numbers(owner, [], Int32Array.of(number))]);
  const conditions = [
    ...(causal ? [limit("GreaterOrEqual", 0)] : []),
    ...(window ? [limit("Less", window)] : []),
    ...(window && !causal ? [limit("Greater", -window)] : []),
  ];
  return conditions.reduce((a, b) => graph.node(owner, "And", [a, b]));
}

/** Which pairs count by masks, as a condition that is broadcast to the scores. */
function byMasks(operation: OpenOperation, graph: OnnxGraph, isShared: boolean): string | undefined {
  const { values, owner } = operation;
  const heads = isShared ? [ONE, ONE] : [ONE];
  const condition = (value: Value, axes: "keys" | "queries" | "both") => {
    const [batch, ...others] = graph.open.sizesOf(value);
    const places = axes === "both" ? others : axes === "keys" ? [ONE, others[0]] : [others[0], ONE];
    const name = graph.reshape(owner, graph.last(value), [batch, ...heads, ...places]);
    return graph.node(owner, "Not", [graph.node(owner, "Equal", [name, graph.scalar(0)])]);
  };
  const conditions = [
    ...(values.keyMask ? [condition(values.keyMask, "keys")] : []),
    ...(values.queryMask ? [condition(values.queryMask, "queries")] : []),
    ...(values.mask ? [condition(values.mask, "both")] : []),
  ];
  return conditions.length ? conditions.reduce((a, b) => graph.node(owner, "And", [a, b])) : undefined;
}

function attention(operation: OpenOperation, graph: OnnxGraph): void {
  const { values, owner } = operation;
  const [batch, queries, keys] = ["batch", "queries", "keys"].map((name) => operation.open(name));
  const [heads, keyHeads] = [operation.fixed((c) => c.heads), operation.fixed((c) => c.keyHeads)];
  const [keyDim, valueDim] = [operation.fixed((c) => c.keyDim), operation.fixed((c) => c.valueDim)];
  const isShared = heads !== keyHeads;
  const split = (value: Value, time: OpenCount, sizes: number[], perm: number[]) => {
    const name = graph.reshape(owner, graph.last(value), [batch, time, ...sizes.map((size) => OpenCount.of(size))]);
    return graph.node(owner, "Transpose", [name], { perm });
  };
  const q = isShared
    ? split(values.q, queries, [keyHeads, heads / keyHeads, keyDim], [0, 2, 3, 1, 4])
    : split(values.q, queries, [heads, keyDim], [0, 2, 1, 3]);
  const ofKeys = (value: Value, size: number, perm: number[], shared: number[]) =>
    isShared ? split(value, keys, [keyHeads, 1, size], shared) : split(value, keys, [heads, size], perm);
  const k = ofKeys(values.k, keyDim, [0, 2, 3, 1], [0, 2, 3, 4, 1]);
  const v = ofKeys(values.v, valueDim, [0, 2, 1, 3], [0, 2, 3, 1, 4]);
  const products = graph.node(owner, "MatMul", [q, k]);
  let scores = graph.node(owner, "Mul", [products, graph.scalar(operation.number("scale"))]);
  const [places, masks] = [byPlace(operation, graph), byMasks(operation, graph, isShared)];
  const both = [places, masks].filter((condition) => condition !== undefined);
  const visible = both.length ? both.reduce((a, b) => graph.node(owner, "And", [a, b])) : undefined;
  if (visible) scores = graph.node(owner, "Where", [visible, scores, graph.scalar(HIDDEN)]);
  let p = graph.node(owner, "Softmax", [scores], { axis: -1 });
  // A query that sees nothing puts out zeros.
  if (masks && visible) p = graph.node(owner, "Where", [visible, p, graph.scalar(0)]);
  const made = graph.node(owner, "MatMul", [p, v]);
  const back = graph.node(owner, "Transpose", [made], { perm: isShared ? [0, 3, 1, 2, 4] : [0, 2, 1, 3] });
  graph.define(values.y, graph.reshape(owner, back, graph.open.sizesOf(values.y)));
  if (values.scores) graph.define(values.scores, graph.reshape(owner, p, graph.open.sizesOf(values.scores)));
}

export const attentionWriters: Writers = {
  attention,

  rotary({ values: { x, table, y }, owner, ...operation }, graph) {
    const [batch, positions] = [operation.open("batch"), operation.open("positions")];
    const [heads, half] = [operation.fixed((c) => c.heads), operation.fixed((c) => c.half)];
    const { data } = graph.open.constantOf(table)!;
    const count = operation.fixed((c) => c.positions);
    const part = (i: number) =>
      graph.numbers(owner, [count, 1, half], (data as Float32Array).slice(i * count * half, (i + 1) * count * half));
    const [cosines, sines] = [part(0), part(1)];
    const sizes = [batch, positions, OpenCount.of(heads), OpenCount.of(2 * half)];
    const name = graph.reshape(owner, graph.last(x), sizes);
    const [first, second] = graph.nodeOf(owner, "Split", [name, graph.integers([half, half])], { axis: -1 }, 2);
    const product = (a: string, b: string) => graph.node(owner, "Mul", [a, b]);
    const low = graph.node(owner, "Sub", [product(cosines, first), product(sines, second)]);
    const high = graph.node(owner, "Add", [product(cosines, second), product(sines, first)]);
    const made = graph.node(owner, "Concat", [low, high], { axis: -1 });
    graph.define(y, graph.reshape(owner, made, graph.open.sizesOf(y)));
  },
};
