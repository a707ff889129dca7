import type { Graph, Value } from "../graph/graph";
import type { Metric } from "../metrics/metrics";
import { log } from "../numeric/elementary";
import { sortRows } from "../ops/sortRows";
import { sizeOf } from "../tensor/shape";

/** The values that the operation of a metric of ranks reads. */
export function emitRanks(
  graph: Graph,
  { name, op, ranked, counts }: Metric,
  output: Value,
  target: Value,
): Record<string, Value> {
  const columns = output.shape.at(-1)!;
  const rows = sizeOf(output.shape) / columns;
  const kept = ranked!;
  const sort = (x: Value) => {
    const [y, places] = [graph.value(name, [rows, kept]), graph.value(name, [rows, kept])];
    graph.emitSink(sortRows, name, { x, y, places }, { counts: { rows, columns, descending: 1, columnsKept: kept } });
    return { y, places };
  };
  const { y: scores, places } = sort(output);
  if (!op.tensors.includes("discounts")) return { scores, places, target };
  const discounts = graph.constant(
    name,
    Float32Array.from({ length: kept }, (_, rank) => discountAt(rank)),
  );
  return { scores, places, target, discounts, ...(!counts.sparse && { ideal: sort(target).y }) };
}

/** What an item at a rank, counted from 0, gains is multiplied with: 1 / log₂(rank + 2). */
function discountAt(rank: number): number {
  return Math.LN2 / log(rank + 2);
}
