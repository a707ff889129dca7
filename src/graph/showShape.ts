import type { Shape } from "./graph";

/** `[batch, 28, 28]` or, for a weight, `[784, 128]`. */
export function showShape(shape: Shape, hasBatch = false): string {
  return `[${[...(hasBatch ? ["batch"] : []), ...shape].join(", ")}]`;
}
