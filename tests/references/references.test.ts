import { describe, expect, it } from "vitest";
import { loadReferences, type Reference } from "./format";

const references = loadReferences();
const torch = references.filter(({ source }) => source.startsWith("torch"));
const tfjs = references.filter(({ source }) => source.startsWith("tfjs"));

const words = (text: string) => text.trim().split(/\s+/);
const largest = (values: number[]) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** The change of each weight tensor from the first to the last step. */
function changes({ initialWeights, finalWeights }: Reference): number[][] {
  return Object.entries(initialWeights).map(([name, initial]) =>
    initial.data.map((value, i) => finalWeights[name].data[i] - value),
  );
}

describe("reference trajectories", () => {
  it("start from numbers that float32 holds exactly", () => {
    for (const { x, y, initialWeights } of torch) {
      for (const { shape, data } of [x, y, ...Object.values(initialWeights)]) {
        expect(data).toHaveLength(shape.reduce((product, size) => product * size, 1));
        expect(data.map(Math.fround)).toEqual(data);
      }
    }
  });

  it("cover every optimizer, schedule, loss and activation of the public contract", () => {
    const optimizers = new Set(torch.map(({ optimizer }) => optimizer));
    const losses = new Set(torch.map(({ loss }) => loss));
    const rates = torch.map(({ optimizerOptions }) => optimizerOptions.learningRate);
    const schedules = new Set(rates.map((rate) => (typeof rate === "object" ? rate.schedule : undefined)));
    const activations = new Set(
      torch
        .flatMap(({ layers }) => layers)
        .map((layer) => ("activation" in layer && layer.activation) || "linear")
        .map((activation) => (typeof activation === "string" ? activation : activation.name)),
    );
    for (const name of words("sgd rmsprop adagrad adadelta adam adamW adamax nadam lion"))
      expect(optimizers).toContain(name);
    for (const name of words(`exponentialDecay polynomialDecay piecewiseConstantDecay inverseTimeDecay cosineDecay
      cosineDecayRestarts`))
      expect(schedules).toContain(name);
    for (const name of words(`meanSquaredError meanAbsoluteError meanAbsolutePercentageError
      meanSquaredLogarithmicError huber logCosh binaryCrossentropy categoricalCrossentropy
      sparseCategoricalCrossentropy kullbackLeiblerDivergence poisson hinge squaredHinge categoricalHinge
      cosineSimilarity`))
      expect(losses).toContain(name);
    for (const name of words(`linear relu relu6 leakyRelu elu selu gelu silu mish sigmoid hardSigmoid tanh softplus
      softsign softmax logSoftmax exponential`))
      expect(activations).toContain(name);
  });

  it("move every weight that is not frozen", () => {
    for (const reference of torch) {
      const frozen = new Set(
        reference.layers.filter((layer) => "trainable" in layer).map((layer) => "name" in layer && layer.name),
      );
      const names = Object.keys(reference.initialWeights);
      changes(reference).forEach((change, i) => {
        if (frozen.has(names[i].split("/")[0])) expect(largest(change)).toBe(0);
        else expect(largest(change), `${reference.name} ${names[i]}`).toBeGreaterThan(4e-3);
      });
    }
  });

  it("agree between torch in float64 and tfjs in float32", () => {
    expect(tfjs.length).toBeGreaterThanOrEqual(25);
    for (const reference of tfjs) {
      const other = torch.find(({ name }) => name === reference.name)!;
      const lossDifference = largest(reference.losses.map((loss, i) => loss - other.losses[i]));
      expect(lossDifference, reference.name).toBeLessThan(1e-5 * largest(other.losses));
      const expected = changes(other);
      changes(reference).forEach((change, i) => {
        const difference = largest(change.map((value, j) => value - expected[i][j]));
        expect(difference, reference.name).toBeLessThanOrEqual(1e-5 * largest(expected[i]));
      });
    }
  });
});
