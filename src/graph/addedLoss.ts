import { ShapeError } from "../errors";
import { type Dimension, showDimensions } from "./dimension";
import type { Graph, Value } from "./graph";
import { checkFloat, type Node } from "./node";
import { dimensionsOf, emitTrace, type Trace, type TracedFunction, traceFor } from "./traced";

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

/** The graph of a function that `addLoss` was given, of a layer with outputs of these sizes. */
export function traceAddedLoss(traced: TracedFunction, outputs: readonly (readonly Dimension[])[]): Trace {
  return checked(traced, traced.trace(outputs.map((dimensions, i) => ({ name: `output${i}`, dimensions }))));
}

function checked({ who }: TracedFunction, trace: Trace): Trace {
  for (const output of trace.outputs) checkAddedLoss(who, output);
  return trace;
}

/** Adds what such a function makes of the outputs of a layer to the losses of a graph. */
export function emitAddedLoss(graph: Graph, owner: string, traced: TracedFunction, outputs: readonly Value[]): void {
  const known = traceFor(graph, traced, outputs);
  const dimensions = outputs.map((output) => dimensionsOf(graph, output));
  const trace = known ? checked(traced, known) : traceAddedLoss(traced, dimensions);
  for (const value of emitTrace(graph, trace, outputs)) graph.losses.push({ owner, value });
}
