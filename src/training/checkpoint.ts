import type { Runtime } from "../runtime/runtime";
import { areFinite } from "../numeric/finite";

/** A moment of training to which `fit` can return. */
export interface Moment {
  readonly epoch: number;
  /** Portion within the epoch. */
  readonly portion: number;
  /** Step within the portion. */
  readonly step: number;
}

/** Weights, state and optimizer as they were at a moment. */
export class Checkpoint {
  readonly #persistent: Float32Array;
  /** Fulfilled when everything has been copied; undefined when it was at once. */
  readonly copying: Promise<void> | undefined;

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
    this.#persistent = spare
      ? spare.#persistent
      : (runtime.spares.pop() ?? new Float32Array(runtime.persistent.length));
    this.copying = runtime.copyPersistent(this.#persistent);
  }

  /** Gives its memory to the next training. */
  release(runtime: Runtime): void {
    runtime.spares.push(this.#persistent);
  }

  restore(runtime: Runtime): void {
    if (runtime.engine.isBroken) {
      runtime.leaveMemory(this.#persistent.slice());
      return;
    }
    runtime.persistent.set(this.#persistent);
    runtime.changedPersistent();
  }
}

/** The first weight or state that holds NaN or infinity. */
export function findNonFiniteWeight(runtime: Runtime): string | undefined {
  const { weights } = runtime.recipe.model;
  const { persistent } = runtime;
  const found = weights.entries.find((weight) => {
    const index = weights.indexOf(weight);
    return !areFinite(persistent.subarray(index, index + weight.size));
  });
  return found?.name;
}
