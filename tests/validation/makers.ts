// Small data and models for tests of cross-validation and search.
import { data, layers, type Model, optimizers, pipeline, sequential, type Tensor, tableModel } from "../../src/index";
import type { Table } from "../../src/table/table";
import type { TrainTensors } from "../../src/validation/index";

/** Points on both sides of a line, and where they lie. */
export function points(count: number): { x: Tensor; y: Tensor } {
  const x = new Float32Array(2 * count);
  const y = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    x[2 * i] = ((i * 37) % 101) / 50 - 1;
    x[2 * i + 1] = ((i * 53) % 97) / 48 - 1;
    y[i] = x[2 * i] + 0.5 * x[2 * i + 1] > 0.1 ? 1 : 0;
  }
  return { x: toTensor(x, [count, 2]), y: toTensor(y, [count, 1]) };
}

const toTensor = (values: Float32Array | Int32Array, shape: number[]) => ({ data: values, shape }) as unknown as Tensor;

export interface NetParameters {
  units: number;
  learningRate: number;
}

/** A net for those points. */
export function net(_: TrainTensors, { units, learningRate }: NetParameters, { seed }: { seed: number }): Model {
  const model = sequential({
    layers: [
      layers.dense({ units, activation: "tanh", inputShape: [2] }),
      layers.dense({ units: 2, activation: "softmax" }),
    ],
    seed,
  });
  model.compile({
    optimizer: optimizers.adam({ learningRate }),
    loss: "sparseCategoricalCrossentropy",
    metrics: ["accuracy"],
  });
  return model as Model;
}

/** Rows with words, gaps and a quantity, to be told apart. */
export async function smallTable(count = 60): Promise<Table> {
  const rows = Array.from({ length: count }, (_, i) => ({
    row: i,
    size: i % 7 === 3 ? null : (i * 29) % 41,
    town: ["Ulm", "Köln", "Bonn"][(i * i) % 3],
    house: `house ${i % 12}`,
    day: new Date(Date.UTC(2020, 0, 1 + i)),
    kind: (i * 29) % 41 > 20 ? "large" : "small",
  }));
  return data.table(rows, {
    target: "kind",
    features: ["size", "town"],
    columns: { house: "category", row: "number" },
  });
}

/** A model for such a table, whose pipeline has learnt from what it is given. */
export async function tableNet(
  train: Table,
  parameters: { units?: number },
  { seed }: { seed: number },
): Promise<Model<Tensor | Tensor[]>> {
  return tableModel(await pipeline(train), { hidden: [parameters.units ?? 8], learningRate: 0.01, seed });
}

/** What is the same for any number of workers. */
export function bits(result: { toJSON(): object }): unknown {
  const { seconds: _, ...rest } = JSON.parse(JSON.stringify(result));
  return rest;
}
