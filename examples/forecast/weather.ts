import { data, input, layers, type Model, model, optimizers, type Tensor } from "wasmgrad";
import { readPackage } from "../packages";

/** Days that a forecast sees. */
export const DAYS = 30;
/** Where 2015 begins in the table, which begins with 2012. */
export const TEST_FROM = 1096;
const COLUMNS = ["temp_max", "temp_min", "precipitation", "wind"];

/** Columns of a table by their names, day by day. */
export type Table = Readonly<Record<string, number[]>>;

/** Numbers and dates of a table that has no quotes. */
export function readTable(path: string, columns: readonly string[]): { table: Table; dates: string[] } {
  const [head, ...rows] = readPackage("vega-datasets", path)
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(","));
  const columnOf = (name: string) => rows.map((row) => row[head.indexOf(name)]);
  const table = Object.fromEntries(columns.map((name) => [name, columnOf(name).map(Number)]));
  return { table, dates: columnOf("date") };
}

/** The weather of Seattle from 2012 to 2015: the highest and lowest temperature of each day, rain and wind. */
export function loadWeather() {
  return readTable("data/seattle-weather.csv", COLUMNS);
}

/** Samples: 30 days, and the highest temperature of the day behind them. */
export function makeWindows(table: Table): data.Windows {
  return data.windows(table, { inputSteps: DAYS, targetColumns: ["temp_max"], testFrom: TEST_FROM });
}

/** Reads days one after the other and tells the temperature of the next. */
export function makeForecaster(seed: number): Model {
  const days = input({ shape: [DAYS, COLUMNS.length] });
  const memory = layers.lstm({ units: 32 }).apply(days);
  const tomorrow = layers.dense({ units: 1 }).apply(memory);
  const forecaster = model({ inputs: days, outputs: tomorrow, name: "forecast", seed });
  forecaster.compile({ optimizer: optimizers.adam({ learningRate: 2e-3 }), loss: "meanSquaredError" });
  return forecaster;
}

/** What came, what the model had said a day before, and what was that day: in degrees, for each day of the test. */
export interface Forecasts {
  readonly truth: readonly number[];
  readonly forecast: readonly number[];
  readonly naive: readonly number[];
}

export async function forecastTest(
  forecaster: Model,
  { test, toUnits }: data.Windows,
  table: Table,
): Promise<Forecasts> {
  const { x } = await test.toTensors();
  const predicted = (await forecaster.predict(x, { batchSize: 128 })) as Tensor;
  const temperatures = table.temp_max;
  return {
    truth: temperatures.slice(TEST_FROM),
    forecast: [...toUnits(predicted).data],
    naive: temperatures.slice(TEST_FROM - 1, -1),
  };
}

/** The root of the mean squared error. */
export function rootMeanSquare(guesses: readonly number[], truth: readonly number[]): number {
  return Math.sqrt(truth.reduce((sum, value, i) => sum + (guesses[i] - value) ** 2, 0) / truth.length);
}
