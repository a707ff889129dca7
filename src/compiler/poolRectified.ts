import type { Operation } from "../graph/graph";
import { maxPooling2d } from "../ops/maxPooling2d";
import { relu } from "../ops/relu";
import { reluMaxPooling2d } from "../ops/reluMaxPooling2d";

/**
 * Lets a pooling rectify what it pools: the largest of rectified numbers is the rectified largest, with the same gradient.
 * Spares two passes over an image.
 */
export function poolRectified(rectifying: Operation, pooling: Operation): Operation | undefined {
  if (rectifying.op !== relu || pooling.op !== maxPooling2d) return undefined;
  return { ...pooling, op: reluMaxPooling2d, values: { ...pooling.values, x: rectifying.values.x } };
}
