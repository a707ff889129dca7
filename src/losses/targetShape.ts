import type { Dimension } from "../graph/dimension";
import type { Shape } from "../tensor/shape";
import type { Loss } from "./losses";

/** The shape of the targets of one sample, for outputs of a shape: of class numbers one less axis. */
export function targetShapeOf(loss: Pick<Loss, "targets" | "targetShape">, outputShape: Shape): Shape;
export function targetShapeOf(
  loss: Pick<Loss, "targets" | "targetShape">,
  outputShape: readonly Dimension[],
): readonly Dimension[];
export function targetShapeOf(
  { targets, targetShape }: Pick<Loss, "targets" | "targetShape">,
  outputShape: readonly Dimension[],
): readonly Dimension[] {
  if (targetShape) return targetShape.map((size, axis) => size ?? outputShape[axis]);
  return targets === "sparse" ? outputShape.slice(0, -1) : outputShape;
}
