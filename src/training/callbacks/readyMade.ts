import type { Callback } from "../callback";

/** Under it stands what a callback adds to the results of an epoch; the same in `wasmgrad` and `wasmgrad/node`. */
const ADDS = Symbol.for("wasmgrad.callback.adds");

/** Marks a callback as one of the library, which adds these names to the results of an epoch. */
export function readyMade(callback: Callback, adds: readonly string[] = []): Callback {
  return Object.assign(callback, { [ADDS]: adds });
}

/** The names that these callbacks add to the results of an epoch; undefined when a user's own may add any. */
export function namesAdded(callbacks: readonly Callback[]): readonly string[] | undefined {
  const names: string[] = [];
  for (const callback of callbacks) {
    const adds = (callback as { [ADDS]?: readonly string[] })[ADDS] ?? (callback.onEpochEnd ? undefined : []);
    if (!adds) return undefined;
    names.push(...adds);
  }
  return names;
}
