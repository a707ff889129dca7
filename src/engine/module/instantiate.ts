/** Makes an instance of a module of ours over a memory. */
export type Instantiate = (
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  othersHaveEnded?: () => boolean,
) => WebAssembly.Instance;

/**
 * As WebAssembly does it: AssemblyScript's loader weighs more than many a model, and cannot be loaded where there is no
 * TextDecoder.
 *
 * @param othersHaveEnded what a thread that leads asks from time to time while it waits for the others
 */
export const instantiate: Instantiate = (module, memory, othersHaveEnded = () => false) =>
  new WebAssembly.Instance(module, { env: { memory, othersHaveEnded } });
