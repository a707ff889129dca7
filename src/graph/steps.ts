import { putStep } from "../ops/putStep";
import { takeStep } from "../ops/takeStep";
import type { Shape } from "../tensor/shape";
import type { NodeList } from "./emitNodes";
import type { Graph, Value } from "./graph";
import type { Layer } from "./layer";

/** Sequences that are computed step by step: which parts of a model can be, and how. */

/** What layers that remember keep from one step to the next. */
export interface Past {
  /** Numbers that last, zeros before the first step: as they were left by the step before. */
  state(owner: string, shape: Shape): Value;
  /** Writes new numbers into those that last when the step is over. */
  keep(state: Value, next: Value): void;
  /** Says that a layer has no place for more steps than these. */
  limit(owner: string, steps: number): void;
  /** Adds the operations of one step of all nodes of a model within. */
  emitNodes(list: NodeList, inputs: readonly Value[], weightsOf: (layer: Layer) => Value[]): Value[];
  /**
   * How many steps there is to be room for.
   *
   * @throws ArgumentError for the layer when nobody has said it
   */
  room(owner: string): number;
}

/** Adds the operations of one step of a layer: values are `[batch, 1, …]`, those that do not go with time `[batch, …]`. */
export type StepEmitter = (
  graph: Graph,
  inputs: Value[],
  weights: Value[],
  masks: readonly (Value | undefined)[],
  past: Past,
) => Value | readonly Value[];

/**
 * How a use of a layer goes step by step: `"each"` where a step of the output depends on that step of the inputs alone; undefined
 * where it depends on later steps, or on how many there are.
 */
export type Stepping = "each" | StepEmitter | undefined;

/** Whether all nodes of a graph can be computed step by step. */
export type CanStep = (list: NodeList) => boolean;

/** The row of tables `[outer, rows, width]` that the step has, in this shape. */
export function emitTakeStep(graph: Graph, owner: string, x: Value, shape: Shape): Value {
  const [outer, rows, width] = x.shape;
  const y = graph.value(owner, shape);
  graph.emitSink(takeStep, owner, { x, y }, { counts: { outer, rows, width } });
  return y;
}

/** Writes x `[batch, 1, …]` into what lasts `[batch, rows, width]`, as the row of the step. */
export function emitPutStep(graph: Graph, owner: string, x: Value, state: Value): void {
  const [outer, rows, width] = state.shape;
  graph.emitSink(putStep, owner, { x, y: state }, { counts: { outer, rows, width } });
}
