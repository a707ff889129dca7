import type { Tensor } from "../../tensor/tensor";
import { boolean, checkOptions, finiteNumber, integer } from "../../options";
import type { Callback } from "../callback";
import { Monitor, type MonitorOptions } from "./monitor";
import { readyMade } from "./readyMade";

/** Options of `earlyStopping`. */
export interface EarlyStoppingOptions extends MonitorOptions {
  /**
   * Epochs without an improvement after which to stop; 0 stops, as 1 does, at the first. Default 0; no limit when
   * `stopBelow` or `stopAbove` is given.
   */
  patience?: number;
  /** Changes up to this are not an improvement. Default 0. */
  minDelta?: number;
  /** Only epochs better than this reset the patience. */
  baseline?: number;
  /** Whether to end with the weights of the best epoch rather than those of the last. Default false. */
  restoreBestWeights?: boolean;
  /** Epochs before this one are not looked at. Default 0. */
  startFromEpoch?: number;
  /** Stops after the first epoch whose value is smaller than this. */
  stopBelow?: number;
  /** Stops after the first epoch whose value is larger than this. */
  stopAbove?: number;
}

const known = [
  "monitor",
  "mode",
  "patience",
  "minDelta",
  "baseline",
  "restoreBestWeights",
  "startFromEpoch",
  "stopBelow",
  "stopAbove",
] as const;

/**
 * Ends the training when what is monitored no longer improves, or has reached a goal:
 * `earlyStopping({ monitor: "loss", stopBelow: 1e-6 })`. Every training begins anew: in Keras 3, which has no goals, the best value
 * of an earlier training would count, so that the second one could stop at once.
 *
 * @throws ArgumentError for options; from `fit`, before the first step, when `monitor` is not measured (after an epoch, where
 *   callbacks of your own may add to the results)
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  const who = "callbacks.earlyStopping";
  checkOptions(who, options, known);
  const monitor = new Monitor(who, options, options.minDelta);
  const { baseline, stopBelow, stopAbove } = options;
  for (const [name, value] of Object.entries({ baseline, stopBelow, stopAbove })) {
    if (value !== undefined) finiteNumber(who, name, value);
  }
  const hasGoal = stopBelow !== undefined || stopAbove !== undefined;
  const isPatient = hasGoal && options.patience === undefined;
  const patience = isPatient ? Number.POSITIVE_INFINITY : integer(who, "patience", options.patience ?? 0, { min: 0 });
  const restores = boolean(who, "restoreBestWeights", options.restoreBestWeights ?? false);
  const startFromEpoch = integer(who, "startFromEpoch", options.startFromEpoch ?? 0, { min: 0 });
  const hasReachedGoal = (value: number) =>
    value < (stopBelow ?? Number.NEGATIVE_INFINITY) || value > (stopAbove ?? Number.POSITIVE_INFINITY);

  let best: number;
  let bestWeights: Record<string, Tensor> | undefined;
  let epochsWaited: number;

  const callback: Callback = {
    onTrainBegin(context) {
      monitor.begin(context);
      best = monitor.worst;
      bestWeights = undefined;
      epochsWaited = 0;
    },
    async onEpochEnd(epoch, logs, context) {
      if (epoch < startFromEpoch) return;
      const value = monitor.read(logs);
      const improves = monitor.isBetter(value, best);
      if (improves) best = value;
      if (restores && (improves || !bestWeights)) bestWeights = await context.model.getWeights();
      epochsWaited++;
      if (improves && (baseline === undefined || monitor.isBetter(value, baseline))) epochsWaited = 0;
      const isImpatient = !improves && epochsWaited >= patience && epoch > 0;
      if (isImpatient || hasReachedGoal(value)) context.stop();
    },
    async onTrainEnd(_, context) {
      if (bestWeights) await context.model.setWeights(bestWeights);
    },
  };
  return readyMade(callback, { meet: monitor.meet });
}
