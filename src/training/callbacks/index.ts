/** The `callbacks` namespace: ready ones. Any object with some of the hooks of `Callback` is one, too. */
export { type EarlyStoppingOptions, earlyStopping } from "./earlyStopping";
export { type LearningRateSchedulerOptions, learningRateScheduler } from "./learningRateScheduler";
export {
  type BytesCheckpointOptions,
  type CheckpointOptions,
  type CheckpointPath,
  type FileCheckpointOptions,
  type ModelCheckpointOptions,
  modelCheckpoint,
} from "./modelCheckpoint";
export type { MonitorMode, MonitorOptions } from "./monitor";
export { type ProgressBarOptions, progressBar } from "./progressBar";
export { type ReduceLROnPlateauOptions, reduceLROnPlateau } from "./reduceLROnPlateau";
export type { Terminal } from "./terminal";
export { terminateOnNaN } from "./terminateOnNaN";
