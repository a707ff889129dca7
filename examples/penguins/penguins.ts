import { type CsvDataset, callbacks, type Dataset, data, layers, metrics, sequential, type Tensor } from "wasmgrad";
import type { History, Sequential } from "wasmgrad";

/** The parts of a table, their gaps filled with what the first part has on average. */
export interface Parts {
  readonly train: Dataset;
  readonly validation: Dataset;
  readonly test: Dataset;
}

/**
 * A table of penguins: island and sex as one column of 0 and 1 for each of their names, measurements as they are, NaN where
 * one is missing, and the species to learn.
 */
export function readPenguins(text: string): Promise<CsvDataset> {
  return data.csv(text, { target: "species", oneHot: ["island", "sex"], missing: "keep" });
}

/** Splits first and learns the means from the training part afterwards: the model shall not hear of its test. */
export async function prepare(table: Dataset, seed: number): Promise<Parts> {
  const [known, test] = table.split(0.8, { seed });
  const [train, validation] = known.split(0.75, { seed });
  const means = await data.impute(train);
  return { train: means.apply(train), validation: means.apply(validation), test: means.apply(test) };
}

/** A classifier that takes grams and millimetres as they are: their means and deviations are numbers of its first layer. */
export async function makeClassifier({ train }: Parts, classes: number, seed: number): Promise<Sequential> {
  const x = (await train.toTensors()).x as Tensor;
  const model = sequential({
    seed,
    layers: [
      layers.normalization({ inputShape: x.shape.slice(1) }).adapt(x),
      layers.dense({ units: 16, activation: "relu" }),
      layers.dense({ units: classes, activation: "softmax" }),
    ],
  });
  const loss = "sparseCategoricalCrossentropy";
  model.compile({ optimizer: "adam", loss, metrics: ["accuracy", metrics.confusionMatrix()] });
  return model;
}

/** Trains until the validation part has hardly got better for 20 epochs, and keeps the weights of the best one. */
export function learn(model: Sequential, { train, validation }: Parts): Promise<History> {
  const stop = callbacks.earlyStopping({ monitor: "valLoss", minDelta: 0.001, patience: 20, restoreBestWeights: true });
  return model.fit(train, { epochs: 500, batchSize: 16, validationData: validation, callbacks: [stop] });
}
