import { ShapeError } from "../errors";
import type { Shape } from "../tensor/shape";
import { showDimensions } from "./dimension";
import { checkFloat } from "./node";
import type { Trace, TracedFunction } from "./traced";

/** A penalty on a weight w that is added to the loss: l1·Σ|w| + l2·Σw², or a function of your own. */
export interface Regularizer {
  /** The factory that made it, as in `regularizers.l2`. */
  readonly name: string;
  /** As given: with the name, all that a file needs to keep. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Factor of the sum of sizes. */
  readonly l1: number;
  /** Factor of the sum of squares. */
  readonly l2: number;
  /** @internal The function over nodes, of a regularizer of the user's own. */
  readonly traced?: TracedFunction;
}

/**
 * The graph of a function of a weight of this shape.
 *
 * @throws ShapeError when it does not return one number
 */
export function traceRegularizer(traced: TracedFunction, shape: Shape): Trace {
  const trace = traced.trace([{ name: "w", dimensions: shape }]);
  const [output] = trace.outputs;
  checkFloat(traced.who, output);
  if (trace.outputs.length === 1 && output.dimensions.length === 0) return trace;
  const got = trace.outputs.map(({ dimensions }) => showDimensions(dimensions)).join(" and ");
  throw new ShapeError(`${traced.who}: the function must return one number, [], such as an ops.sum, got ${got}.`);
}
