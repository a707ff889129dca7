import { ArgumentError } from "../../errors";
import type { SaveTarget } from "../../io/files";
import { boolean, checkOptions, finiteNumber, show } from "../../options";
import type { Callback } from "../callback";
import type { Logs } from "../history";
import { Monitor, type MonitorOptions } from "./monitor";
import { readyMade } from "./readyMade";

/** Where a checkpoint goes: what `model.save` takes, or that as a function of the epoch. */
export type CheckpointPath = SaveTarget | ((epoch: number, logs: Readonly<Logs>) => SaveTarget);

/** When a checkpoint is saved. */
export interface CheckpointOptions extends MonitorOptions {
  /**
   * Whether to save only epochs that are better than all before, also than those of earlier trainings of the same model with this
   * callback. Default false: every epoch, whatever is monitored.
   */
  saveBestOnly?: boolean;
  /** With `saveBestOnly`, the value that the first epoch must be better than. Default: every one is. */
  initialValueThreshold?: number;
}

/** Options of checkpoints that are files. */
export interface FileCheckpointOptions extends CheckpointOptions {
  /**
   * Where `model.save` writes: in Node a path, always the same or one for each epoch:
   * ``(epoch) => `epoch${epoch}.safetensors` ``.
   */
  path: CheckpointPath;
  /** Takes the place of `path`. */
  save?: undefined;
}

/** Options of checkpoints that a function keeps. */
export interface BytesCheckpointOptions extends CheckpointOptions {
  /** Receives the bytes that `loadModel` reads. `fit` waits for what it returns. */
  save: (bytes: Uint8Array, epoch: number, logs: Readonly<Logs>) => void | Promise<void>;
  /** Takes the place of `save`. */
  path?: undefined;
}

/** Options of `modelCheckpoint`: where to write, or who receives the bytes. */
export type ModelCheckpointOptions = FileCheckpointOptions | BytesCheckpointOptions;

/**
 * Saves the model with its optimizer after every epoch, or after every epoch that is the best so far. Used in several trainings
 * of a model, compiled again or not, it remembers the best value, as in Keras; with another model it begins anew.
 *
 * @throws ArgumentError for options; from `fit`, before the first step, when `monitor` is needed and not measured (after an epoch,
 *   where callbacks of your own may add to the results)
 */
export function modelCheckpoint(options: ModelCheckpointOptions): Callback {
  const who = "callbacks.modelCheckpoint";
  checkOptions(who, options, ["path", "save", "saveBestOnly", "initialValueThreshold", "monitor", "mode"]);
  const { path, save } = options ?? {};
  if ((path === undefined) === (save === undefined)) {
    throw new ArgumentError(`${who}: give path, where to write, or save, a function that receives the bytes.`);
  }
  if (save !== undefined && typeof save !== "function") {
    throw new ArgumentError(`${who}: save must be a function that receives the bytes, got ${show(save)}.`);
  }
  const saveBestOnly = boolean(who, "saveBestOnly", options.saveBestOnly ?? false);
  const monitor = saveBestOnly ? new Monitor(who, options) : undefined;
  const { initialValueThreshold } = options;
  if (initialValueThreshold !== undefined) {
    finiteNumber(who, "initialValueThreshold", initialValueThreshold);
    if (!monitor) throw new ArgumentError(`${who}: initialValueThreshold goes with saveBestOnly: true.`);
  }
  let best: number | undefined;
  /** The model that `best` is of. */
  let trained: WeakRef<object> | undefined;

  const callback: Callback = {
    onTrainBegin(context) {
      monitor?.begin(context);
      if (trained?.deref() === context.model) return;
      trained = new WeakRef(context.model);
      best = initialValueThreshold ?? monitor?.worst;
    },
    async onEpochEnd(epoch, logs, { model }) {
      if (monitor) {
        const value = monitor.read(logs);
        if (!monitor.isBetter(value, best!)) return;
        best = value;
      }
      if (save) await save(model.toBytes(), epoch, logs);
      else await model.save(typeof path === "function" ? path(epoch, logs) : path!);
    },
  };
  return readyMade(callback, { meet: monitor?.meet });
}
