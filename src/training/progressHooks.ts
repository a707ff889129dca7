import type { Callback, FitContext, Progress } from "./callback";

/** The `onProgress` of all callbacks: called without waiting, and what they reject with is kept for `fit` to reject with. */
export class ProgressHooks {
  /** Whether there are any. */
  readonly areThere: boolean;
  /** What was returned and is not settled yet. */
  readonly #pending = new Set<Promise<void>>();
  #failure?: { readonly reason: unknown };

  constructor(
    private readonly callbacks: readonly Callback[],
    private readonly context: FitContext,
  ) {
    this.areThere = callbacks.some(({ onProgress }) => onProgress);
  }

  /** Tells how far the training is. */
  tell(progress: Progress): void {
    for (const callback of this.callbacks) {
      const told: unknown = callback.onProgress?.(progress, this.context);
      if (typeof (told as PromiseLike<void> | undefined)?.then !== "function") continue;
      const pending: Promise<void> = Promise.resolve(told as PromiseLike<void>)
        .catch((reason) => {
          this.#failure ??= { reason };
        })
        .finally(() => this.#pending.delete(pending));
      this.#pending.add(pending);
    }
  }

  /** @throws what one has rejected with */
  check(): void {
    if (this.#failure) throw this.#failure.reason;
  }

  /**
   * Waits for all that were called.
   *
   * @throws what one has rejected with
   */
  async settle(): Promise<void> {
    await Promise.all(this.#pending);
    this.check();
  }
}
