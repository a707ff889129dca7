import type { TensorData } from "../../tensor/tensor";

/** Numbers in which the first index runs fastest, as Fortran keeps them, put into rows. */
export function toRowMajor<Data extends TensorData | Float64Array>(source: Data, shape: readonly number[]): Data {
  const outer = shape.filter((size) => size !== 1);
  if (outer.length < 2 || source.length === 0) return source;
  const result = source.slice() as Data;
  const strides: number[] = [];
  let stride = 1;
  for (const size of outer) {
    strides.push(stride);
    stride *= size;
  }
  const width = outer.at(-1)!;
  const step = strides.at(-1)!;
  const index = new Array<number>(outer.length - 1).fill(0);
  let from = 0;
  for (let to = 0; to < result.length; to += width) {
    for (let i = 0; i < width; i++) result[to + i] = source[from + i * step];
    // Counts up the outer indices, the last of them first.
    for (let axis = index.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < outer[axis]) break;
      from -= index[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return result;
}

/** How many numbers come before one in rows, by how many do in columns. */
export function rowMajorIndex(index: number, shape: readonly number[]): number {
  let rest = index;
  let result = 0;
  let stride = shape.reduce((product, size) => product * size, 1);
  for (const size of shape) {
    stride /= size;
    result += (rest % size) * stride;
    rest = Math.floor(rest / size);
  }
  return result;
}
