/** wasmgrad/core: the kernels on their own, over typed arrays in linear memory. */
export { type Configuration, configure } from "../engine/configure";
export type { FullBuild, WasmSource } from "../engine/module/source";
export {
  ArgumentError,
  type ErrorCode,
  InternalError,
  MemoryLimitError,
  ShapeError,
  StateError,
  WasmgradError,
  WebAssemblyError,
} from "../errors";
export { activations } from "../activations/activations";
export { type Optimizer, optimizers } from "../optimizers/optimizers";
export type { Schedule } from "../optimizers/schedule";
export { schedules } from "../optimizers/schedules";
export type { Arena, Mark } from "./arena";
export type { Convolution, ConvolutionOptions } from "./convolution";
export { type Core, type CoreOptions, createCore } from "./core";
export type { Activation, ElementwiseActivation } from "./elementwise";
export type { SoftmaxBackward, SoftmaxForward } from "./softmax";
export type { Updater } from "./update";
