import { describe, expect, it } from "vitest";
import {
  input,
  type LossName,
  layers,
  model as functional,
  loadModel,
  optimizers,
  type Tensor,
  tensor,
} from "../../src/index";
import type { Layer } from "../../src/graph/layer";
import type { Model } from "../../src/model/model";
import { type GraphReference, loadGraphReferences } from "../references/graphFormat";
import type { ReferenceTensor } from "../references/format";

/** Largest difference of a loss from the reference, relative to the largest loss. */
const LOSS_TOLERANCE = 1e-5;
/** Largest difference of a weight's change over the 10 steps, relative to the largest change in its tensor. */
const CHANGE_TOLERANCE = 3e-5;

function toTensor({ shape, data }: ReferenceTensor): Tensor {
  return tensor(Float32Array.from(data), shape);
}

function call<T>(family: object, name: string, options: object): T {
  return (family as Record<string, (options: object) => T>)[name](options);
}

async function build(reference: GraphReference, engine: "wasm" | "js"): Promise<Model> {
  const inputs = reference.inputs.map((shape) => input({ shape }));
  const made = new Map(
    reference.layers.map(({ name, type, options }) => [name, call<Layer>(layers, type, { ...options, name })]),
  );
  const nodes = [...inputs];
  for (const { layer, from } of reference.nodes) nodes.push(made.get(layer)!.apply(from.map((i) => nodes[i])));
  const model = functional({ inputs, outputs: reference.outputs.map((i) => nodes[i]) });
  const { loss, lossWeights } = reference;
  const optimizer = call<ReturnType<typeof optimizers.sgd>>(
    optimizers,
    reference.optimizer,
    reference.optimizerOptions,
  );
  model.compile({ optimizer, loss: loss as LossName[], lossWeights, engine });
  const weights = Object.entries(reference.initialWeights).map(([name, value]) => [name, toTensor(value)]);
  await model.setWeights(Object.fromEntries(weights));
  return model;
}

function largest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  return largest(Array.from(expected, (value, i) => value - actual[i]));
}

const references = loadGraphReferences();

describe.each(["wasm", "js"] as const)("%s follows the graphs", (engine) => {
  it.each(references.map((reference) => [reference.name, reference] as const))("%s", async (_, reference) => {
    const model = await build(reference, engine);
    const [x, y] = [reference.x.map(toTensor), reference.y.map(toTensor)];
    const most = largest(reference.losses.flat());
    for (const [total] of reference.losses) {
      const { loss } = await model.trainOnBatch(x, y);
      expect(Math.abs(loss - total) / most).toBeLessThan(LOSS_TOLERANCE);
    }
    const weights = await model.getWeights();
    for (const [name, { data: start }] of Object.entries(reference.initialWeights)) {
      const expected = reference.finalWeights[name].data.map((value, i) => value - start[i]);
      const actual = start.map((value, i) => weights[name].data[i] - value);
      const change = largest(expected);
      if (change === 0) expect(actual, name).toEqual(expected);
      else expect(largestDifference(actual, expected) / change, name).toBeLessThan(CHANGE_TOLERANCE);
    }
    const outputs = [await model.predict(x, { batchSize: 4 })].flat();
    reference.predictions.forEach(({ shape, data }, i) => {
      expect(outputs[i].shape).toEqual(shape);
      expect(largestDifference(outputs[i].data, data) / largest(data)).toBeLessThan(CHANGE_TOLERANCE);
    });
  });
});

describe("a saved model with state", () => {
  it.each(
    references.filter(({ initialWeights }) => Object.keys(initialWeights).some((name) => name.includes("moving"))),
  )("goes on bit for bit: $name", async (reference) => {
    const model = await build(reference, "wasm");
    const [x, y] = [reference.x.map(toTensor), reference.y.map(toTensor)];
    await model.trainOnBatch(x, y);
    const loaded = await loadModel(model.toBytes());
    expect(await loaded.getWeights()).toEqual(await model.getWeights());
    for (let step = 0; step < 2; step++) {
      expect(await loaded.trainOnBatch(x, y)).toEqual(await model.trainOnBatch(x, y));
    }
    expect(await loaded.getWeights()).toEqual(await model.getWeights());
    expect(await loaded.predict(x)).toEqual(await model.predict(x));
  });
});
