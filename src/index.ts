/** wasmgrad: train neural networks on the CPU, in Node and in browsers. */
export * as data from "./data/index";
export type { CsvDataset } from "./data/csv";
export type { Dataset } from "./data/dataset";
export type { Item, ItemLike, TensorsLike } from "./data/item";
export {
  type ArrayOfRank,
  type DataAndShape,
  type DataOfDtype,
  type Dtype,
  type Nested,
  type NestedNumbers,
  Tensor,
  type TensorData,
  type TensorLike,
  type HalfPrecisionArray,
  type TypedArray,
  tensor,
} from "./tensor/tensor";
export { type Configuration, configure } from "./engine/configure";
export type { FullBuild, WasmSource } from "./engine/module/source";
export {
  ArgumentError,
  DataError,
  type ErrorCode,
  FormatError,
  InternalError,
  LimitError,
  MemoryLimitError,
  NonFiniteError,
  ShapeError,
  StateError,
  ThreadError,
  WasmgradError,
  WebAssemblyError,
} from "./errors";
export type { Described } from "./options";
export { type InputOptions, input, type Node } from "./graph/node";
export {
  type Activation,
  type ActivationLike,
  type ActivationName,
  activations,
  type EluOptions,
  type HardSigmoidOptions,
  type GeluOptions,
  type LeakyReluOptions,
} from "./activations/activations";
export type {
  BooleanColumn,
  CategoryColumn,
  CellValue,
  Column,
  DateColumn,
  NumberColumn,
  TextColumn,
} from "./table/columns/column";
export type { CsvTextOptions } from "./table/csvText";
export type { ColumnDescription, DescribeOptions, TableDescription, WordCount } from "./table/describe";
export type { TableNote, TextLayout } from "./table/notes";
export type { TableStreamOptions } from "./table/read";
export type { MissingOption, OnlyMissing } from "./table/rules/missing";
export type {
  ColumnReading,
  ColumnRole,
  ColumnSchema,
  ColumnType,
  DateOrder,
  DecimalMark,
  TableSchema,
  UnknownPolicy,
} from "./table/schema";
export type { TableSource } from "./table/sources/openSource";
export type { Row, Table } from "./table/table";
export type {
  ColumnOptions,
  SelectionOptions,
  TableOptions,
  TextOptions,
  WritingOptions,
} from "./table/tableOptions";
export * as layers from "./layers/index";
export * as ops from "./nodes/index";
export type { NodeLike } from "./nodes/operation";
export * from "./tables";
export * as text from "./text/index";
export type { Tokenizer } from "./text/tokenizer";
export type { CustomLossOptions } from "./losses/custom";
export type { CustomMetricOptions } from "./metrics/custom";
export type { Layer, LayerOptions, LayerResult } from "./graph/layer";
export type { Initializer, InitializerLike, InitializerName } from "./initializers/initializer";
export {
  type ConstantOptions,
  type FanDistribution,
  type FanMode,
  type GainOptions,
  initializers,
  type NormalOptions,
  type OrthogonalOptions,
  type SeedOptions,
  type UniformOptions,
  type VarianceScalingOptions,
} from "./initializers/initializers";
export {
  type L1L2Options,
  type L1Options,
  type L2Options,
  type Regularizer,
  type RegularizerLike,
  type RegularizerName,
  regularizers,
} from "./regularizers/regularizers";
export type { LoadOptions, RestoreOptions } from "./model/decodeModel";
export type { LoadLimits, LoadWarning, ReadOptions } from "./saving/loadOptions";
export type { LayerFactory } from "./saving/decodeStructure";
export {
  type CheckedElement,
  type GradientCheck,
  type GradientCheckOptions,
  gradientCheck,
} from "./model/gradientCheck";
export type { EngineOptions, JsEngineOptions, WasmEngineOptions } from "./model/engineOptions";
export { loadModel } from "./model/loadModel";
export type { MemorySizes } from "./runtime/memoryMap";
export type { CompileOptions, ObjectiveOptions, PlanOptions } from "./model/compileOptions";
export type {
  BatchSizeOptions,
  MemoryOptions,
  Model,
  NodesOf,
  Prediction,
  PredictOptions,
  ProgramOptions,
} from "./model/model";
export { type GenerateOptions, generate } from "./generation/generate";
export type { Stream, StreamOptions, StreamState } from "./streams/stream";
export type { Gradients } from "./training/gradients";
export {
  type GraphOptions,
  model,
  type PredictionOf,
  type Sequential,
  type SequentialOptions,
  sequential,
} from "./model/sequential";
export type { FileSource, ReadableHandle, SaveTarget, WritableFile, WritableHandle } from "./io/files";
export type { Callback, FitContext, Progress, SamplesAtOnce, TrainedModel, TrainingOutcome } from "./training/callback";
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
export {
  type CrossentropyOptions,
  type HuberOptions,
  type Loss,
  type LossName,
  type LossOptions,
  losses,
  type Reduction,
} from "./losses/losses";
export {
  type AucOptions,
  type Direction,
  type MetricDescription,
  type MetricLike,
  type MetricName,
  metrics,
  type PerplexityOptions,
  type ThresholdOptions,
  type TopKOptions,
} from "./metrics/metrics";
export {
  type AdadeltaOptions,
  type AdadeltaSettings,
  type AdagradOptions,
  type AdagradSettings,
  type AdamaxOptions,
  type AdamaxSettings,
  type AdamOptions,
  type AdamSettings,
  type Clipping,
  type GlobalNormClipping,
  type LearningRate,
  type LionOptions,
  type LionSettings,
  type NadamOptions,
  type NormClipping,
  type Optimizer,
  type OptimizerName,
  type OptimizerOptions,
  optimizers,
  type RmspropOptions,
  type RmspropSettings,
  type SgdOptions,
  type SgdSettings,
  type ValueClipping,
} from "./optimizers/optimizers";
export type { Results } from "./training/results";
export type { SampleWeightLike, WeightOptions } from "./training/samples";
export type { Schedule } from "./optimizers/schedule";
export {
  type CosineDecayOptions,
  type CosineDecayRestartsOptions,
  type ExponentialDecayOptions,
  type InverseTimeDecayOptions,
  type PiecewiseConstantDecayOptions,
  type PolynomialDecayOptions,
  schedules,
} from "./optimizers/schedules";
