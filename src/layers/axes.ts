import { ArgumentError, ShapeError } from "../errors";
import { showShape, type Shape } from "../tensor/shape";
import { integer, show } from "../options";

/** An axis as an option: counted from the batch, which is 0 and cannot be meant, or from the end, −1. */
export function checkAxis(who: string, option: string, axis: unknown): number {
  const checked = integer(who, option, axis, {});
  if (checked !== 0) return checked;
  throw new ArgumentError(`${who}: ${option} cannot be 0, the batch: samples do not mix. Got ${show(axis)}.`);
}

/** The axis of a shape without batch, counted from 0, that an option means. */
export function axisOf(who: string, option: string, axis: number, shape: Shape): number {
  const index = axis < 0 ? shape.length + axis : axis - 1;
  if (index >= 0 && index < shape.length) return index;
  throw new ShapeError(`${who}: ${option} is ${axis}, an input of ${showShape(shape, true)} has no such axis.`);
}
