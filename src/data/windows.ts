import { ArgumentError, DataError, ShapeError } from "../errors";
import { Moments } from "../numeric/moments";
import { boolean, checkOptions, didYouMean, finiteNumber, integer, show } from "../options";
import { sizeOf } from "../tensor/shape";
import { Tensor, type TensorLike, toExactTensor } from "../tensor/tensor";
import type { Dataset } from "./dataset";
import { fromTensors } from "./sources";

/** A series: rows in the order of time as a tensor `[time, columns]` or `[time]`, columns by name, or rows as objects. */
export type SeriesLike =
  | TensorLike
  | Readonly<Record<string, ArrayLike<number>>>
  | readonly Readonly<Record<string, number>>[];

/** Options of `windows`. */
export interface WindowsOptions {
  /** Rows that a sample sees. */
  inputSteps: number;
  /** Rows behind them that are to be foretold. Default 1. */
  targetSteps?: number | undefined;
  /** Rows from the start of a sample to that of the next. Default 1. */
  stride?: number | undefined;
  /** Which columns are foretold, by position or name. Default: all. */
  targetColumns?: readonly (number | string)[] | undefined;
  /**
   * Where the test begins: a row, or below 1 a share of the rows. Samples whose targets all stand before it are for training,
   * those whose targets all stand from there on for testing; their inputs may reach back. Default 0.8.
   */
  testFrom?: number | undefined;
  /** Whether columns get mean 0 and deviation 1, as learned from the rows before `testFrom`. Default true. */
  standardize?: boolean | undefined;
}

/** What `windows` makes of a series. */
export interface Windows {
  /** Samples before the test: x `[inputSteps, columns]`, y `[targetSteps, targets]`, of one step `[targets]`. */
  readonly train: Dataset;
  /** Later samples. */
  readonly test: Dataset;
  /** The mean of each column before the test; 0 without `standardize`. */
  readonly mean: Float64Array;
  /** The standard deviation (of the population) of each column before the test; 1 of a column that does not vary there. */
  readonly deviation: Float64Array;
  /** The positions of the columns that are foretold. */
  readonly targetColumns: readonly number[];
  /** Predictions `[…, targets]` in the units of the series. */
  toUnits(predictions: TensorLike): Tensor<"float32">;
}

interface Series {
  readonly values: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
  readonly names?: readonly string[];
}

const WHO = "windows";
/** 1 GiB of float32, for x and y each. */
const MAXIMUM_NUMBERS = 2 ** 28;

/** Columns by name as one array, row by row. */
function ofColumns(names: readonly string[], rows: number, valueAt: (name: string, row: number) => unknown): Series {
  if (names.length === 0 || rows === 0) throw new DataError(`${WHO}: the series is empty.`);
  const values = new Float64Array(rows * names.length);
  for (let t = 0; t < rows; t++) {
    names.forEach((name, column) => {
      const value = valueAt(name, t);
      if (typeof value !== "number") {
        throw new DataError(`${WHO}: expects numbers, got ${show(value)} in column ${show(name)} of row ${t}.`);
      }
      values[t * names.length + column] = value;
    });
  }
  return { values, rows, columns: names.length, names };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);

/** Whether it is a tensor, rather than columns or a row of which some have the names of its parts. */
const isTensorLike = ({ data, shape }: Record<string, unknown>) =>
  (ArrayBuffer.isView(data) || Array.isArray(data)) &&
  Array.isArray(shape) &&
  sizeOf(shape as number[]) === (data as ArrayLike<number>).length;

function readSeries(series: SeriesLike): Series {
  if (Array.isArray(series) && isRecord(series[0]) && !isTensorLike(series[0])) {
    const names = Object.keys(series[0]);
    series.forEach((row, t) => {
      const keys = isRecord(row) ? Object.keys(row) : [];
      const other = keys.find((name) => !names.includes(name)) ?? names.find((name) => !keys.includes(name));
      if (other === undefined) return;
      throw new DataError(
        `${WHO}: every row must have the columns of the first; ${show(other)} is not in both (row ${t}).`,
      );
    });
    return ofColumns(names, series.length, (name, t) => (series[t] as Record<string, unknown>)[name]);
  }
  if (isRecord(series) && !isTensorLike(series)) {
    const columns = Object.entries(series) as [string, ArrayLike<number>][];
    const rows = columns[0]?.[1]?.length ?? 0;
    for (const [name, column] of columns) {
      if (column?.length === rows) continue;
      throw new ShapeError(`${WHO}: column ${show(name)} has ${column?.length} rows, the first has ${rows}.`);
    }
    return ofColumns(
      columns.map(([name]) => name),
      rows,
      (name, t) => (series as Record<string, ArrayLike<number>>)[name][t],
    );
  }
  const tensor = toExactTensor(series as TensorLike, `${WHO}: the series`, 1);
  const { shape } = tensor;
  if (shape.length > 2) throw new ShapeError(`${WHO}: a series is [time] or [time, columns], got [${shape}].`);
  return { values: tensor.exact ?? tensor.data, rows: shape[0], columns: shape[1] ?? 1 };
}

function readTargets({ columns, names }: Series, given: readonly (number | string)[] | undefined): number[] {
  if (given === undefined) return Array.from({ length: columns }, (_, column) => column);
  if (!Array.isArray(given) || given.length === 0) {
    throw new ArgumentError(`${WHO}: targetColumns must be a list of columns, got ${show(given)}.`);
  }
  const positions = given.map((column: number | string) => {
    if (typeof column !== "string") return integer(WHO, "each of targetColumns", column, { min: 0, max: columns - 1 });
    const position = names?.indexOf(column) ?? -1;
    if (position >= 0) return position;
    const known = names ? didYouMean(column, names) : " The columns of this series have no names.";
    throw new ArgumentError(`${WHO}: there is no column ${show(column)}.${known}`);
  });
  if (new Set(positions).size === positions.length) return positions;
  throw new ArgumentError(`${WHO}: targetColumns has a column twice: ${show(given)}.`);
}

