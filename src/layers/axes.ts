import { ArgumentError, ShapeError } from "../errors";
import { type OpenShape, showShape } from "../tensor/shape";
import { integer, show } from "../options";
import type { Option } from "../optionTable";

/** An axis as an option: counted from the batch, which is 0 and cannot be meant, or from the end, −1. */
export const axis: Option<number> = (given, who, option) => {
  if (integer(who, option, given, {}) !== 0) return given;
  throw new ArgumentError(`${who}: ${option} cannot be 0, the batch: samples do not mix. Got ${show(given)}.`);
};

/** One axis or several. */
export const axes: Option<number | readonly number[], readonly number[]> = (given, who, option) => {
  const list: readonly number[] = Array.isArray(given) ? given : [given];
  if (list.length === 0) throw new ArgumentError(`${who}: ${option} must not be an empty array.`);
  return list.map((one) => axis(one, who, option));
};

/** The axis of a shape without batch, counted from 0, that an option means. */
export function axisOf(who: string, option: string, axis: number, shape: OpenShape): number {
  const index = axis < 0 ? shape.length + axis : axis - 1;
  if (index >= 0 && index < shape.length) return index;
  throw new ShapeError(`${who}: ${option} is ${axis}, an input of ${showShape(shape, true)} has no such axis.`);
}
