import { DataError } from "../errors";
import { Tensor, type TensorData } from "../tensor/tensor";
import type { Unfit } from "./integers64";

/** Numbers as a file keeps them, or the first that no tensor can hold. */
export type StoredNumbers = TensorData | Float64Array | Unfit;

/**
 * The tensor of numbers that a file holds row by row; float64 is rounded to float32.
 *
 * @param who the file and the tensor, as messages begin
 * @throws DataError with its place for a number that has no room in int32 or float32, or is no boolean
 */
export function tensorOf(stored: StoredNumbers, shape: readonly number[], who: string): Tensor {
  if ("value" in stored) throw unfit(stored, shape, who);
  if (!(stored instanceof Float64Array)) return new Tensor(stored, shape);
  const index = stored.findIndex((value) => Number.isFinite(value) && !Number.isFinite(Math.fround(value)));
  if (index >= 0)
    throw unfit({ index, value: String(stored[index]), room: "float32, which ends at ±3.4e38" }, shape, who);
  return Tensor.rounded(stored, shape, who);
}

/** The error for a number without room. */
export function unfit({ index, value, room }: Unfit, shape: readonly number[], who: string): DataError {
  const at = shape.length === 0 ? "" : ` at [${placeOf(index, shape).join(", ")}]`;
  return new DataError(`${who}: holds ${value}${at}, which has no room in ${room}.`);
}

/** The indices of a number along each axis, by how many come before it row by row. */
function placeOf(index: number, shape: readonly number[]): number[] {
  const place: number[] = [];
  let rest = index;
  for (const size of [...shape].reverse()) {
    place.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return place;
}
