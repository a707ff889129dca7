// jax-js: a jitted training step on its WebAssembly device. It has no layers or data loader; the loop is the user's.
import { readFileSync } from "node:fs";
import { defaultDevice, init, jit, numpy as np, valueAndGrad } from "@jax-js/jax";
import { makeNetwork } from "./jaxNetworks.mjs";
import { serve } from "./serve.mjs";

const packageFile = new URL("../package.json", import.meta.resolve("@jax-js/jax"));
const { version } = JSON.parse(readFileSync(packageFile, "utf8"));
await init("wasm");
defaultDevice("wasm");

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

/** Adam as its optax companion has it; the bias corrections of a step come in as a number. With a decay of weights it is AdamW. */
function adamStep(loss, learningRate, decay = 0) {
  const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-7];
  const step = jit((state, rate, x, y) => {
    const [value, gradients] = valueAndGrad(loss)(refs(state.weights), x, y);
    const m = mapTree((m, g) => m.mul(beta1).add(g.mul(1 - beta1)), state.m, refs(gradients));
    const v = mapTree((v, g) => v.mul(beta2).add(np.square(g).mul(1 - beta2)), state.v, gradients);
    const update = mapTree((m, v) => m.div(np.sqrt(v).add(epsilon)), refs(m), refs(v));
    const kept = decay ? mapTree((w) => w.mul(1 - learningRate * decay), state.weights) : state.weights;
    const weights = mapTree((w, u) => w.sub(u.mul(rate.ref)), kept, update);
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

/** Samples in a new order, in place (Fisher and Yates). */
function shuffle(order) {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
}

/** Rows of a batch: numbers, or ids of whole sequences. */
function gather(data, order, first, count, width, dtype) {
  const batch = dtype === "int32" ? new Int32Array(count * width) : new Float32Array(count * width);
  for (let i = 0; i < count; i++) {
    const at = order[first + i] * width;
    batch.set(data.subarray(at, at + width), i * width);
  }
  return np.array(batch).reshape([count, width]);
}

/** What Keras decays by default. */
const DECAY = 0.004;

const rules = {
  sgd: sgdStep,
  adam: adamStep,
  adamW: (loss, learningRate) => adamStep(loss, learningRate, DECAY),
};

function train(network, xs, ys) {
  const { widths, optimizer, learningRate, batchSize, samples, transformer } = network;
  const [inputs, outputs] = [widths[0], widths.at(-1)];
  const dtype = transformer ? "int32" : "float32";
  const { loss: lossOf, weights } = makeNetwork(network);
  const rule = rules[optimizer](lossOf, learningRate);
  const order = Int32Array.from({ length: samples }, (_, i) => i);
  const batchOf = (first) => ({
    x: gather(xs, order, first, batchSize, inputs, dtype),
    y: gather(ys, order, first, batchSize, outputs, dtype),
  });
  const isFullBatch = samples === batchSize;
  const whole = isFullBatch && batchOf(0);
  let state = rule.init(weights());
  return {
    async run(epochs) {
      const losses = [];
      for (let epoch = 0; epoch < epochs; epoch++) {
        let loss;
        if (!isFullBatch) shuffle(order);
        for (let first = 0; first < samples; first += batchSize) {
          const { x, y } = whole ? refs(whole) : batchOf(first);
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
