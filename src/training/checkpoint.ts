import { toIndices } from "../engine/js";
import type { ReadyProgram, Runtime } from "../model/runtime";
import type { Step } from "../ops/op";

/** A moment of training to which `fit` can return. */
export interface Moment {
  readonly epoch: number;
  /** Stretch within the epoch. */
  readonly stretch: number;
  /** Step within the stretch. */
  readonly step: number;
}

/** Weights, state and optimizer as they were at a moment. */
export class Checkpoint {
  readonly #lasting: Float32Array;

  constructor(
    runtime: Runtime,
    readonly moment: Moment,
    /** Updates done before it. */
    readonly stepIndex: number,
    /** The rate that overrode the optimizer's. */
    readonly learningRate: number | undefined,
    /** One that nobody needs any longer, whose memory it takes. */
    spare?: Checkpoint,
  ) {
    this.#lasting = spare ? spare.#lasting : new Float32Array(runtime.lasting.length);
    this.#lasting.set(runtime.lasting);
  }

  restore(runtime: Runtime): void {
    runtime.lasting.set(this.#lasting);
    runtime.changedLasting();
  }
}

function isFinite32(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (values[i] - values[i] !== 0) return false;
  return true;
}

/** The first weight or state that holds NaN or infinity. */
export function findNonFiniteWeight(runtime: Runtime): string | undefined {
  const { weights } = runtime.recipe.model;
  const { lasting } = runtime;
  const found = weights.entries.find((weight) => {
    const index = weights.indexOf(weight);
    return !isFinite32(lasting.subarray(index, index + weight.size));
  });
  return found?.name;
}

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
    op.forward(runtime.engine.memory, toIndices(row), step);
    const isFine = op.outputs.every((name) => isFinite32(runtime.read(program, values[name])));
    if (!isFine) return { layer: owner, what: `output of ${owner}` };
  }
  return { layer: "loss", what: "loss" };
}
