/** A tensor of a foreign file, in float32 and row by row. */
export interface ForeignTensor {
  /** The lengths of its axes; empty for one number. */
  readonly shape: readonly number[];
  /** The numbers, the last axis fastest. */
  readonly data: Float32Array;
  /** What it was in the file, such as `"float16"`. */
  readonly dtype: string;
}

/** By their names in the file, in its order. */
export type ForeignTensors = ReadonlyMap<string, ForeignTensor>;
