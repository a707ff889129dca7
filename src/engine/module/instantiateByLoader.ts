import { instantiateSync } from "@assemblyscript/loader";
import type { Instantiate } from "./instantiate";

/** By AssemblyScript's loader. Its own `exports` wrap every function, and only WebAssembly's fit in a table. */
export const instantiateByLoader: Instantiate = (module, memory) =>
  instantiateSync(module, { env: { memory } }).instance;
