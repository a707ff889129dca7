/** wasmgrad: train neural networks on the CPU, in Node and in browsers. */
export * as data from "./data/index";
export type { TensorsLike } from "./data/item";
export {
  type ArrayOfRank,
  type Dtype,
  type Nested,
  Tensor,
  type TensorData,
  type TensorLike,
  type TypedArray,
  tensor,
} from "./data/tensor";
export {
  ArgumentError,
  DataError,
  FormatError,
  MemoryLimitError,
  NonFiniteError,
  ShapeError,
  StateError,
  ThreadError,
  WasmgradError,
} from "./errors";
export { input, type Node } from "./graph/node";
export { type Activation, activations } from "./layers/activations";
export * as layers from "./layers/index";
export { type Initializer, initializers } from "./layers/initializers";
export { type Regularizer, regularizers } from "./layers/regularizers";
export type { LayerFactory, LoadOptions, RestoreOptions } from "./model/decodeModel";
export {
  type CheckedElement,
  type GradientCheck,
  type GradientCheckOptions,
  gradientCheck,
} from "./model/gradientCheck";
export type { EngineOptions, JsEngineOptions, WasmEngineOptions } from "./model/engineOptions";
export { loadModel } from "./model/loadModel";
export type { CompileOptions, Model, ObjectiveOptions } from "./model/model";
export type { Gradients } from "./model/readWeights";
export { type GraphOptions, model, type Sequential, type SequentialOptions, sequential } from "./model/sequential";
export type { FileSource, ReadableHandle, SaveTarget, WritableHandle } from "./node/files";
export type { Callback, FitContext, Progress } from "./training/callback";
export * as callbacks from "./training/callbacks/index";
export type {
  FitDatasetOptions,
  FitOptions,
  FitSplitOptions,
  FitTensorsOptions,
  TrainingOptions,
  ValidationData,
} from "./training/fitOptions";
export type { FitParams, History, Logs } from "./training/history";
export { type Loss, type LossName, losses } from "./training/losses";
export {
  type AucOptions,
  type MetricDescription,
  type MetricName,
  metrics,
  type ThresholdOptions,
  type TopKOptions,
} from "./training/metrics";
export { type Optimizer, type OptimizerName, optimizers } from "./training/optimizers";
export type { Results } from "./training/results";
export type { WeightOptions } from "./training/samples";
export { type Schedule, schedules } from "./training/schedules";
