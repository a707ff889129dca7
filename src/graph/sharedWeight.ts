/** The memory of a model, which computes on copies of its layers' weights. */
export interface WeightHolder {
  /** Whether it will be gone soon: who copies from it becomes the holder. */
  readonly isRetired: boolean;
  /** A view of the newest values, valid until anything else is done. */
  valuesOf(weight: SharedWeight): Float32Array;
}

/**
 * The values of one weight or state of a layer, whatever models use the layer. Models compute on copies of their own: one
 * that is about to run takes over what another has changed since, as the version tells.
 */
export class SharedWeight {
  /** Counts the changes. 0: nobody has drawn initial values. */
  version = 0;
  /** Has the newest values; undefined when they stand in `values`. */
  holder?: WeightHolder;
  /** The newest values when no memory has them any longer. */
  values?: Float32Array;
  /** The training under way that changes the values. */
  writer?: object;
  /** Trainings under way that only read them. */
  readonly readers = new Set<object>();
}
