import type { Node } from "../../../graph/node";
import { Unsupported } from "../origin";

/** The sizes of a node, with 0 for the batch, where all others must be known. */
export function sizesOf({ dimensions }: Node): number[] {
  return dimensions.map((size, axis) => {
    if (axis === 0) return 0;
    if (typeof size === "number") return size;
    throw new Unsupported("it needs a fixed size where the model leaves it open. Give it as shapes: { input: [...] }");
  });
}
