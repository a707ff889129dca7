import { instantiateSync } from "@assemblyscript/loader";

/** Makes an instance of a module of ours over a memory. */
export type Instantiate = (module: WebAssembly.Module, memory: WebAssembly.Memory) => WebAssembly.Instance;

/** By AssemblyScript's loader. Its own `exports` wrap every function, and only WebAssembly's fit in a table. */
export const instantiate: Instantiate = (module, memory) => instantiateSync(module, { env: { memory } }).instance;
