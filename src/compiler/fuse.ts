import { type Graph, type Operation, storageOf, type Value } from "../graph/graph";
import { type Op, readsOf } from "../ops/op";
import { rescaling } from "../ops/rescaling";
import { activateDense } from "./activateDense";
import { fuseFormulas } from "./fuseFormulas";
import { gathers } from "./gathers";
import { mergePairs } from "./mergePairs";
import { poolRectified } from "./poolRectified";

/** Rewrites the operations of a graph into fewer that do the same. Layers know nothing of it. */
export function fuse(graph: Graph, kept: readonly Value[]): void {
  const keptStorage = new Set(kept.map(storageOf));
  // Where no loss is computed, what only added losses read must not keep others apart.
  if (graph.losses.length) removeUnused(graph, keptStorage);
  foldRescaling(graph, keptStorage);
  mergePairs(graph, keptStorage, poolRectified);
  mergePairs(graph, keptStorage, activateDense);
  removeUnused(graph, keptStorage);
  fuseFormulas(graph, keptStorage);
}

const gatherOps: ReadonlySet<Op> = new Set(Object.values(gathers));

/** A rescaling of what was just gathered is done by the gather: bytes become scaled floats in one pass. */
function foldRescaling(graph: Graph, kept: ReadonlySet<Value>): void {
  const consumers = new Map<Value, Operation[]>();
  for (const operation of graph.operations) {
    for (const name of readsOf(operation.op)) {
      const value = operation.values[name];
      if (value) consumers.set(storageOf(value), [...(consumers.get(storageOf(value)) ?? []), operation]);
    }
  }
  const replaced = new Map<Operation, Operation | undefined>();
  for (const gather of graph.operations) {
    const output = gather.values.y;
    if (!gatherOps.has(gather.op) || kept.has(output)) continue;
    const [only, another] = consumers.get(output) ?? [];
    if (only?.op !== rescaling || another) continue;
    replaced.set(gather, { ...gather, values: { ...gather.values, y: only.values.y }, numbers: only.numbers });
    replaced.set(only, undefined);
  }
  graph.operations = graph.operations.flatMap((operation) => {
    if (!replaced.has(operation)) return [operation];
    const replacement = replaced.get(operation);
    return replacement ? [replacement] : [];
  });
}

/** Drops operations whose outputs nobody reads, such as a softmax when no metric looks at the probabilities. */
function removeUnused(graph: Graph, kept: ReadonlySet<Value>): void {
  const read = new Set(kept);
  graph.operations = graph.operations
    .toReversed()
    .filter(({ op, values }) => {
      const outputs = [...op.outputs, ...op.results].flatMap((name) => values[name] ?? []);
      if (outputs.length && !outputs.some((value) => read.has(value))) return false;
      for (const value of Object.values(values)) read.add(storageOf(value));
      return true;
    })
    .reverse();
}
