import { sizeOf } from "../tensor/shape";
import type { Operation } from "../graph/graph";
import type { Lowering } from "./compile";
import { tablesOf } from "./takenRows";

/**
 * Steps of fewer floating-point operations than this are left to one thread: waiting for each other behind every row
 * costs several threads more than they gain.
 */
const SHARED_FLOPS = 2e6;
/** What an update costs, in floating-point operations a weight: it is bound by memory. */
const UPDATE_FLOPS = 10;

/** Floating-point operations of an operation; backward costs as much again for every gradient, but for those of vectors. */
export function flopsOf({ op, values, counts }: Operation, modes?: ReadonlyMap<string, unknown>): number {
  const isWide = (name: string) => values[name]?.shape.length > 1 && sizeOf(values[name].shape) > 1;
  const gradientCount = modes ? [...modes.keys()].filter(isWide).length : 0;
  const output = op.outputs.length ? sizeOf(values[op.outputs[0]].shape) : sizeOf(values[op.inputs[0]]?.shape ?? []);
  return (op.flops?.(counts) ?? output) * (1 + gradientCount);
}

/** Whether a step is over sooner when one thread does it alone. */
export function isSmall({ graph, differentiation, kind }: Lowering): boolean {
  let flops = 0;
  for (const operation of graph.operations) flops += flopsOf(operation, differentiation.operations.get(operation));
  if (kind === "train") {
    const tables = tablesOf(graph);
    for (const value of graph.values)
      if (value.trainable && !tables.has(value)) flops += UPDATE_FLOPS * sizeOf(value.shape);
    for (const { gradients = {} } of graph.updates)
      for (const { shape } of Object.values(gradients)) flops += UPDATE_FLOPS * sizeOf(shape);
  }
  return flops < SHARED_FLOPS;
}
