/** wasmgrad/inference: predicts with models that wasmgrad has saved. No training, and a tenth of its size. */
export type { TensorsLike } from "../data/item";
export {
  type DataOfDtype,
  type Dtype,
  type Nested,
  type NestedNumbers,
  Tensor,
  type TensorLike,
  type TypedArray,
  tensor,
} from "../tensor/tensor";
export {
  ArgumentError,
  DataError,
  type ErrorCode,
  FormatError,
  InternalError,
  LimitError,
  MemoryLimitError,
  ShapeError,
  StateError,
  WasmgradError,
} from "../errors";
export type { FileSource } from "../io/files";
export type { LoadLimits, LoadWarning, ReadOptions } from "../saving/loadOptions";
export type {
  Answer,
  EmbeddedColumn,
  Pipeline,
  PipelineTensors,
  RawRow,
  RawRows,
  ResultFor,
} from "../pipeline/pipeline";
export type { Target, TargetAnswer } from "../pipeline/target";
export type {
  ColumnReading,
  ColumnRole,
  ColumnSchema,
  ColumnType,
  DateOrder,
  DecimalMark,
  TableSchema,
  UnknownPolicy,
} from "../table/schema";
export { loadModel } from "./loadModel";
export type { Port } from "./network";
export type { PredictOptions, Predictor } from "./predictor";
