import { type Graph, type Operation, storageOf, type Value } from "../graph/graph";
import { readsOf } from "../ops/op";

/**
 * Makes one operation of two where `merge` knows how: the first makes a value that the second, and nobody else, reads as its
 * `x`. `merge` returns undefined for two that do not go together.
 */
export function mergePairs(
  graph: Graph,
  kept: ReadonlySet<Value>,
  merge: (first: Operation, second: Operation) => Operation | undefined,
): void {
  const makers = new Map<Value, Operation>();
  for (const operation of graph.operations) {
    for (const name of operation.op.outputs) makers.set(operation.values[name], operation);
  }
  const replaced = new Map<Operation, readonly Operation[]>();
  for (const second of graph.operations) {
    const between = second.values.x;
    const first = between && makers.get(between);
    const merged = first && merge(first, second);
    if (!merged || kept.has(storageOf(between)) || readersOf(graph, between) > 1) continue;
    replaced.set(first, []);
    replaced.set(second, [merged]);
  }
  graph.operations = graph.operations.flatMap((operation) => replaced.get(operation) ?? [operation]);
}

/** Operations that read the memory of a value. */
function readersOf(graph: Graph, value: Value): number {
  const storage = storageOf(value);
  return graph.operations.filter(({ op, values }) =>
    readsOf(op).some((name) => values[name] && storageOf(values[name]) === storage),
  ).length;
}
