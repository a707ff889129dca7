import { ArgumentError } from "../errors";
import { didYouMean, show } from "../options";
import type { Callback } from "./callback";

const hooks = [
  "onTrainBegin",
  "onTrainEnd",
  "onEpochBegin",
  "onEpochEnd",
  "onBatchBegin",
  "onBatchEnd",
  "onProgress",
] as const satisfies (keyof Callback)[];

/**
 * Checks callbacks. A misspelt hook would never be called, and nobody would know.
 *
 * @throws ArgumentError
 */
export function readCallbacks(callbacks: unknown): readonly Callback[] {
  if (!Array.isArray(callbacks)) throw new ArgumentError(`fit: callbacks must be an array, got ${show(callbacks)}.`);
  callbacks.forEach((callback, i) => {
    if (callback === null || typeof callback !== "object") {
      throw new ArgumentError(
        `fit: callbacks[${i}] must be an object of hooks such as onEpochEnd, or made by one of callbacks, got ${show(callback)}.`,
      );
    }
    for (const name of Object.keys(callback)) {
      if (!/^on[A-Z]/.test(name) || (hooks as readonly string[]).includes(name)) continue;
      throw new ArgumentError(`fit: callbacks[${i}] has an unknown hook "${name}".${didYouMean(name, hooks)}`);
    }
    for (const name of hooks) {
      const hook: unknown = callback[name];
      if (hook === undefined || typeof hook === "function") continue;
      throw new ArgumentError(`fit: callbacks[${i}].${name} must be a function, got ${show(hook)}.`);
    }
  });
  return callbacks;
}
