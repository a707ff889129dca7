/** wasmgrad: train neural networks on the CPU, in Node and in browsers. */
export * as data from "./data/index";
export type { TensorsLike } from "./data/item";
export { type Dtype, type Nested, Tensor, type TensorLike, type TypedArray, tensor } from "./data/tensor";
export { type Configuration, configure } from "./engine/configure";
export type { FullBuild, WasmSource } from "./engine/source";
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
  WebAssemblyError,
} from "./errors";
export { input, Node } from "./graph/node";
export { type Activation, activations } from "./layers/activations";
export * as layers from "./layers/index";
export { type Initializer, initializers } from "./layers/initializers";
export { type Regularizer, regularizers } from "./layers/regularizers";
export type { LayerFactory, LoadOptions } from "./model/decodeModel";
export {
  type CheckedElement,
  type GradientCheck,
  type GradientCheckOptions,
  gradientCheck,
} from "./model/gradientCheck";
export { loadModel } from "./model/loadModel";
export { type CompileOptions, Model } from "./model/model";
export type { Gradients } from "./model/readWeights";
export { model, Sequential, type SequentialOptions, sequential } from "./model/sequential";
export type { FileSource, SaveTarget } from "./node/files";
export type { Callback, FitContext, Progress } from "./training/callback";
export * as callbacks from "./training/callbacks/index";
export type { FitOptions } from "./training/fitOptions";
export { type FitParams, History, type Logs } from "./training/history";
export { type Loss, type LossName, losses } from "./training/losses";
export { type Metric, type MetricDescription, type MetricLike, type MetricName, metrics } from "./training/metrics";
export { type Optimizer, type OptimizerName, optimizers } from "./training/optimizers";
export type { Results } from "./training/results";
export type { Schedule } from "./training/schedule";
export { schedules } from "./training/schedules";
