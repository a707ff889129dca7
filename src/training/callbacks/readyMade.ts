import type { Callback } from "../callback";

/** What a callback can know of a training before it begins, besides its context. */
export interface Company {
  /** The names that the callbacks before this one add to the results of an epoch; undefined when a user's own may add any. */
  readonly added: readonly string[] | undefined;
  /** Whether there are validation data. */
  readonly isValidated: boolean;
}

/** What a callback of the library tells of itself. */
interface Introduction {
  /** The names that it adds to the results of an epoch. */
  readonly adds?: readonly string[];
  /** Is told its company when `fit` has read its options. */
  readonly meet?: (company: Company) => void;
}

/** Where introductions stand; the same in `wasmgrad` and `wasmgrad/node`. */
const INTRODUCTION = Symbol.for("wasmgrad.callback.introduction");

/** Marks a callback as one of the library. */
export function readyMade(callback: Callback, introduction: Introduction = {}): Callback {
  return Object.assign(callback, { [INTRODUCTION]: introduction });
}

/** Tells the callbacks of a training of each other. */
export function introduce(callbacks: readonly Callback[], isValidated: boolean): void {
  let added: readonly string[] | undefined = [];
  for (const callback of callbacks) {
    const own = (callback as { [INTRODUCTION]?: Introduction })[INTRODUCTION];
    own?.meet?.({ added, isValidated });
    if (own) added = added && [...added, ...(own.adds ?? [])];
    else if (callback.onEpochEnd) added = undefined;
  }
}
