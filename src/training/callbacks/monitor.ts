import { ArgumentError } from "../../errors";
import { betterDirection, measurableNames } from "../../metrics/metrics";
import { didYouMean, finiteNumber, oneOf, show } from "../../options";
import type { FitContext } from "../callback";
import { type Logs, validationName } from "../history";
import type { Company } from "./readyMade";

/** Whether a smaller or a larger value is the better one; `"auto"` knows it of the loss and of every metric. */
export type MonitorMode = "auto" | "min" | "max";

/** Options of callbacks that watch a result. */
export interface MonitorOptions {
  /** What to watch, by its name in the history: `loss`, `valLoss`, `valAccuracy`, … Default "valLoss". */
  monitor?: string;
  /** Default "auto". */
  mode?: MonitorMode;
}

/** `valDigits/topKAccuracy_1` → `topKAccuracy`; `valLoss` → `loss`. */
function plainName(monitor: string): string {
  const last = monitor.slice(monitor.lastIndexOf("/") + 1).replace(/_\d+$/, "");
  return monitor.includes("/") ? last : last.replace(/^val([A-Z])/, (_, letter: string) => letter.toLowerCase());
}

/** The name that a result has here: `val_acc` and `valAcc` → `valAccuracy`, `validationLoss` → `valLoss`. */
function properName(monitor: string): string {
  return monitor
    .replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    .replace(/^validation(?=[A-Z])/, "val")
    .replace(/(^|\/|^val(?=A))acc$/i, (_, before: string) => `${before}${before === "val" ? "A" : "a"}ccuracy`);
}

function directionOf(who: string, monitor: string, mode: MonitorMode): "min" | "max" {
  if (mode !== "auto") return mode;
  const proper = properName(monitor);
  if (proper !== monitor) {
    throw new ArgumentError(`${who}: nothing is called ${show(monitor)}. Did you mean "${proper}"?`);
  }
  const name = plainName(monitor);
  const better = name === "loss" ? "min" : betterDirection(name);
  if (better) return better;
  throw new ArgumentError(
    `${who}: whether ${show(monitor)} should fall or rise is not known. Give mode "min" or "max".` +
      didYouMean(name, ["loss", ...measurableNames()]),
  );
}

/** A quantity that is measured every epoch, and which way it should go. */
export class Monitor {
  readonly name: string;
  readonly direction: "min" | "max";
  #company?: Company;

  /** @throws ArgumentError when the direction of an unknown quantity is left to be guessed */
  constructor(
    private readonly who: string,
    { monitor = "valLoss", mode = "auto" }: MonitorOptions,
    /** What an improvement must exceed, at least 0. */
    private readonly minDelta = 0,
  ) {
    if (typeof monitor !== "string") {
      throw new ArgumentError(`${who}: monitor must be the name of a result, got ${show(monitor)}.`);
    }
    this.name = monitor;
    finiteNumber(who, "minDelta", minDelta, { min: 0 });
    this.direction = directionOf(who, monitor, oneOf(who, "mode", mode, ["auto", "min", "max"]));
  }

  /** What every value is better than. */
  get worst(): number {
    return this.direction === "min" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  /** To be called with what else there is in a training, before it. */
  readonly meet = (company: Company): void => {
    this.#company = company;
  };

  /**
   * Before the training, as far as one can know: a callback of the user's own that comes before may add results.
   *
   * @throws ArgumentError when nothing of this name will be measured
   */
  begin({ measured }: FitContext): void {
    const { added, isValidated } = this.#company ?? {};
    if (!added) return;
    const names = [...measured, ...(isValidated ? measured.map(validationName) : []), ...added];
    if (!names.includes(this.name)) throw this.#notMeasured(names);
  }

  /** @throws ArgumentError when it is not among what was measured */
  read(logs: Logs): number {
    if (Object.hasOwn(logs, this.name)) return logs[this.name];
    throw this.#notMeasured(Object.keys(logs));
  }

  #notMeasured(names: readonly string[]): ArgumentError {
    const proper = properName(this.name);
    const isNear = names.includes(proper);
    const hint = !isNear && /^val[A-Z]/.test(this.name) && !names.some((name) => /^val[A-Z]/.test(name));
    return new ArgumentError(
      `${this.who}: ${show(this.name)} is not measured.` +
        (hint
          ? ` Give fit validationData or validationSplit, or monitor one of: ${names.join(", ")}.`
          : `${isNear ? ` Did you mean "${proper}"?` : ""} What can be monitored: ${names.join(", ")}.`),
    );
  }

  /** Whether `value` is better than `reference` by more than minDelta. NaN never is. */
  isBetter(value: number, reference: number): boolean {
    return this.direction === "min" ? value < reference - this.minDelta : value > reference + this.minDelta;
  }
}
