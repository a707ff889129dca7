import { toIndices } from "../engine/js";
import type { ReadyProgram, Runtime } from "../runtime/runtime";
import { areFinite } from "../numeric/finite";
import type { Step } from "../ops/op";
import { readable } from "../ops/readable";
import { findNonFiniteWeight } from "./checkpoint";

/**
 * Whose weight, else whose output was the first to be NaN or infinite in the step that just failed. Operations may share
 * memory, so the step is done once more, by the readable kernels, with a look at every output while it is there.
 */
export function findNonFinite(runtime: Runtime, program: ReadyProgram, step: Step): { layer: string; what: string } {
  const weight = findNonFiniteWeight(runtime);
  if (weight) return { layer: weight.split("/")[0], what: `weight ${weight}` };
  const { operations } = program.lowering.graph;
  for (const [i, row] of program.loaded.program.forward.entries()) {
    const { op, values, owner } = operations[i];
    readable(row.op).forward(runtime.engine.memory, toIndices(row), step);
    const isFine = op.outputs.every((name) => areFinite(runtime.read(program, values[name])));
    if (!isFine) return { layer: owner, what: `output of ${owner}` };
  }
  return { layer: "loss", what: "loss" };
}
