// wasmgrad as its users get it: the built package. `wasmgrad.mjs js` is its readable kernels, plain loops over typed arrays;
// `wasmgrad.mjs wasm 2` takes two threads.
import { readFileSync } from "node:fs";
import { input, layers, losses, model, optimizers, sequential, tensor } from "../../dist/index.js";
import { serve } from "./serve.mjs";

const [, , engine = "wasm", threadCount = "1"] = process.argv;
const threads = Number(threadCount);
const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

/** Learnt positions, normalized inputs of attention and dense layers, gelu, logits. */
function makeGpt({ vocabulary, context, width, heads, blocks }) {
  const ids = input({ shape: [context], dtype: "int32" });
  const tokens = layers.embedding({ inputDim: vocabulary, outputDim: width }).apply(ids);
  let x = layers.positionEmbedding({ sequenceLength: context }).apply(tokens);
  for (let block = 0; block < blocks; block++) {
    const attention = layers.multiHeadAttention({ numHeads: heads, keyDim: width / heads, useCausalMask: true });
    x = layers.add().apply([x, attention.apply(layers.layerNormalization().apply(x))]);
    const wide = layers.dense({ units: 4 * width, activation: "gelu" }).apply(layers.layerNormalization().apply(x));
    x = layers.add().apply([x, layers.dense({ units: width }).apply(wide)]);
  }
  const logits = layers.dense({ units: vocabulary }).apply(layers.layerNormalization().apply(x));
  return model({ inputs: ids, outputs: logits, seed: 1 });
}

async function trainGpt({ transformer, learningRate, batchSize, samples }, xs, ys) {
  const net = makeGpt(transformer);
  const loss = losses.sparseCategoricalCrossentropy({ fromLogits: true });
  net.compile({ optimizer: optimizers.adamW({ learningRate }), loss, engine, threads });
  const x = tensor(Int32Array.from(xs), [samples, transformer.context]);
  const y = tensor(ys, [samples, transformer.context]);
  const initial = await net.getWeights();
  return {
    run: (epochs) => net.fit(x, y, { epochs, batchSize }),
    reset: () => net.setWeights(initial),
  };
}

async function train(network, xs, ys) {
  // A single small batch is not worth sharing.
  if (threads > 1 && network.samples === network.batchSize) return undefined;
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
  const model = sequential({ seed: 1 });
  model.add(input({ shape: [widths[0]] }));
  const side = Math.sqrt(widths[0]);
  if (filters.length) model.add(layers.reshape({ targetShape: [side, side, 1] }));
  for (const count of filters) {
    model.add(layers.conv2d({ filters: count, kernelSize: 3, activation: "relu", useBias }));
    model.add(layers.maxPooling2d({ poolSize: 2 }));
  }
  if (filters.length) model.add(layers.flatten());
  if (recurrent) {
    model.add(layers.reshape({ targetShape: [recurrent.steps, widths[0] / recurrent.steps] }));
    model.add(layers[recurrent.kind]({ units: recurrent.units, useBias }));
  }
  activations.forEach((activation, i) => {
    model.add(layers.dense({ units: widths[i + 1], activation, useBias }));
  });
  model.compile({ optimizer: optimizers[optimizer]({ learningRate }), loss, engine, threads });
  const x = tensor(xs, [samples, widths[0]]);
  const y = tensor(ys, [samples, widths.at(-1)]);
  const initial = await model.getWeights();
  const shuffle = samples > batchSize;
  return {
    run: (epochs) => model.fit(x, y, { epochs, batchSize, shuffle }),
    reset: () => model.setWeights(initial),
  };
}

/** The kernel behind layers.dense, as the module exports it. */
async function multiply({ form, m, k, n }, a, b) {
  if (engine === "js" || threads > 1) return undefined;
  const memory = new WebAssembly.Memory({ initial: 256, maximum: 256 });
  const binary = readFileSync(new URL("../../build/strict.wasm", import.meta.url));
  const { instance } = await WebAssembly.instantiate(binary, { env: { memory } });
  const gemm = instance.exports[`gemm${form}`];
  // The first megabyte belongs to the kernels: a number there can mean something to them.
  const [aAt, bAt, cAt, workspace] = [1, 4, 7, 10].map((megabytes) => megabytes * 2 ** 20);
  new Float32Array(memory.buffer, aAt, m * k).set(a);
  new Float32Array(memory.buffer, bAt, k * n).set(b);
  const bias = form === "NN" ? [0] : [];
  const call = gemm.bind(
    null,
    m,
    n,
    k,
    aAt,
    form === "TN" ? m : k,
    bAt,
    form === "NT" ? k : n,
    cAt,
    n,
    ...bias,
    0,
    workspace,
  );
  return {
    run(times) {
      for (let i = 0; i < times; i++) call();
    },
  };
}

const name = engine === "js" ? "wasmgrad js" : threads > 1 ? `wasmgrad, ${threads} threads` : "wasmgrad";
await serve({ name, version, train, multiply });
