import type { Node } from "../../../graph/node";
import { unsupported } from "../origin";

/** The sizes of a node, of which those from an axis on must be known; 0 stands for the others, the batch among them. */
export function sizesOf({ dimensions }: Node, from = 1): number[] {
  return dimensions.map((size, axis) => {
    if (axis < from) return 0;
    if (typeof size === "number") return size;
    throw unsupported("it needs a fixed size where the model leaves it open. Give it as shapes: { input: [...] }");
  });
}
