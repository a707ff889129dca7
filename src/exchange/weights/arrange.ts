import type { Shape } from "../../tensor/shape";

/** Numbers in another order of axes. `axes[i]` is the axis of the source that becomes axis i. */
export function permuted(data: Float32Array, shape: Shape, axes: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const sizes = axes.map((axis) => shape[axis]);
  const steps = axes.map((axis) => strides[axis]);
  const result = new Float32Array(data.length);
  const index = new Array<number>(axes.length).fill(0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = data[from];
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++index[axis] < sizes[axis]) break;
      from -= index[axis] * steps[axis];
      index[axis] = 0;
    }
  }
  return result;
}

/** Elements of a side of the blocks in which matrices are transposed: both stay in the cache. */
const BLOCK = 32;

/** Rows and columns exchanged. */
export function transposed(data: Float32Array, [rows, columns]: Shape): Float32Array {
  const result = new Float32Array(data.length);
  for (let top = 0; top < rows; top += BLOCK) {
    const bottom = Math.min(top + BLOCK, rows);
    for (let left = 0; left < columns; left += BLOCK) {
      const right = Math.min(left + BLOCK, columns);
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) result[column * rows + row] = data[row * columns + column];
      }
    }
  }
  return result;
}

/**
 * A matrix of which rows or columns are features of an image, channels first, with them channels last.
 *
 * @param image its shape, channels last
 * @param axis 0 for rows, 1 for columns
 */
export function channelsLast(data: Float32Array, [rows, columns]: Shape, image: Shape, axis: 0 | 1): Float32Array {
  const channels = image[image.length - 1];
  const places = image.slice(0, -1).reduce((product, size) => product * size, 1);
  if (axis === 0) return permuted(data, [channels, places, columns], [1, 0, 2]);
  return permuted(data, [rows, channels, places], [0, 2, 1]);
}

/** Blocks of rows in another order: gates of recurrent layers. */
export function blocks(data: Float32Array, order: readonly number[]): Float32Array {
  const size = data.length / order.length;
  const result = new Float32Array(data.length);
  order.forEach((from, to) => {
    result.set(data.subarray(from * size, (from + 1) * size), to * size);
  });
  return result;
}

/** Sums, one by one. */
export function summed(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value + b[i]);
}
