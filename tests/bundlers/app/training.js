// What every row of the README's table trains, wherever it runs: nothing here may depend on where that is. The library
// is handed over, because each project has its own way of getting at it.

const XOR = {
  inputs: [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ],
  targets: [[0], [1], [1], [0]],
};

async function learnXor({ layers, optimizers, sequential, tensor }) {
  const model = sequential({
    seed: 1,
    layers: [
      layers.dense({ units: 8, activation: "tanh", inputShape: [2] }),
      layers.dense({ units: 1, activation: "sigmoid" }),
    ],
  });
  model.compile({ optimizer: optimizers.adam({ learningRate: 0.05 }), loss: "binaryCrossentropy" });
  await model.fit(tensor(XOR.inputs), tensor(XOR.targets), { epochs: 300, batchSize: 4 });
  return Array.from((await model.predict(XOR.inputs)).data);
}

const SAMPLES = 210;
const FEATURES = 64;
const CLASSES = 5;

/** Class `i % CLASSES` leaves a mark in its samples, noise from a linear congruential generator does the rest. */
function makeData() {
  let state = 1;
  const labels = Int32Array.from({ length: SAMPLES }, (_, i) => i % CLASSES);
  const inputs = Float32Array.from({ length: SAMPLES * FEATURES }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const isMarked = (i % FEATURES) % CLASSES === labels[Math.floor(i / FEATURES)];
    return state / 2 ** 32 - 0.5 + (isMarked ? 1 : 0);
  });
  return { inputs, labels };
}

async function sha256(tensors) {
  const parts = tensors.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const digest = await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Large enough for threads; the last batch is smaller. */
async function classify({ layers, optimizers, sequential, tensor }, optimizer, place) {
  const { inputs, labels } = makeData();
  const model = sequential({
    seed: 5,
    layers: [
      layers.dense({ units: 160, activation: "relu", inputShape: [FEATURES] }),
      layers.dropout({ rate: 0.2 }),
      layers.dense({ units: 117, activation: "gelu" }),
      layers.dense({ units: CLASSES, activation: "softmax" }),
    ],
  });
  model.compile({
    optimizer: optimizers[optimizer]({ globalClipNorm: 0.5 }),
    loss: "sparseCategoricalCrossentropy",
    ...place,
  });
  await model.fit(tensor(inputs, [SAMPLES, FEATURES]), tensor(labels, [SAMPLES]), { epochs: 2, batchSize: 61 });
  const weightsSha256 = await sha256(Object.values(await model.getWeights()));
  model.dispose();
  return weightsSha256;
}

/** What `train` gives, and how many workers were spoken to meanwhile. */
async function countWorkers(Worker, train) {
  const busy = new Set();
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (...message) {
    busy.add(this);
    return postMessage.apply(this, message);
  };
  try {
    return { weightsSha256: await train(), workers: busy.size };
  } catch (error) {
    return { error: `${error.name}: ${error.message}`, workers: busy.size };
  } finally {
    Worker.prototype.postMessage = postMessage;
  }
}

/** @param Worker the class of which the library makes its workers; none where there are no workers */
export async function train(library, Worker) {
  const xor = await learnXor(library);
  const weights = {};
  for (const optimizer of ["sgd", "adam", "adamW", "lion", "nadam"]) {
    weights[optimizer] = await classify(library, optimizer, {});
  }
  const trainWith = (place) => Worker && countWorkers(Worker, () => classify(library, "adam", place));
  return { xor, weights, threads: await trainWith({ threads: 2 }), worker: await trainWith({ worker: true }) };
}
