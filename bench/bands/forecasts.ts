import {
  forecastTest,
  loadWeather,
  makeForecaster,
  makeWindows,
  readTable,
  rootMeanSquare,
} from "../../examples/forecast/weather";
import { data, input, layers, type Model, model, optimizers, type Tensor } from "../../src/index";
import { type Recipe, type Samples, trainInOrder } from "./recipe";

/** Tomorrow's temperature of 30 days: the example. */
export const weather: Recipe = {
  seeds: 5,
  bands: {
    "RMSE over naive after 1 epoch": { reference: 1.202, atMost: 1.309 },
    "RMSE over naive after 10 epochs": { reference: 0.933, atMost: 0.995 },
    "RMSE over naive after 30 epochs": { reference: 0.926, atMost: 0.95 },
  },
  async run(seed) {
    const { table } = loadWeather();
    const windows = makeWindows(table);
    const forecaster = makeForecaster(seed);
    const samples = (await windows.train.toTensors()) as Samples;
    return trainInOrder(forecaster, samples, { seed, epochs: [1, 10, 30], batchSize: 32 }, async (epoch) => {
      const { truth, forecast, naive } = await forecastTest(forecaster, windows, table);
      return { [nameOf(epoch)]: rootMeanSquare(forecast, truth) / rootMeanSquare(naive, truth) };
    });
  },
};

function nameOf(epoch: number): string {
  return `RMSE over naive after ${epoch} ${epoch === 1 ? "epoch" : "epochs"}`;
}

const HOURS = 24;

function makeHourly(seed: number): Model {
  const hours = input({ shape: [HOURS, 1] });
  const change = layers.dense({ units: 1 }).apply(layers.lstm({ units: 16 }).apply(hours));
  const forecaster = model({ inputs: hours, outputs: change, seed });
  forecaster.compile({ optimizer: optimizers.adam({ learningRate: 5e-3 }), loss: "meanSquaredError" });
  return forecaster;
}

/** How the temperature of an hour changes, of the changes of a day: who says that it does not has an error of all of the change. */
export const hourly: Recipe = {
  seeds: 5,
  bands: {
    "RMSE over naive after 1 epoch": { reference: 0.477, atMost: 0.547 },
    "RMSE over naive after 3 epochs": { reference: 0.317, atMost: 0.348 },
    "RMSE over naive after 9 epochs": { reference: 0.23, atMost: 0.259 },
  },
  async run(seed) {
    const { temperature } = readTable("data/seattle-weather-hourly-normals.csv", ["temperature"]).table;
    const change = temperature.map((value, hour) => value - (temperature[hour - 1] ?? value));
    const windows = data.windows({ change }, { inputSteps: HOURS, testFrom: 6570 });
    const forecaster = makeHourly(seed);
    const [train, test] = [await windows.train.toTensors(), await windows.test.toTensors()] as Samples[];
    const truth = [...windows.toUnits(test.y).data];
    const still = truth.map(() => 0);
    return trainInOrder(forecaster, train, { seed, epochs: [1, 3, 9], batchSize: 64 }, async (epoch) => {
      const predicted = (await forecaster.predict(test.x, { batchSize: 256 })) as Tensor;
      const error = rootMeanSquare([...windows.toUnits(predicted).data], truth);
      return { [nameOf(epoch)]: error / rootMeanSquare(still, truth) };
    });
  },
};
