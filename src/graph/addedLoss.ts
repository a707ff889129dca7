import { ShapeError } from "../errors";
import { showDimensions } from "./dimension";
import { checkFloat, type Node } from "./node";

/**
 * Refuses what cannot be added to the loss: neither numbers of samples, whose mean counts, nor one number for the batch.
 *
 * @throws ArgumentError for whole numbers, ShapeError for other shapes
 */
export function checkAddedLoss(who: string, node: Node): void {
  checkFloat(who, node);
  if (node.isBatched || node.dimensions.length === 0) return;
  throw new ShapeError(
    `${who}: a loss must be one number or more for each sample, [batch, …], or one for the batch, [], ` +
      `got ${showDimensions(node.dimensions)}.`,
  );
}
