/** The `data` namespace: where samples come from, and what is done to them before training. */
export type { AugmentOptions, AxisFactors, Factor, FlipMode } from "./augmentation/options";
export type { FillMode, Interpolation } from "./augmentation/resample";
export type { ByteSource } from "./bytes";
export { type ColumnReference, CsvDataset, type CsvOptions, csv } from "./csv";
export { Dataset } from "./dataset";
export { idx, parseIdx } from "./idx";
export type { Item, ItemLike, TensorsLike } from "./item";
export type { Batching, Columns, Selection, Shuffle } from "./selection";
export { fromIterable, fromTensors, type IterableSource } from "./sources";
export { Imputation, impute, OneHotEncoding, oneHot, Standardization, standardize } from "./transforms";
