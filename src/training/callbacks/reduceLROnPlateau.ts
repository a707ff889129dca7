import { checkOptions, finiteNumber, integer } from "../../options";
import type { Callback } from "../callback";
import { Monitor, type MonitorOptions } from "./monitor";
import { readyMade } from "./readyMade";

/** Options of `reduceLROnPlateau`. */
export interface ReduceLROnPlateauOptions extends MonitorOptions {
  /** What the learning rate is multiplied by, between 0 and 1. Default 0.1. */
  factor?: number;
  /** Epochs without an improvement after which to reduce. Default 10. */
  patience?: number;
  /** Changes up to this are not an improvement. Default 1e-4. */
  minDelta?: number;
  /** Epochs after a reduction that are not counted. Default 0. */
  cooldown?: number;
  /** The rate does not fall below it. Default 0. */
  minLearningRate?: number;
}

/**
 * Reduces the learning rate when what is monitored no longer improves. Adds `learningRate`, that of the epoch, to the
 * history. From the first reduction on the rate overrides a schedule of the optimizer. Every training begins anew, as in Keras,
 * but with the rate that the model has by then.
 *
 * @throws ArgumentError for options; from `fit`, before the first step, when `monitor` is not measured (after an epoch, where
 *   callbacks of your own may add to the results)
 */
export function reduceLROnPlateau(options: ReduceLROnPlateauOptions = {}): Callback {
  const who = "callbacks.reduceLROnPlateau";
  const known = ["monitor", "mode", "factor", "patience", "minDelta", "cooldown", "minLearningRate"];
  checkOptions(who, options, known);
  const monitor = new Monitor(who, options, options.minDelta ?? 1e-4);
  const factor = finiteNumber(who, "factor", options.factor ?? 0.1, { above: 0, below: 1 });
  const patience = integer(who, "patience", options.patience ?? 10, { min: 0 });
  const cooldown = integer(who, "cooldown", options.cooldown ?? 0, { min: 0 });
  const minLearningRate = finiteNumber(who, "minLearningRate", options.minLearningRate ?? 0, { min: 0 });

  let best: number;
  let epochsWaited: number;
  let epochsToCool: number;

  const callback: Callback = {
    onTrainBegin(context) {
      monitor.begin(context);
      best = monitor.worst;
      epochsWaited = 0;
      epochsToCool = 0;
    },
    onEpochEnd(_, logs, context) {
      const value = monitor.read(logs);
      const { learningRate } = context;
      logs.learningRate = learningRate;
      if (epochsToCool > 0) {
        epochsToCool--;
        epochsWaited = 0;
      }
      if (monitor.isBetter(value, best)) {
        best = value;
        epochsWaited = 0;
        return;
      }
      if (epochsToCool > 0 || ++epochsWaited < patience || learningRate <= minLearningRate) return;
      context.learningRate = Math.max(learningRate * factor, minLearningRate);
      epochsToCool = cooldown;
      epochsWaited = 0;
    },
  };
  return readyMade(callback, { adds: ["learningRate"], meet: monitor.meet });
}
