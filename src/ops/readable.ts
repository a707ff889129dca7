import * as ops from "./index";
import type { ReadableOp } from "./op";

/**
 * Every operation with its readable kernels, by name: what the `js` engine runs. In the package they stand in a chunk of
 * their own, which is loaded when somebody asks for it, and what layers import has no kernels: see
 * scripts/withoutKernels.mjs.
 */
export const readable: Readonly<Record<string, ReadableOp>> = ops;
