// wasmgrad by all four ways: both entries, with and without a promise.
import { input, layers, sequential, tensor } from "../../../dist/index.js";
import { loadModel } from "../../../dist/inference.js";
import { sidesOf, splitWeights } from "./network.mjs";

async function makeModel(network, values) {
  const { filters = [], widths, activations } = network;
  const model = sequential({ seed: 1 });
  model.add(input({ shape: [widths[0]] }));
  const [side] = sidesOf(network);
  if (filters.length) model.add(layers.reshape({ targetShape: [side, side, 1] }));
  for (const count of filters) {
    model.add(layers.conv2d({ filters: count, kernelSize: 3, activation: "relu" }));
    model.add(layers.maxPooling2d({ poolSize: 2 }));
  }
  if (filters.length) model.add(layers.flatten());
  activations.forEach((activation, i) => {
    model.add(layers.dense({ units: widths[i + 1], activation }));
  });
  const names = Object.keys(await model.getWeights());
  const parts = splitWeights(network, values).flatMap(({ shape, kernel, bias }) => [
    tensor(kernel, shape),
    tensor(bias, [bias.length]),
  ]);
  await model.setWeights(Object.fromEntries(names.map((name, i) => [name, parts[i]])));
  return model;
}

/** @param isSmall whether the model is read from its file by wasmgrad/inference */
function library(name, isSmall, method) {
  return {
    name,
    async start(network, values) {
      const trained = await makeModel(network, values);
      const model = isSmall ? await loadModel(trained.toBytes()) : trained;
      const [inputs] = network.widths;
      // predictSync needs a predict before it, with as large a batch.
      await model.predict(tensor(new Float32Array(64 * inputs), [64, inputs]), { batchSize: 64 });
      const options = { batchSize: 64 };
      if (method === "predictSync") return (x, batch) => model.predictSync(tensor(x, [batch, inputs]), options).data;
      return async (x, batch) => (await model.predict(tensor(x, [batch, inputs]), options)).data;
    },
  };
}

export const libraries = [
  library("wasmgrad predict", false, "predict"),
  library("wasmgrad predictSync", false, "predictSync"),
  library("wasmgrad/inference predict", true, "predict"),
  library("wasmgrad/inference predictSync", true, "predictSync"),
];
