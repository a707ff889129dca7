// jax-js: a jitted training step on its WebAssembly device. It has no layers or data loader; the loop is the user's.
import { readFileSync } from "node:fs";
import { defaultDevice, init, jit, lax, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import { serve } from "./serve.mjs";

const packageFile = new URL("../package.json", import.meta.resolve("@jax-js/jax"));
const { version } = JSON.parse(readFileSync(packageFile, "utf8"));
await init("wasm");
defaultDevice("wasm");

const activate = { linear: (x) => x, relu: nn.relu, tanh: np.tanh, sigmoid: nn.sigmoid };

/** The loss of a batch. Softmax and cross-entropy are computed together, as its own examples do. */
function makeLoss({ filters = [], activations, useBias, loss, widths }) {
  const classes = widths.at(-1);
  const side = Math.sqrt(widths[0]);
  return (weights, x, y) => {
    let output = filters.length ? np.reshape(x, [-1, 1, side, side]) : x;
    filters.forEach((count, i) => {
      output = lax.conv(output, weights[i].kernel, [1, 1], "VALID").add(np.reshape(weights[i].bias, [1, count, 1, 1]));
      output = lax.reduceWindow(nn.relu(output), np.max, [2, 2], [2, 2]);
    });
    if (filters.length) output = np.reshape(output, [output.shape[0], -1]);
    activations.forEach((activation, i) => {
      output = np.matmul(output, weights[filters.length + i].kernel);
      if (useBias) output = output.add(weights[filters.length + i].bias);
      if (activation !== "softmax") output = activate[activation](output);
    });
    if (loss === "meanSquaredError") return np.mean(np.square(output.sub(y)));
    return np.mean(nn.logSoftmax(output).mul(y)).mul(-classes);
  };
}

/** w -= rate · g. */
function sgdStep(loss, learningRate) {
  const step = jit((weights, x, y) => {
    const [value, gradients] = valueAndGrad(loss)(refs(weights), x, y);
    return [value, mapTree((w, g) => w.sub(g.mul(learningRate)), weights, gradients)];
  });
  return {
    init: (weights) => weights,
    step: (weights, x, y) => step(weights, x, y),
  };
}

/** Adam as its optax companion has it; the bias corrections of a step come in as a number. */
function adamStep(loss, learningRate) {
  const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-7];
  const step = jit((state, rate, x, y) => {
    const [value, gradients] = valueAndGrad(loss)(refs(state.weights), x, y);
    const m = mapTree((m, g) => m.mul(beta1).add(g.mul(1 - beta1)), state.m, refs(gradients));
    const v = mapTree((v, g) => v.mul(beta2).add(np.square(g).mul(1 - beta2)), state.v, gradients);
    const update = mapTree((m, v) => m.div(np.sqrt(v).add(epsilon)), refs(m), refs(v));
    const weights = mapTree((w, u) => w.sub(u.mul(rate.ref)), state.weights, update);
    rate.dispose();
    return [value, { weights, m, v }];
  });
  let t = 0;
  return {
    init: (weights) => ({ weights, m: mapTree(np.zerosLike, refs(weights)), v: mapTree(np.zerosLike, refs(weights)) }),
    step(state, x, y) {
      t++;
      const rate = (learningRate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
      return step(state, np.array(new Float32Array([rate])), x, y);
    },
  };
}

const refs = (tree) => mapTree((array) => array.ref, tree);

/** Applies a function to the arrays (while jit looks on: their stand-ins) of lists and records of the same structure. */
function mapTree(f, first, ...others) {
  if (Array.isArray(first)) return first.map((part, i) => mapTree(f, part, ...others.map((other) => other[i])));
  if (Object.getPrototypeOf(first) !== Object.prototype) return f(first, ...others);
  return Object.fromEntries(
    Object.entries(first).map(([name, part]) => [name, mapTree(f, part, ...others.map((other) => other[name]))]),
  );
}

function initialWeights({ filters = [], widths, useBias }) {
  const uniform = (shape, fans) => {
    const limit = Math.sqrt(6 / fans);
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => limit * (2 * Math.random() - 1));
    return np.array(values).reshape(shape);
  };
  let [side, inputs] = [Math.sqrt(widths[0]), widths[0]];
  const convolutions = filters.map((count, i) => {
    const channels = filters[i - 1] ?? 1;
    side = Math.floor((side - 2) / 2);
    inputs = side ** 2 * count;
    return { kernel: uniform([count, channels, 3, 3], 9 * (channels + count)), bias: np.zeros([count]) };
  });
  const denses = widths.slice(1).map((units) => {
    const kernel = uniform([inputs, units], inputs + units);
    inputs = units;
    return useBias ? { kernel, bias: np.zeros([units]) } : { kernel };
  });
  return [...convolutions, ...denses];
}

/** Samples in a new order, in place (Fisher and Yates). */
function shuffle(order) {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
}

function gather(data, order, first, count, width) {
  const batch = new Float32Array(count * width);
  for (let i = 0; i < count; i++) {
    const at = order[first + i] * width;
    batch.set(data.subarray(at, at + width), i * width);
  }
  return np.array(batch).reshape([count, width]);
}

function train(network, xs, ys) {
  if (network.transformer) return undefined;
  const { recurrent, widths, optimizer, learningRate, batchSize, samples } = network;
  // It has no layers: a loop over time would be measured, not the library.
  if (recurrent) return undefined;
  const [inputs, outputs] = [widths[0], widths.at(-1)];
  const rule = (optimizer === "sgd" ? sgdStep : adamStep)(makeLoss(network), learningRate);
  const order = Int32Array.from({ length: samples }, (_, i) => i);
  const isFullBatch = samples === batchSize;
  const whole = isFullBatch && { x: gather(xs, order, 0, samples, inputs), y: gather(ys, order, 0, samples, outputs) };
  let state = rule.init(initialWeights(network));
  return {
    async run(epochs) {
      const losses = [];
      for (let epoch = 0; epoch < epochs; epoch++) {
        let loss;
        if (!isFullBatch) shuffle(order);
        for (let first = 0; first < samples; first += batchSize) {
          const x = whole ? whole.x.ref : gather(xs, order, first, batchSize, inputs);
          const y = whole ? whole.y.ref : gather(ys, order, first, batchSize, outputs);
          loss?.dispose();
          [loss, state] = rule.step(state, x, y);
        }
        losses.push(loss.item());
      }
      return losses;
    },
  };
}

function multiply({ form, m, k, n }, a, b) {
  const left = np.array(a).reshape(form === "TN" ? [k, m] : [m, k]);
  const right = np.array(b).reshape(form === "NT" ? [n, k] : [k, n]);
  const product = jit((a, b) => np.matmul(form === "TN" ? a.transpose() : a, form === "NT" ? b.transpose() : b));
  return {
    async run(times) {
      for (let i = 0; i < times; i++) (await product(left.ref, right.ref).blockUntilReady()).dispose();
    },
  };
}

await serve({ name: "jax-js", version, train, multiply });
