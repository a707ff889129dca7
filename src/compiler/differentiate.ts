import { type Graph, type Operation, storageOf, type Value } from "../graph/graph";

/** Which operations run backward, and for each of their inputs whether its gradient is stored or added. */
export interface Differentiation {
  readonly operations: ReadonlyMap<Operation, ReadonlyMap<string, "store" | "add">>;
  /** Owners of memory that have a gradient. */
  readonly gradients: ReadonlySet<Value>;
}

/** That of a graph in which nothing is learnt. */
export const NO_DIFFERENTIATION: Differentiation = { operations: new Map(), gradients: new Set() };

/**
 * Reverse-mode differentiation over the operations of a graph (Linnainmaa 1970; Griewank & Walther 2008, ch. 3).
 *
 * A gradient is wanted by trainable weights and by `wanted` values, and by everything on a path from those to a
 * differentiable sum. The first operation in backward order that contributes to a gradient stores it, the rest add.
 */
export function differentiate(graph: Graph, wanted: readonly Value[] = []): Differentiation {
  const needed = new Set<Value>(wanted.map(storageOf));
  for (const value of graph.values) if (value.trainable) needed.add(value);

  const inputsOf = ({ op, values }: Operation) => op.inputs.filter((name) => values[name]);
  const isNeeded = (operation: Operation, name: string) => needed.has(storageOf(operation.values[name]));
  for (const operation of graph.operations) {
    const { op, values } = operation;
    if (!op.isDifferentiable || !inputsOf(operation).some((name) => isNeeded(operation, name))) continue;
    for (const name of op.outputs) if (values[name]) needed.add(storageOf(values[name]));
  }

  const gradients = new Set<Value>();
  const operations = new Map<Operation, ReadonlyMap<string, "store" | "add">>();
  for (const operation of graph.operations.toReversed()) {
    const { op, values } = operation;
    const reached =
      op.outputs.length === 0 || op.outputs.some((name) => values[name] && gradients.has(storageOf(values[name])));
    const names = inputsOf(operation).filter((name) => isNeeded(operation, name));
    if (!op.isDifferentiable || !reached || names.length === 0) continue;
    const modes = new Map<string, "store" | "add">();
    for (const name of names) {
      const storage = storageOf(values[name]);
      modes.set(name, gradients.has(storage) ? "add" : "store");
      gradients.add(storage);
    }
    operations.set(operation, modes);
  }
  return { operations, gradients };
}
