// TensorFlow.js through its layers API, on the backend named by the argument: cpu or wasm.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { serve } from "./serve.mjs";
import { trainGpt } from "./tfjsGpt.mjs";

const backend = process.argv[2];
setWasmPaths(`${dirname(fileURLToPath(import.meta.resolve("@tensorflow/tfjs-backend-wasm/package.json")))}/dist/`);
// Its threads do not start in Node.
tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
if (!(await tf.setBackend(backend))) throw new Error(`tfjs has no backend "${backend}" here`);
await tf.ready();

function train(network, xs, ys) {
  if (network.transformer) return trainGpt(network, xs, ys);
  const {
    filters = [],
    recurrent,
    widths,
    activations,
    useBias,
    optimizer,
    learningRate,
    loss,
    batchSize,
    samples,
  } = network;
  // Its WebAssembly backend lacks the gradient by a convolution's kernel.
  if (filters.length && backend === "wasm") return undefined;
  const model = tf.sequential();
  const side = Math.sqrt(widths[0]);
  model.add(tf.layers.inputLayer({ inputShape: [widths[0]] }));
  if (filters.length) model.add(tf.layers.reshape({ targetShape: [side, side, 1] }));
  for (const count of filters) {
    model.add(tf.layers.conv2d({ filters: count, kernelSize: 3, activation: "relu", useBias }));
    model.add(tf.layers.maxPooling2d({ poolSize: 2 }));
  }
  if (filters.length) model.add(tf.layers.flatten());
  if (recurrent) {
    model.add(tf.layers.reshape({ targetShape: [recurrent.steps, widths[0] / recurrent.steps] }));
    // It has the older form of gru only, with the reset gate before the product.
    const options = { units: recurrent.units, useBias, recurrentActivation: "sigmoid" };
    model.add(recurrent.kind === "lstm" ? tf.layers.lstm(options) : tf.layers.gru(options));
  }
  activations.forEach((activation, i) => {
    model.add(tf.layers.dense({ units: widths[i + 1], activation, useBias }));
  });
  model.compile({ optimizer: tf.train[optimizer](learningRate), loss });
  const x = tf.tensor2d(xs, [samples, widths[0]]);
  const y = tf.tensor2d(ys, [samples, widths.at(-1)]);
  const shuffle = samples > batchSize;
  const initial = model.getWeights().map((weight) => weight.clone());
  return {
    run: (epochs) => model.fit(x, y, { epochs, batchSize, shuffle, verbose: 0 }),
    reset: () => model.setWeights(initial),
  };
}

function multiply({ form, m, k, n }, a, b) {
  const [transposeA, transposeB] = [form === "TN", form === "NT"];
  const left = tf.tensor2d(a, transposeA ? [k, m] : [m, k]);
  const right = tf.tensor2d(b, transposeB ? [n, k] : [k, n]);
  return {
    run(times) {
      for (let i = 0; i < times; i++) tf.matMul(left, right, transposeA, transposeB).dispose();
    },
  };
}

await serve({ name: `tfjs ${backend}`, version: tf.version["tfjs-core"], train, multiply });
