import type { Row } from "../program/program";
import type { Weight, WeightTable } from "./weightTable";
import { type Optimizer, updatesOf } from "../optimizers/optimizers";
import type { Bases } from "./assemble";
import { tensorBytes } from "../program/layout";

/** A run of neighbouring trainable weights, in bytes of the flat vectors. */
interface Range {
  offset: number;
  bytes: number;
}

/** Trainable weights that have a gradient, as few ranges as possible. */
function trainableRanges(weights: readonly Weight[]): Range[] {
  const ranges: Range[] = [];
  for (const { offset, size } of weights) {
    const last = ranges.at(-1);
    if (last && last.offset + last.bytes === offset) last.bytes += tensorBytes(size);
    else ranges.push({ offset, bytes: tensorBytes(size) });
  }
  return ranges;
}

/**
 * The rows that turn gradients into new weights. An operation on weights gets one row for each range of trained ones,
 * whatever their number; one on gradients alone takes the whole vector, in which those of frozen weights are never
 * written and so are the zeros the memory began with.
 */
export function updateRows(optimizer: Optimizer, table: WeightTable, trained: readonly Weight[], bases: Bases): Row[] {
  const ranges = trainableRanges(trained);
  const whole: Range = { offset: 0, bytes: table.bytes.weights };
  const single = trained.map(({ offset, size }) => ({ offset, bytes: tensorBytes(size) }));
  return updatesOf(optimizer).flatMap(({ op, numbers, counts, scope }) => {
    const parts = scope === "weight" ? single : op.tensors.includes("w") ? ranges : [whole];
    return parts.map(({ offset, bytes }): Row => {
      const slots = optimizer.slots.map(({ field }, i) => [field, bases.slots + i * table.bytes.weights + offset]);
      const addresses = { w: bases.weights + offset, g: bases.gradients + offset, ...Object.fromEntries(slots) };
      const fields = { ...addresses, count: bytes / 4, ...counts, ...numbers };
      return { op, owner: optimizer.name, runsBackward: false, fields };
    });
  });
}
