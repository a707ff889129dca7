import type { Value } from "../../../../graph/graph";
import { storageOf } from "../../../../graph/graph";
import { OpenCount } from "../../openSize";
import type { OnnxGraph } from "../onnxGraph";
import type { Writers } from "./writer";

/** A matrix of a batch of them, or the one that all have, as [batch, rows, columns]. */
interface Matrices {
  readonly value: Value;
  readonly batch: OpenCount;
  readonly sizes: readonly [OpenCount, OpenCount];
  readonly isShared: boolean;
  readonly isTransposed: boolean;
}

const isWeight = (value: Value) => ["weights", "state"].includes(storageOf(value).place?.region ?? "");

function matricesOf(
  graph: OnnxGraph,
  owner: string,
  { value, batch, sizes, isShared, isTransposed }: Matrices,
): string {
  const stored = isTransposed ? [sizes[1], sizes[0]] : [...sizes];
  if (isShared && isWeight(value)) {
    const shape = stored.map(({ fixed }) => fixed!);
    const isPlain = value.shape.length === 2;
    return graph.weight(value, [
      ...(isPlain ? [] : [["reshape", shape] as const]),
      ...(isTransposed ? [["transpose", [1, 0]] as const] : []),
    ]);
  }
  const wanted = isShared ? stored : [batch, ...stored];
  const own = graph.open.sizesOf(value);
  const isPlain = own.length === wanted.length && own.every((size, axis) => size.equals(wanted[axis]));
  const name = isPlain ? graph.last(value) : graph.reshape(owner, graph.last(value), wanted);
  if (!isTransposed) return name;
  return graph.node(owner, "Transpose", [name], { perm: isShared ? [1, 0] : [0, 2, 1] });
}

export const productWriters: Writers = {
  dense({ values: { x, w, b, y }, owner, ...operation }, graph) {
    const [inputs, units] = [operation.fixed((c) => c.inputs), operation.fixed((c) => c.units)];
    const kernel = graph.weight(w, w.shape.length === 2 ? [] : [["reshape", [inputs, units]]]);
    const bias = b && graph.weight(b, b.shape.length === 1 ? [] : [["reshape", [units]]]);
    const sizes = graph.open.sizesOf(x);
    const isWhole = sizes[sizes.length - 1].fixed === inputs;
    const rows = isWhole ? sizes.slice(0, -1) : [operation.open("rows")];
    const input = isWhole ? graph.last(x) : graph.reshape(owner, graph.last(x), [...rows, OpenCount.of(inputs)]);
    const wanted = [...rows, OpenCount.of(units)];
    let made: string;
    if (wanted.length === 2) made = graph.node(owner, "Gemm", bias ? [input, kernel, bias] : [input, kernel]);
    else {
      made = graph.node(owner, "MatMul", [input, kernel]);
      if (bias) made = graph.node(owner, "Add", [made, bias]);
    }
    const own = graph.open.sizesOf(y);
    const isPlain = own.length === wanted.length && own.every((size, axis) => size.equals(wanted[axis]));
    graph.define(y, isPlain ? made : graph.reshape(owner, made, own));
  },

  matmul({ values: { a, b, y }, owner, ...operation }, graph) {
    const [batch, rows, depth, columns] = ["batch", "rows", "depth", "columns"].map((name) => operation.open(name));
    const is = (name: string) => operation.fixed((counts) => counts[name]) !== 0;
    const left = {
      value: a,
      batch,
      sizes: [rows, depth] as const,
      isShared: is("sharedA"),
      isTransposed: is("transposeA"),
    };
    const right = {
      value: b,
      batch,
      sizes: [depth, columns] as const,
      isShared: is("sharedB"),
      isTransposed: is("transposeB"),
    };
    const made = graph.node(owner, "MatMul", [matricesOf(graph, owner, left), matricesOf(graph, owner, right)]);
    const wanted = left.isShared && right.isShared ? [rows, columns] : [batch, rows, columns];
    const own = graph.open.sizesOf(y);
    const isPlain = own.length === wanted.length && own.every((size, axis) => size.equals(wanted[axis]));
    graph.define(y, isPlain ? made : graph.reshape(owner, made, own));
  },

  takeRows({ values: { x, ids, y }, owner }, graph) {
    graph.define(y, graph.node(owner, "Gather", [graph.weight(x), graph.last(ids)], { axis: 0 }));
  },

  takeAlongAxis({ values: { x, ids, y }, owner, ...operation }, graph) {
    const [outer, length, inner, count] = ["outer", "length", "inner", "count"].map((name) => operation.open(name));
    const table = graph.reshape(owner, graph.last(x), [outer, length, inner]);
    const places = graph.reshape(owner, graph.last(ids), [outer, count, inner]);
    const made = graph.node(owner, "GatherElements", [table, places], { axis: 1 });
    graph.define(y, graph.reshape(owner, made, graph.open.sizesOf(y)));
  },

  oneHot({ values: { ids, y }, owner, ...operation }, graph) {
    const classes = operation.fixed((counts) => counts.classes);
    const column = graph.reshape(owner, graph.last(ids), [...graph.open.sizesOf(ids), OpenCount.of(1)]);
    const all = graph.numbers(
      owner,
      [classes],
      Int32Array.from({ length: classes }, (_, i) => i),
    );
    const isIt = graph.node(owner, "Equal", [column, all]);
    const ends = [graph.scalar(operation.number("on")), graph.scalar(operation.number("off"))];
    const made = graph.node(owner, "Where", [isIt, ...ends]);
    graph.define(y, graph.reshape(owner, made, graph.open.sizesOf(y)));
  },

  sortRows({ values: { x, y, places }, owner, ...operation }, graph) {
    const kept = operation.open("columnsKept");
    const rows = graph.reshape(owner, graph.last(x), [operation.open("rows"), operation.open("columns")]);
    const largest = operation.fixed((counts) => counts.descending);
    const [values, indices] = graph.nodeOf(
      owner,
      "TopK",
      [rows, graph.size(kept)],
      { axis: -1, largest, sorted: 1 },
      2,
    );
    graph.define(y, graph.reshape(owner, values, graph.open.sizesOf(y)));
    const whole = graph.node(owner, "Cast", [indices], { to: 6 });
    graph.define(places, graph.reshape(owner, whole, graph.open.sizesOf(places)));
  },
};
