/** The memory of a model, which computes on copies of its layers' weights. */
export interface WeightHolder {
  /** Whether it will be gone soon: who copies from it becomes the holder. */
  readonly isRetired: boolean;
  /** A view of the newest values, valid until anything else is done. */
  valuesOf(weight: SharedWeight): Float32Array;
  /** Makes the newest values 0, also in the middle of a training. */
  clear(weight: SharedWeight): void;
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

  /** Makes the values 0 for all models that use them. */
  clear(): void {
    if (this.holder) this.holder.clear(this);
    else if (this.values) {
      this.values = new Float32Array(this.values.length);
      this.version++;
    }
  }
}
