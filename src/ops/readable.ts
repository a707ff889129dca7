import * as ops from "./index";
import type { Op, ReadableOp } from "./op";

const readableOps: Readonly<Record<string, ReadableOp>> = ops;

/**
 * An operation with its readable kernels: what the `js` engine runs. In the package the kernels stand in a chunk of their
 * own, which is loaded when somebody asks for it, and what layers import has none: see scripts/operationsInTwoWays.mjs.
 */
export function readable(op: Op): ReadableOp {
  return "forward" in op ? (op as ReadableOp) : readableOps[op.name];
}
