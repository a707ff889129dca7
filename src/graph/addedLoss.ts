import { ShapeError } from "../errors";
import type { Shape } from "../tensor/shape";
import { BATCH, showDimensions } from "./dimension";
import type { Graph, Value } from "./graph";
import { checkFloat, type Node } from "./node";
import { emitTrace, type Trace, type TracedFunction } from "./traced";

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

/** The graph of a function that `addLoss` was given, of a layer with outputs of these shapes. */
export function traceAddedLoss(traced: TracedFunction, shapes: readonly Shape[]): Trace {
  const trace = traced.trace(shapes.map((shape, i) => ({ name: `output${i}`, dimensions: [BATCH, ...shape] })));
  for (const output of trace.outputs) checkAddedLoss(traced.who, output);
  return trace;
}

/** Adds what such a function makes of the outputs of a layer to the losses of a graph. */
export function emitAddedLoss(graph: Graph, owner: string, traced: TracedFunction, outputs: readonly Value[]): void {
  const shapes = outputs.map(({ shape }) => shape.slice(1));
  const trace = traceAddedLoss(traced, shapes);
  for (const value of emitTrace(graph, trace, outputs)) graph.losses.push({ owner, value });
}