/** Refuses numbers that are not finite. */
function checkFinite({ values, columns, names }: Series): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    const column = names ? show(names[i % columns]) : String(i % columns);
    const place = `row ${Math.floor(i / columns)}, column ${column}`;
    throw new DataError(`${WHO}: the series holds ${values[i]} at ${place}. Fill or drop gaps first.`);
  }
}

/** Mean and deviation of every column over the first rows. */
function momentsOf({ values, columns }: Series, rows: number): { mean: Float64Array; deviation: Float64Array } {
  const moments = new Moments();
  for (let i = 0; i < rows * columns; i++) moments.add(values[i], i % columns);
  const mean = Float64Array.from(moments.means);
  const deviation = Float64Array.from(moments.variances, (variance) => Math.sqrt(variance) || 1);
  return { mean, deviation };
}

/**
 * Samples for foretelling a series: some rows as x, the rows behind them as y. The series is split by time, and scaled by what stands
 * before the test only, so that no sample for training knows anything of the test.
 *
 *     const { train, test, toUnits } = data.windows(weather, { inputSteps: 30, targetColumns: ["temperature"], testFrom: 1096 });
 *
 * @throws ArgumentError, ShapeError; DataError for numbers that are not finite, or when a part has no sample
 */
export function windows(series: SeriesLike, options: WindowsOptions): Windows {
  checkOptions(WHO, options, ["inputSteps", "targetSteps", "stride", "targetColumns", "testFrom", "standardize"]);
  const inputSteps = integer(WHO, "inputSteps", options?.inputSteps);
  const targetSteps = integer(WHO, "targetSteps", options.targetSteps ?? 1);
  const stride = integer(WHO, "stride", options.stride ?? 1);
  const isScaled = boolean(WHO, "standardize", options.standardize ?? true);
  if (series === null || typeof series !== "object") {
    throw new ArgumentError(`${WHO}: expects a tensor, columns by name or rows as objects, got ${show(series)}.`);
  }
  const read = readSeries(series);
  const { values, rows, columns } = read;
  const targetColumns = readTargets(read, options.targetColumns);
  const given = finiteNumber(WHO, "testFrom", options.testFrom ?? 0.8, { above: 0, below: Math.max(rows, 1) });
  const testFrom = given < 1 ? Math.round(given * rows) : integer(WHO, "testFrom", given);
  checkFinite(read);
  const neutral = { mean: new Float64Array(columns), deviation: new Float64Array(columns).fill(1) };
  const { mean, deviation } = isScaled && testFrom > 0 ? momentsOf(read, testFrom) : neutral;
  const scaled = Float64Array.from(values, (value, i) => (value - mean[i % columns]) / deviation[i % columns]);

  const lastStart = rows - inputSteps - targetSteps;
  const starts = Array.from({ length: Math.max(0, Math.floor(lastStart / stride) + 1) }, (_, k) => k * stride);
  const samplesOf = (part: string, has: (firstTarget: number) => boolean): Dataset => {
    const chosen = starts.filter((start) => has(start + inputSteps));
    if (chosen.length === 0) {
      throw new DataError(
        `${WHO}: ${rows} rows with the test from row ${testFrom} leave no sample of ${inputSteps} + ${targetSteps} rows for ${part}.`,
      );
    }
    const numbers = chosen.length * Math.max(inputSteps * columns, targetSteps * targetColumns.length);
    if (numbers > MAXIMUM_NUMBERS) {
      throw new DataError(
        `${WHO}: ${chosen.length} samples of ${inputSteps} + ${targetSteps} rows are too many for ${part}. Give a larger stride.`,
      );
    }
    const x = new Float64Array(chosen.length * inputSteps * columns);
    const y = new Float64Array(chosen.length * targetSteps * targetColumns.length);
    chosen.forEach((start, k) => {
      const from = start * columns;
      x.set(scaled.subarray(from, from + inputSteps * columns), k * inputSteps * columns);
      for (let step = 0; step < targetSteps; step++) {
        targetColumns.forEach((column, j) => {
          const place = (k * targetSteps + step) * targetColumns.length + j;
          y[place] = scaled[(start + inputSteps + step) * columns + column];
        });
      }
    });
    const targetShape = targetSteps === 1 ? [targetColumns.length] : [targetSteps, targetColumns.length];
    return fromTensors(
      Tensor.rounded(x, [chosen.length, inputSteps, columns], WHO),
      Tensor.rounded(y, [chosen.length, ...targetShape], WHO),
    );
  };
  return {
    train: samplesOf("training", (firstTarget) => firstTarget + targetSteps <= testFrom),
    test: samplesOf("testing", (firstTarget) => firstTarget >= testFrom),
    mean,
    deviation,
    targetColumns,
    toUnits(predictions) {
      const { data, shape } = toExactTensor(predictions, `${WHO}: toUnits`, 1);
      if (shape.at(-1) !== targetColumns.length) {
        throw new ShapeError(`${WHO}: toUnits expects [..., ${targetColumns.length}], got [${shape}].`);
      }
      const columnOf = (i: number) => targetColumns[i % targetColumns.length];
      const inUnits = Float32Array.from(data, (value, i) => value * deviation[columnOf(i)] + mean[columnOf(i)]);
      return new Tensor(inUnits, shape);
    },
  };
}
