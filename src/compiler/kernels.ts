import { updatesOf } from "../training/optimizers";
import type { Lowering, Recipe } from "./compile";

/**
 * The names of the kernels that the programs of these graphs call. Which of the gathers that will be shows with the data:
 * every module has all of them.
 */
export function kernelsOf({ optimizer }: Recipe, lowerings: Iterable<Lowering>): Set<string> {
  const kernels = new Set<string>();
  for (const { graph, differentiation } of lowerings) {
    for (const { op } of [...graph.operations, ...graph.updates]) kernels.add(`${op.name}Forward`);
    for (const { op } of differentiation.operations.keys()) kernels.add(`${op.name}Backward`);
  }
  if (optimizer) for (const { op } of updatesOf(optimizer)) kernels.add(`${op.name}Forward`);
  return kernels;
}
