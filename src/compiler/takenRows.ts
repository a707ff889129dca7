import { type Graph, type Operation, storageOf, type Value } from "../graph/graph";
import { readsOf } from "../ops/op";
import { limitOfDescent, type Optimizer } from "../optimizers/optimizers";
import type { Differentiation } from "./differentiate";
import { scratchBytes } from "./plan";

/**
 * Where plain gradient descent trains a table, and one operation takes rows of it and nobody else reads it, the update changes the
 * rows that were taken: the gradients of the others are 0. The operation does not run backward then, so that no gradient as large as
 * the table is written, and the graph has the update. Adds it to the graph; returns what is left to differentiate.
 */
export function updateTakenRows(graph: Graph, all: Differentiation, optimizer?: Optimizer): Differentiation {
  const limit = optimizer && limitOfDescent(optimizer);
  if (limit === undefined) return all;
  const readers = countReaders(graph);
  const operations = new Map(all.operations);
  for (const operation of all.operations.keys()) {
    const { op, owner, values, counts } = operation;
    const [input] = op.inputs;
    const table = values[input] && storageOf(values[input]);
    if (!op.descent || !table.trainable || readers.get(table) !== 1) continue;
    operations.delete(operation);
    const integers = op.integers.map((name) => [name, values[name]] as const);
    const bytes = scratchBytes({ op: op.descent, counts });
    const workspace = graph.value(owner, [bytes / 4]);
    const gradients = op.outputs.map((name) => [`d${name}`, values[name]] as const);
    graph.emitUpdate(
      op.descent,
      owner,
      { w: table, workspace, ...Object.fromEntries(integers) },
      { counts, numbers: { limit }, gradients: Object.fromEntries(gradients) },
    );
  }
  return { ...all, operations };
}

/** The tables of which updates of the graph change rows: they have no other update, and their gradient is not written. */
export function tablesOf({ updates }: Graph): Set<Value> {
  return new Set(updates.flatMap(({ gradients, values }) => (gradients ? [storageOf(values.w)] : [])));
}

/** How often operations and updates read what owns its memory. */
function countReaders({ operations, updates }: Graph): Map<Value, number> {
  const readers = new Map<Value, number>();
  const count = ({ op, values }: Operation) => {
    for (const name of readsOf(op)) {
      const value = values[name] && storageOf(values[name]);
      if (value) readers.set(value, (readers.get(value) ?? 0) + 1);
    }
  };
  operations.forEach(count);
  updates.forEach(count);
  return readers;
}
