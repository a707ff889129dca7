import { FormatError, MemoryLimitError, WasmgradError } from "../errors";

/** What a file may have at most. More is no model, but an attempt to keep the reader busy. */
export const MAXIMUM = { layers: 10_000, nodes: 10_000, inputs: 1000, outputs: 1000, metrics: 1000 } as const;
/** What the parts of a model say against a description is an error of the file. */
export function within<T>(path: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    const isOfFile = cause instanceof WasmgradError && !(cause instanceof MemoryLimitError);
    throw isOfFile ? new FormatError(`${path}: ${cause.message}`, { cause }) : cause;
  }
}
