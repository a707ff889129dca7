// What runs in workerd: learns exclusive or with a model, and y = 4x with the numeric core.
import { layers, optimizers, sequential, tensor } from "wasmgrad";
import { createCore } from "wasmgrad/core";

const warnings = [];
console.warn = (message) => warnings.push(message);

/** `options` are further ones of `compile`. */
export async function learnXor(options = {}) {
  const x = tensor([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]);
  const y = tensor([[0], [1], [1], [0]]);
  const network = sequential({
    seed: 1,
    layers: [
      layers.dense({ units: 8, activation: "tanh", inputShape: [2] }),
      layers.dense({ units: 1, activation: "sigmoid" }),
    ],
  });
  const optimizer = optimizers.adam({ learningRate: 0.05 });
  network.compile({ optimizer, loss: "binaryCrossentropy", engine: "wasm", ...options });
  await network.fit(x, y, { epochs: 300, batchSize: 4 });
  const output = await network.predict(x);
  const weights = Object.values(await network.getWeights()).flatMap(({ data }) => Array.from(data));
  return { output: Array.from(output.data), weights };
}

export async function learnLine() {
  const { arena, matmul, matmulTransposeA, optimizer, subtract } = await createCore({ bytes: 1024 });
  const [x, y, w, dw, error] = [5, 5, 1, 1, 5].map((length) => arena.float32(length));
  x.set([0, 1, 2, 3, 4]);
  y.set([0, 4, 8, 12, 16]);
  const update = optimizer("sgd", w, dw);
  for (let step = 0; step < 100; step++) {
    matmul(x, w, error, 5, 1, 1);
    subtract(error, y, error);
    matmulTransposeA(x, error, dw, 1, 1, 5);
    update.step(0.02);
  }
  return w[0];
}

/** What a call comes to, as text where it fails. */
const attempt = (work) => work().catch((error) => `${error.name}: ${error.message}`);

export default {
  async fetch() {
    const report = {
      xor: await attempt(() => learnXor()),
      line: await attempt(learnLine),
      threads: await attempt(() => learnXor({ threads: 2 })),
      relaxed: await attempt(() => learnXor({ math: "relaxed" })),
      worker: await attempt(() => learnXor({ worker: true })),
      warnings,
    };
    return Response.json(report);
  },
};
