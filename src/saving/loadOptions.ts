import { ArgumentError } from "../errors";
import { show } from "../options";

/** What the model in a file may take. A file of a few kilobytes can ask for more than any machine has. */
export interface LoadLimits {
  /**
   * Bytes of the weights and of what all layers put out for one sample. Training takes several times as much. Default 2³⁰,
   * which is 1 GiB. `Infinity` for no limit.
   */
  memoryBytes?: number;
  /** Floating-point operations of one prediction for one sample. Default 10¹¹: seconds on one thread. `Infinity` for no limit. */
  operationsPerSample?: number;
}

/** The limits of those who set none. */
export const DEFAULT_LIMITS: Readonly<Required<LoadLimits>> = { memoryBytes: 2 ** 30, operationsPerSample: 1e11 };

/** Something in a file that its model can do without, or that is not as the library writes it. */
export interface LoadWarning {
  /**
   * `"missing"`: the optimizer's tensors are not all there, so it begins anew. `"unknown"`: tensors that belong to no part of
   * the model. `"rounded"`: weights in float64 that are no float32 numbers.
   */
  readonly kind: "missing" | "unknown" | "rounded";
  /** The names of the tensors. */
  readonly tensors: readonly string[];
  /** A sentence with the first of these names. */
  readonly message: string;
}

/** Options of `loadModel` wherever it is called. */
export interface ReadOptions {
  /** What the model may take. */
  limits?: LoadLimits;
  /** Is told what the file has or lacks that the model can do without. By default a warning on the console says it. */
  onWarning?: (warnings: readonly LoadWarning[]) => void;
}

/** Refuses what is no listener. */
export function checkListener({ onWarning }: ReadOptions): void {
  if (onWarning === undefined || typeof onWarning === "function") return;
  throw new ArgumentError(`loadModel: onWarning must be a function, got ${show(onWarning)}.`);
}
