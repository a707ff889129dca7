import type { ModuleProvider } from "../engine/module/modules";
// As a module, where edge runtimes want it: workerd's and Vercel's bundlers compile what is imported like this beforehand.
import strict from "../../build/strict.wasm?module";

/**
 * Takes the place of src/engine/module/packaged.ts in the build for runtimes that run compiled modules only. They have one thread,
 * and this build has one arithmetic.
 */
export const packagedModule: ModuleProvider = (build) => async () => {
  if (build !== "strict") console.warn('wasmgrad: in this runtime math is "strict".');
  return strict;
};
