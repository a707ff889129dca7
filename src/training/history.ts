/** What a training was asked for. */
export interface FitParams {
  readonly epochs: number;
  /** Steps of an epoch; undefined while a stream has not told. */
  readonly steps?: number;
  readonly batchSize: number;
  /** Samples of an epoch; undefined while a stream has not told. */
  readonly samples?: number;
}

/** Results of an epoch or a batch by name: `loss`, `accuracy`, `valLoss`, `valAccuracy`, … */
export type Logs = Record<string, number>;

/** What `fit` returns: one number an epoch for everything that was measured. */
export class History {
  readonly epoch: number[] = [];
  readonly history: Record<string, number[]> = {};

  constructor(readonly params: FitParams) {}

  /** Appends the results of an epoch. */
  record(epoch: number, logs: Logs): void {
    this.epoch.push(epoch);
    for (const name in logs) {
      this.history[name] ??= [];
      this.history[name].push(logs[name]);
    }
  }
}

/** `accuracy` → `valAccuracy`, the name of a result measured on validation data. */
export function validationName(name: string): string {
  return `val${name[0].toUpperCase()}${name.slice(1)}`;
}
