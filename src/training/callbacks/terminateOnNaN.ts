import { checkOptions } from "../../options";
import type { Callback } from "../callback";

/**
 * Ends the training quietly after the first batch whose loss is NaN or infinite.
 *
 * `fit` needs no callback for this: by default its own `terminateOnNaN` goes back to the last finite weights and throws a
 * NonFiniteError that names step and layer, at no cost. This one is for `fit(x, y, { terminateOnNaN: false })`, which leaves
 * such steps out; it returns the history so far, and looks at every batch, which costs small models speed.
 */
export function terminateOnNaN(): Callback;
export function terminateOnNaN(options?: unknown): Callback {
  checkOptions("callbacks.terminateOnNaN", options, []);
  return {
    onBatchEnd(_, logs, context) {
      if (!Number.isFinite(logs.loss)) context.stop();
    },
  };
}
