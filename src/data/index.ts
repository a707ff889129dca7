/** The `data` namespace: where samples come from, and what is done to them before training. */
export type { ByteSource } from "./bytes";
export { type ColumnReference, type CsvDataset, type CsvOptions, csv } from "./csv";
export type { Dataset } from "./dataset";
export { idx, parseIdx } from "./idx";
export type { Item, ItemLike, TensorsLike } from "./item";
export { fromIterable, fromTensors, type IterableSource } from "./sources";
export { type Imputation, impute, type OneHotEncoding, oneHot, type Standardization, standardize } from "./transforms";
