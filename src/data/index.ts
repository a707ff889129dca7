/** The `data` namespace: where samples come from, and what is done to them before training. */
export type { AugmentOptions, AxisFactors, Factor, FlipMode } from "./augmentation/options";
export type { FillMode, Interpolation } from "./augmentation/resample";
export type { ByteSource } from "../io/bytes";
export { type ColumnReference, type CsvDataset, type CsvOptions, csv } from "./csv";
export type {
  BatchOptions,
  BucketOptions,
  Dataset,
  PaddedBatchOptions,
  ShuffleOptions,
  SplitOptions,
} from "./dataset";
export type { PaddingOptions } from "./sequences";
export { type IdxOptions, idx, parseIdx } from "./idx";
export type { Item, ItemLike, TensorsLike } from "./item";
export type { FilterFunction, MapFunction } from "./stream";
export type { MissingPolicy } from "../table/csvColumns";
export { table, tableStream } from "./tables";
export {
  type KFoldOptions,
  kFold,
  type SplitRules,
  type TrainAndTest,
  type TrainTestOptions,
  trainTest,
} from "../splits/index";
export { type TokensOptions, tokens } from "./tokens";
export { type SeriesLike, type Windows, type WindowsOptions, windows } from "./windows";
export type { Drawable } from "../images/canvas";
export type { ImageDecoders } from "../images/decode";
export type { FileLike, SkippedFile } from "../images/folder";
export type { DecodedJpeg, JpegDecoder, JpegDecoderOptions } from "../images/jpeg";
export type { Background, Channels } from "../images/pixels";
export type { DecodedPng } from "../images/png";
export type { ImageOptions } from "../images/prepare";
export type { ImageInterpolation } from "../images/resize";
export {
  type ImageDataLike,
  type ImageDataset,
  type ImageFolderOptions,
  type ImageSource,
  image,
  imageFolder,
} from "./images";
export { type NamedFileOptions, npy, type NpyOptions, npz, type NpzOptions, toNpy, toNpz } from "./numpy";
export {
  type SafetensorsFile,
  type SafetensorsOptions,
  type SafetensorsType,
  safetensors,
  toSafetensors,
} from "./safetensors";
export type { ArrayAndShape, NamedTensors, StoredLike } from "./storedArray";
export { fromIterable, fromTensors, type IterableOptions, type IterableSource } from "./sources";
export {
  type FeatureTransform,
  type Imputation,
  type ImputeOptions,
  impute,
  type OneHotEncoding,
  oneHot,
  type Standardization,
  type StandardizeOptions,
  standardize,
} from "./transforms";
