/** What a training was asked for. */
export interface FitParams {
  /** The number of the last epoch, counted from 1. */
  readonly epochs: number;
  /** Steps of an epoch; undefined while a stream has not told. */
  readonly steps?: number;
  /** Samples of a step. */
  readonly batchSize: number;
  /** Samples of an epoch; undefined while a stream has not told. */
  readonly samples?: number;
}

/** Results of an epoch or a batch by name: `loss`, `accuracy`, `valLoss`, `valAccuracy`, … */
export type Logs = Record<string, number>;

/** What `fit` returns: one number an epoch for everything that was measured. */
export class History {
  /** The epochs that were trained, counted from 0. */
  readonly epoch: number[] = [];
  /** What was measured, by name: `history.loss[i]` belongs to `epoch[i]`. */
  readonly history: Record<string, number[]> = {};
  /** The names that `history` has: to look among its own properties takes a fifth of an epoch of one tiny step. */
  readonly #names = new Set<string>();

  /** @internal */
  constructor(
    /** What the training was asked for. */
    readonly params: FitParams,
  ) {}

  /** @internal Appends the results of an epoch. */
  record(epoch: number, logs: Logs): void {
    this.epoch.push(epoch);
    for (const name in logs) {
      if (!this.#names.has(name)) {
        // Names may be those of what every object has: "constructor", "__proto__".
        Object.defineProperty(this.history, name, { value: [], enumerable: true, writable: true, configurable: true });
        this.#names.add(name);
      }
      this.history[name].push(logs[name]);
    }
  }
}

/** `accuracy` → `valAccuracy`, the name of a result measured on validation data. */
export function validationName(name: string): string {
  return `val${name[0].toUpperCase()}${name.slice(1)}`;
}
