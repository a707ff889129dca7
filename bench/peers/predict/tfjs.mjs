// TensorFlow.js through its layers API, on its WebAssembly and its plain JavaScript backend.
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { sidesOf, splitWeights } from "./network.mjs";

// Its threads do not start in Node.
tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);

function makeModel(network, values) {
  const { filters = [], widths, activations } = network;
  const model = tf.sequential();
  const [side] = sidesOf(network);
  model.add(tf.layers.inputLayer({ inputShape: [widths[0]] }));
  if (filters.length) model.add(tf.layers.reshape({ targetShape: [side, side, 1] }));
  for (const count of filters) {
    model.add(tf.layers.conv2d({ filters: count, kernelSize: 3, activation: "relu" }));
    model.add(tf.layers.maxPooling2d({ poolSize: 2 }));
  }
  if (filters.length) model.add(tf.layers.flatten());
  activations.forEach((activation, i) => {
    model.add(tf.layers.dense({ units: widths[i + 1], activation }));
  });
  model.setWeights(
    splitWeights(network, values).flatMap(({ shape, kernel, bias }) => [tf.tensor(kernel, shape), tf.tensor1d(bias)]),
  );
  return model;
}

/** @param wasmFolder where the backend's binaries are */
export function makeLibraries(wasmFolder) {
  setWasmPaths(wasmFolder);
  const library = (backend) => ({
    name: `tfjs ${backend}`,
    /** Before every turn: the backend is one for all. */
    select: () => tf.setBackend(backend),
    async start(network, values) {
      if (!(await tf.setBackend(backend))) throw new Error(`tfjs has no backend "${backend}" here`);
      await tf.ready();
      const model = makeModel(network, values);
      return (x, batch) =>
        tf.tidy(() => model.predict(tf.tensor2d(x, [batch, network.widths[0]]), { batchSize: 64 }).dataSync());
    },
  });
  return [library("wasm"), library("cpu")];
}
