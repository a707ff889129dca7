import type { Graph, Operation } from "../graph/graph";
import type { Differentiation } from "./differentiate";

/**
 * Writes the code of all formulas into the constants of a graph: forward, and backward for the gradients that are wanted.
 * Returns where in the constants each begins, in bytes.
 */
export function writeFormulas(graph: Graph, { operations }: Differentiation): ReadonlyMap<Operation, number> {
  const places = new Map<Operation, number>();
  for (const operation of graph.operations) {
    const { formula, op, values } = operation;
    if (!formula) continue;
    const modes = operations.get(operation);
    const wanted = op.inputs.filter((name) => values[name]).map((name) => modes?.has(name) ?? false);
    places.set(operation, graph.constant(operation.owner, formula.encode(wanted)).place!.offset);
  }
  return places;
}
