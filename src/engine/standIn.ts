import { WebAssemblyError } from "../errors";

let hasWarned = false;

/**
 * The module that `load` gets; undefined where WebAssembly is forbidden and the readable kernels may stand in for it, which is
 * said once.
 *
 * @throws WebAssemblyError when they may not, or when it is not the runtime that is in the way
 */
export async function wasmOrNothing(
  load: () => Promise<WebAssembly.Module>,
  isRequired: boolean,
): Promise<WebAssembly.Module | undefined> {
  try {
    return await load();
  } catch (error) {
    if (isRequired || !(error instanceof WebAssemblyError) || error.reason !== "forbidden") throw error;
    if (!hasWarned) {
      console.warn(
        `wasmgrad: engine "js" takes over, many times slower, on one thread and with weights that differ in the last digits: ${error.message}`,
      );
    }
    hasWarned = true;
    return undefined;
  }
}
