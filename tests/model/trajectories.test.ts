import { describe, expect, it } from "vitest";
import { activations, layers, losses, optimizers, regularizers, schedules, sequential, tensor } from "../../src/index";
import type { Layer } from "../../src/graph/layer";
import type { Model } from "../../src/model/model";
import {
  loadReferences,
  type Reference,
  type ReferenceActivation,
  type ReferenceLayer,
  type ReferenceRegularizer,
  type ReferenceSchedule,
  type ReferenceTensor,
} from "../references/format";

/** Largest difference of a loss from the reference, relative to the largest loss. */
const LOSS_TOLERANCE = 1e-5;
/** Largest difference of a weight's change over the 10 steps, relative to the largest change in its tensor. */
const CHANGE_TOLERANCE = 3e-5;

type Factory<T> = (options?: object) => T;

function call<T>(family: object, name: string, options: object = {}): T {
  return (family as Record<string, Factory<T>>)[name](options);
}

function toActivation(activation: ReferenceActivation) {
  if (typeof activation === "string") return activation as "relu";
  const { name, ...options } = activation;
  return call<ReturnType<typeof activations.relu>>(activations, name, options);
}

function toRegularizer(regularizer?: ReferenceRegularizer) {
  return regularizer && regularizers.l1l2({ l1: regularizer.l1 ?? 0, l2: regularizer.l2 ?? 0 });
}

function toLayer(reference: ReferenceLayer, inputShape?: number[]): Layer {
  const { type, ...options } = reference;
  const converted = Object.entries(options).map(([name, value]) => {
    if (name === "activation") return [name, toActivation(value as ReferenceActivation)];
    return [name, name.endsWith("Regularizer") ? toRegularizer(value as ReferenceRegularizer) : value];
  });
  return call<Layer>(layers, type, { ...Object.fromEntries(converted), inputShape });
}

function toLearningRate(rate: number | ReferenceSchedule | undefined) {
  if (typeof rate !== "object") return rate;
  const { schedule, ...options } = rate;
  return call<ReturnType<typeof schedules.exponentialDecay>>(schedules, schedule, options);
}

function toTensor({ shape, data }: ReferenceTensor) {
  return tensor(Float32Array.from(data), shape);
}

async function build(reference: Reference, engine: "wasm" | "js"): Promise<Model> {
  const list = reference.layers.map((layer, i) => toLayer(layer, i === 0 ? reference.inputShape : undefined));
  const model = sequential({ layers: list });
  const { learningRate, ...options } = reference.optimizerOptions;
  const rate = toLearningRate(learningRate);
  model.compile({
    optimizer: call(optimizers, reference.optimizer, rate === undefined ? options : { ...options, learningRate: rate }),
    loss: call(losses, reference.loss, reference.lossOptions),
    engine,
  });
  const weights = Object.entries(reference.initialWeights).map(([name, value]) => [name, toTensor(value)]);
  await model.setWeights(Object.fromEntries(weights));
  return model;
}

/** Ten steps by `trainOnBatch`, over the batches in order, again and again. */
async function train(model: Model, reference: Reference): Promise<number[]> {
  const { x, y, sampleWeight, classWeight } = reference;
  const count = x.shape[0];
  const size = reference.batchSize ?? count;
  const results: number[] = [];
  const rows = ({ shape, data }: ReferenceTensor, start: number, end: number) => {
    const width = data.length / count;
    return toTensor({ shape: [end - start, ...shape.slice(1)], data: data.slice(start * width, end * width) });
  };
  for (let start = 0; results.length < 10; start = start + size < count ? start + size : 0) {
    const end = Math.min(start + size, count);
    const options = { sampleWeight: sampleWeight?.slice(start, end), classWeight };
    const { loss } = await model.trainOnBatch(rows(x, start, end), rows(y, start, end), options);
    results.push(loss);
  }
  return results;
}

function largest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  return largest(Array.from(expected, (value, i) => value - actual[i]));
}

describe.each(["wasm", "js"] as const)("%s follows the references", (engine) => {
  it.each(loadReferences().map((reference) => [`${reference.name} (${reference.source})`, reference] as const))(
    "%s",
    async (_, reference) => {
      const model = await build(reference, engine);
      const trained = await train(model, reference);
      expect(largestDifference(trained, reference.losses) / largest(reference.losses)).toBeLessThan(LOSS_TOLERANCE);

      const weights = await model.getWeights();
      for (const [name, { data: start }] of Object.entries(reference.initialWeights)) {
        const expected = reference.finalWeights[name].data.map((value, i) => value - start[i]);
        const actual = start.map((value, i) => weights[name].data[i] - value);
        const change = largest(expected);
        if (change === 0) expect(actual).toEqual(expected);
        else expect(largestDifference(actual, expected) / change, name).toBeLessThan(CHANGE_TOLERANCE);
      }

      const outputs = await model.predict(toTensor(reference.x), { batchSize: 4 });
      const { data } = outputs as Exclude<typeof outputs, unknown[]>;
      expect(largestDifference(data, reference.predictions.data) / largest(reference.predictions.data)).toBeLessThan(
        CHANGE_TOLERANCE,
      );
    },
  );
});
