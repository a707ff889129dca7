import { instantiateSync } from "@assemblyscript/loader";

/** Makes an instance of a module of ours over a memory. */
export type Instantiate = (
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  othersHaveEnded?: () => boolean,
) => WebAssembly.Instance;

/**
 * By AssemblyScript's loader. Its own `exports` wrap every function, and only WebAssembly's fit in a table.
 *
 * @param othersHaveEnded what a thread that leads asks from time to time while it waits for the others
 */
export const instantiate: Instantiate = (module, memory, othersHaveEnded = () => false) => {
  const env = { memory, othersHaveEnded };
  return instantiateSync(module, { env }).instance;
};
