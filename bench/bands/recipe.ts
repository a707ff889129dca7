import { shuffledIndexes } from "../../examples/random";
import { type Model, Tensor } from "../../src/index";

/** Figures by name, such as `test accuracy after 10 epochs`. */
export type Figures = Record<string, number>;

/** Where the mean of a figure over several seeds must lie. */
export interface Band {
  /** The mean that PyTorch reached with the same recipe. */
  readonly reference: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** A training whose figures are known from another library. */
export interface Recipe {
  /** How many seeds the reference was trained with. */
  readonly seeds: number;
  readonly bands: Readonly<Record<string, Band>>;
  run(seed: number): Promise<Figures>;
}

export interface Samples {
  readonly x: Tensor | readonly Tensor[];
  readonly y: Tensor;
}

/** A band around the reference. */
export function within(reference: number, difference: number): Band {
  return { reference, atLeast: reference - difference, atMost: reference + difference };
}

/** Some rows of a tensor, in that order. */
export function takeRows({ data, shape }: Tensor, rows: readonly number[]): Tensor {
  const size = data.length / shape[0];
  const taken = new (data.constructor as Float32ArrayConstructor)(rows.length * size);
  for (const [place, row] of rows.entries()) taken.set(data.subarray(row * size, (row + 1) * size), place * size);
  return new Tensor(taken, [rows.length, ...shape.slice(1)]);
}

/**
 * Trains epoch by epoch in the orders that the reference used, and calls `measure` after each of the given ones.
 *
 * @param measure figures after an epoch, counted from 1, of which `loss` was the mean training loss
 */
export async function trainInOrder(
  model: Model,
  { x, y }: Samples,
  { seed, epochs, batchSize }: { seed: number; epochs: readonly number[]; batchSize: number },
  measure: (epoch: number, loss: number) => Promise<Figures>,
): Promise<Figures> {
  const figures: Figures = {};
  for (let epoch = 1; epoch <= Math.max(...epochs); epoch++) {
    const rows = shuffledIndexes(5000 + 1000 * seed + epoch, y.shape[0]);
    const inputs = x instanceof Tensor ? takeRows(x, rows) : x.map((one) => takeRows(one, rows));
    const { history } = await model.fit(inputs, takeRows(y, rows), { batchSize, shuffle: false });
    if (epochs.includes(epoch)) Object.assign(figures, await measure(epoch, history.loss[0]));
  }
  return figures;
}
