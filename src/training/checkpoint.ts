import type { Runtime } from "../runtime/runtime";
import { areFinite } from "../numeric/finite";

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
    this.#lasting = spare ? spare.#lasting : (runtime.spares.pop() ?? new Float32Array(runtime.lasting.length));
    this.copying = runtime.copyLasting(this.#lasting);
  }

  /** Gives its memory to the next training. */
  release(runtime: Runtime): void {
    runtime.spares.push(this.#lasting);
  }

  restore(runtime: Runtime): void {
    if (runtime.engine.isBroken) {
      runtime.leaveMemory(this.#lasting.slice());
      return;
    }
    runtime.lasting.set(this.#lasting);
    runtime.changedLasting();
  }
}

/** The first weight or state that holds NaN or infinity. */
export function findNonFiniteWeight(runtime: Runtime): string | undefined {
  const { weights } = runtime.recipe.model;
  const { lasting } = runtime;
  const found = weights.entries.find((weight) => {
    const index = weights.indexOf(weight);
    return !areFinite(lasting.subarray(index, index + weight.size));
  });
  return found?.name;
}
