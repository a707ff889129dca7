// The same small trainings in Node and in a page: nothing here may depend on where it runs.

const SAMPLES = 203;
const FEATURES = 11;
const CLASSES = 5;

/** Class `i % CLASSES` leaves a mark in its samples, noise from a linear congruential generator does the rest. */
function makeData() {
  let state = 1;
  const noise = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const labels = Int32Array.from({ length: SAMPLES }, (_, i) => i % CLASSES);
  const inputs = Float32Array.from({ length: SAMPLES * FEATURES }, (_, i) => {
    const [row, column] = [Math.floor(i / FEATURES), i % FEATURES];
    return noise() + (column % CLASSES === labels[row] ? 1 : 0);
  });
  return { inputs, labels };
}

function makeModel({ sequential, layers, initializers }) {
  return sequential({
    seed: 42,
    layers: [
      layers.dense({
        units: 24,
        activation: "relu",
        inputShape: [FEATURES],
        kernelInitializer: initializers.heNormal(),
      }),
      layers.dropout({ rate: 0.25 }),
      layers.dense({ units: 17, activation: "tanh", kernelInitializer: initializers.orthogonal() }),
      layers.dense({ units: 13, activation: "gelu" }),
      layers.dense({ units: CLASSES, activation: "softmax" }),
    ],
  });
}

/** Every change of the learning rate counts: a cosine of it comes from our own functions, too. */
const learningRate = ({ schedules }) => schedules.cosineDecay({ initialLearningRate: 0.01, decaySteps: 20 });

async function sha256(tensors) {
  const parts = tensors.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const digest = await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function trainWith(wasmgrad, optimizer, engine) {
  const { inputs, labels } = makeData();
  const x = wasmgrad.tensor(inputs, [SAMPLES, FEATURES]);
  const y = wasmgrad.tensor(labels, [SAMPLES]);
  const model = makeModel(wasmgrad);
  model.compile({
    optimizer: wasmgrad.optimizers[optimizer]({ learningRate: learningRate(wasmgrad) }),
    loss: "sparseCategoricalCrossentropy",
    metrics: ["accuracy"],
    engine,
  });
  const { history } = await model.fit(x, y, { epochs: 3, batchSize: 32, validationSplit: 0.1 });
  return { history, weightsSha256: await sha256(Object.values(await model.getWeights())) };
}

/** What came of training with every optimizer on both engines, by `optimizer engine`. */
export async function train(wasmgrad) {
  const results = {};
  for (const optimizer of Object.keys(wasmgrad.optimizers)) {
    for (const engine of ["wasm", "js"]) {
      results[`${optimizer} ${engine}`] = await trainWith(wasmgrad, optimizer, engine);
    }
  }
  return results;
}
