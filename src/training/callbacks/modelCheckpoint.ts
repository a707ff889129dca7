import { ArgumentError } from "../../errors";
import { boolean, checkOptions, show } from "../../options";
import type { Callback } from "../callback";
import type { Logs } from "../history";
import { Monitor, type MonitorOptions } from "./monitor";

export interface ModelCheckpointOptions extends MonitorOptions {
  /**
   * Receives the file of the model with its optimizer, as `loadModel` reads it; `fit` waits for what it returns.
   * In Node: `save: (bytes, epoch) => writeFile(`epoch${epoch}.safetensors`, bytes)`.
   */
  save: (bytes: Uint8Array, epoch: number, logs: Readonly<Logs>) => void | Promise<void>;
  /** Whether to save only epochs that are better than all before. Default false: every epoch, whatever is monitored. */
  saveBestOnly?: boolean;
}

/**
 * Hands over the model's file after every epoch, or after every epoch that is the best so far.
 *
 * @throws ArgumentError for options; from `fit`, after the first epoch, when `monitor` is needed and not measured
 */
export function modelCheckpoint(options: ModelCheckpointOptions): Callback {
  const who = "callbacks.modelCheckpoint";
  checkOptions(who, options, ["save", "saveBestOnly", "monitor", "mode"]);
  const save = options?.save;
  if (typeof save !== "function") {
    throw new ArgumentError(`${who}: save must be a function that receives the bytes, got ${show(save)}.`);
  }
  const saveBestOnly = boolean(who, "saveBestOnly", options.saveBestOnly ?? false);
  const monitor = saveBestOnly ? new Monitor(who, options) : undefined;
  let best: number | undefined;

  return {
    onTrainBegin() {
      best = monitor?.worst;
    },
    async onEpochEnd(epoch, logs, { model }) {
      if (monitor) {
        const value = monitor.read(logs);
        if (!monitor.isBetter(value, best!)) return;
        best = value;
      }
      await save(model.toBytes(), epoch, logs);
    },
  };
}
