import { ArgumentError, ShapeError } from "../errors";
import type { NodeList } from "./emitNodes";
import type { Node } from "./node";

/** How many samples each batch of a model has, where an input says so; otherwise any number. */
export function batchSizeOf({ inputs }: Pick<NodeList, "inputs">): number | undefined {
  return inputs.find(({ batchSize }) => batchSize !== undefined)?.batchSize;
}

/** @throws ArgumentError when inputs differ in how many samples a batch has */
export function checkBatchSizes(inputs: readonly Node[]): void {
  const sizes = [...new Set(inputs.flatMap(({ batchSize }) => batchSize ?? []))];
  if (sizes.length > 1)
    throw new ArgumentError(`model: all inputs must have one batchSize, got ${sizes.join(" and ")}.`);
}

/**
 * Makes sure that so many samples, so many at a time, are whole batches.
 *
 * @throws ShapeError when the model's batches have another size
 */
export function checkBatches(model: Pick<NodeList, "inputs">, count: number, batchSize: number): void {
  const size = batchSizeOf(model);
  if (size === undefined || (count % size === 0 && Math.min(count, batchSize) === size)) return;
  throw new ShapeError(
    `the model takes batches of ${size}, as its input({ batchSize: ${size} }) says, got ${count} samples in batches of ${batchSize}. ` +
      "The number of samples must be a multiple of it.",
  );
}

/** How many samples each batch of the inputs that lead to a node has, where one of them says so. */
export function batchSizeOfNode(node: Node): number | undefined {
  const seen = new Set<Node>();
  const waiting = [node];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (next.batchSize !== undefined) return next.batchSize;
    for (const from of next.inputs) {
      if (seen.has(from)) continue;
      seen.add(from);
      waiting.push(from);
    }
  }
  return undefined;
}
