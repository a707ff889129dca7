import { layers, sequential, tensor } from "../../../dist/index.js";

function makeModel() {
  const model = sequential({
    seed: 1,
    layers: [
      layers.dense({ units: 64, activation: "relu", inputShape: [4] }),
      layers.dense({ units: 64, activation: "relu" }),
      layers.dense({ units: 2 }),
    ],
  });
  model.compile({ optimizer: "adam", loss: "meanSquaredError" });
  return model;
}

/** How many steps of training a call of `fit` does, of which only the kernels' time counts. */
const FIT_STEPS = 1000;

/** @param how what a step consists of */
function library(name, how) {
  return {
    name,
    async start(states, targets, batch) {
      const model = makeModel();
      const x = () => tensor(states.subarray(0, 4 * batch), [batch, 4]);
      const y = () => tensor(targets.subarray(0, 2 * batch), [batch, 2]);
      const state = () => tensor(states.subarray(0, 4), [1, 4]);
      await model.trainOnBatch(x(), y());
      await model.predict(state());
      return how(model, { x, y, state });
    },
  };
}

const act = ({ data }) => (data[0] > data[1] ? 0 : 1);

export const libraries = [
  library("wasmgrad", (model, { x, y, state }) => async () => {
    act(await model.predict(state()));
    await model.trainOnBatch(x(), y());
  }),
  library("wasmgrad predictSync", (model, { x, y, state }) => async () => {
    act(model.predictSync(state()));
    await model.trainOnBatch(x(), y());
  }),
  library("wasmgrad trainOnBatch alone", (model, { x, y }) => async () => {
    await model.trainOnBatch(x(), y());
  }),
  {
    name: "wasmgrad kernels alone",
    /** Calls do so much at once. */
    times: FIT_STEPS,
    async start(states, targets, batch) {
      const model = makeModel();
      const repeat = (values, size) =>
        Float32Array.from({ length: FIT_STEPS * batch * size }, (_, i) => values[i % (batch * size)]);
      const x = tensor(repeat(states, 4), [FIT_STEPS * batch, 4]);
      const y = tensor(repeat(targets, 2), [FIT_STEPS * batch, 2]);
      return async () => {
        await model.fit(x, y, { epochs: 4, batchSize: batch, shuffle: false });
      };
    },
  },
];
