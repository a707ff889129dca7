import { updatesOf } from "../optimizers/optimizers";
import type { Lowering, Recipe } from "./compile";

/**
 * The names of the operations in the programs of these graphs. Which of the gathers that will be shows with the data: every
 * module has all of them.
 */
export function operationNames({ optimizer }: Recipe, lowerings: Iterable<Lowering>): Set<string> {
  const ofGraphs = [...lowerings].flatMap(({ graph }) => [...graph.operations, ...graph.updates]);
  const ofOptimizer = optimizer ? updatesOf(optimizer) : [];
  return new Set([...ofGraphs, ...ofOptimizer].map(({ op }) => op.name));
}
