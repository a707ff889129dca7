/** Sizes along each axis, the outermost first. */
export type Shape = readonly number[];

/** The number of values in a shape. */
export function sizeOf(shape: Shape): number {
  let product = 1;
  for (let axis = 0; axis < shape.length; axis++) product *= shape[axis];
  return product;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/** `[batch, 28, 28]` or, for a weight, `[784, 128]`. */
export function showShape(shape: Shape, hasBatch = false): string {
  return `[${[...(hasBatch ? ["batch"] : []), ...shape].join(", ")}]`;
}
