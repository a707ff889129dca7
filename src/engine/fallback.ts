import { WebAssemblyError } from "../errors";

let hasWarned = false;

/**
 * Lets the readable kernels stand in where WebAssembly is forbidden, which is said once.
 *
 * @param error what came of asking for the module
 * @throws this very error when they may not, or when it is not the runtime that is in the way
 */
export function useFallback(error: unknown, isRequired: boolean): void {
  if (isRequired || !(error instanceof WebAssemblyError) || error.reason !== "forbidden") throw error;
  if (!hasWarned) {
    console.warn(
      `wasmgrad: engine "js" takes over, many times slower, on one thread and with weights that differ in the last digits: ${error.message}`,
    );
  }
  hasWarned = true;
}
