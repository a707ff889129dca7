/** Sizes along each axis, the outermost first. */
export type Shape = readonly number[];

/** Sizes along each axis; `null` where a length is open. */
export type OpenShape = readonly (number | null)[];

/** The number of values in a shape. */
export function sizeOf(shape: Shape): number {
  let product = 1;
  for (let axis = 0; axis < shape.length; axis++) product *= shape[axis];
  return product;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/** `[batch, 28, 28]` or, for a weight, `[784, 128]`; an open length by that word. */
export function showShape(shape: OpenShape, hasBatch = false): string {
  return `[${[...(hasBatch ? ["batch"] : []), ...shape.map((size) => size ?? "length")].join(", ")}]`;
}

/** Whether a shape is one of those that an open shape stands for. */
export function fitsShape(shape: Shape, open: OpenShape): boolean {
  return shape.length === open.length && shape.every((length, axis) => length === (open[axis] ?? length));
}
