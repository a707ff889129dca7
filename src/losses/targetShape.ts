import type { Shape } from "../tensor/shape";
import type { Loss } from "./losses";

/** The shape of the targets of one sample, for outputs of a shape: of class numbers one less axis. */
export function targetShapeOf(
  { targets, targetShape }: Pick<Loss, "targets" | "targetShape">,
  outputShape: Shape,
): Shape {
  return targetShape ?? (targets === "sparse" ? outputShape.slice(0, -1) : outputShape);
}
