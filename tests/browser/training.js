// The same small trainings in Node and in a page: nothing here may depend on where it runs.

const SAMPLES = 203;
const FEATURES = 11;
const CLASSES = 5;

/** Class `i % CLASSES` leaves a mark in its samples, noise from a linear congruential generator does the rest. */
function makeData(samples = SAMPLES, features = FEATURES) {
  let state = 1;
  const noise = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const labels = Int32Array.from({ length: samples }, (_, i) => i % CLASSES);
  const inputs = Float32Array.from({ length: samples * features }, (_, i) => {
    const [row, column] = [Math.floor(i / features), i % features];
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

const AWAY_SAMPLES = 210;
const AWAY_FEATURES = 64;

/** Large enough for threads; the last batch is smaller. What comes of it must not depend on `place`. */
export async function trainIn(wasmgrad, place) {
  const { sequential, layers, optimizers, tensor } = wasmgrad;
  const { inputs, labels } = makeData(AWAY_SAMPLES, AWAY_FEATURES);
  const [x, y] = [tensor(inputs, [AWAY_SAMPLES, AWAY_FEATURES]), tensor(labels, [AWAY_SAMPLES])];
  const model = sequential({
    seed: 5,
    layers: [
      layers.dense({ units: 160, activation: "relu", inputShape: [AWAY_FEATURES] }),
      layers.dropout({ rate: 0.2 }),
      layers.dense({ units: 117, activation: "gelu" }),
      layers.dense({ units: CLASSES, activation: "softmax" }),
    ],
  });
  const optimizer = optimizers.adam({ learningRate: 0.003, globalClipNorm: 0.5 });
  model.compile({ optimizer, loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"], ...place });
  const { history } = await model.fit(x, y, { epochs: 3, batchSize: 61, validationSplit: 0.1 });
  const outputsSha256 = await sha256([await model.predict(x)]);
  const { loss } = await model.gradients(x, y);
  const weightsSha256 = await sha256(Object.values(await model.getWeights()));
  model.dispose();
  return { history, loss, outputsSha256, weightsSha256 };
}

/** Training on this thread, in a worker, and on several. */
export async function trainInWorker(wasmgrad) {
  const results = {};
  for (const place of [{}, { worker: true }, { threads: 2 }, { worker: true, threads: 3 }]) {
    results[JSON.stringify(place)] = await trainIn(wasmgrad, place);
  }
  return results;
}

/** As little as shows that everything is there: training on this thread, and in a worker with a second thread. */
export async function trainBriefly(wasmgrad) {
  return { here: await trainIn(wasmgrad, {}), away: await trainIn(wasmgrad, { worker: true, threads: 2 }) };
}

const STEPS = 6;
const SIDE_BY_SIDE = 8;

/**
 * Layers that carry their states from batch to batch, attention behind them, then a stream and a text. With `pause` the model is
 * saved and loaded behind so many batches of the epoch: what comes of it must depend on neither.
 */
async function trainStateful(wasmgrad, place, pause) {
  const { input, layers, loadModel, losses, model, tensor, generate, text } = wasmgrad;
  const tokenizer = text.characters("abcdefghijk");
  const ids = tokenizer.vocabularySize;
  const x = input({ shape: [STEPS], dtype: "int32", batchSize: SIDE_BY_SIDE });
  const sequences = { units: 96, returnSequences: true, stateful: true };
  let y = layers.embedding({ inputDim: ids, outputDim: 64 }).apply(x);
  y = layers.gru({ ...sequences, recurrentDropout: 0.2 }).apply(layers.lstm({ ...sequences, dropout: 0.1 }).apply(y));
  y = layers.multiHeadAttention({ numHeads: 4, keyDim: 16, useCausalMask: true }).apply(y);
  let trained = model({ inputs: x, outputs: layers.dense({ units: ids }).apply(y), seed: 9 });
  const loss = losses.sparseCategoricalCrossentropy({ fromLogits: true });
  const compile = { optimizer: "adam", loss, ...place };
  trained.compile(compile);
  const history = [];
  for (let batch = 0; batch < 7; batch++) {
    const part = (offset) =>
      tensor(
        Int32Array.from({ length: SIDE_BY_SIDE * STEPS }, (_, i) => {
          const t = batch * STEPS + (i % STEPS) + offset;
          return (t * t + 3 * Math.floor(i / STEPS)) % ids;
        }),
        [SIDE_BY_SIDE, STEPS],
      );
    history.push((await trained.trainOnBatch(part(0), part(1))).loss);
    if (batch + 1 !== pause) continue;
    const bytes = trained.toBytes();
    trained.dispose();
    trained = await loadModel(bytes);
  }
  const weightsSha256 = await sha256(Object.values(await trained.getWeights()));
  const stream = await trained.stream({ batchSize: 2, maxLength: 4 });
  const outputs = [];
  for (let t = 0; t < 4; t++) outputs.push(await stream.push(tensor(Int32Array.of(t, ids - 1 - t), [2])));
  let written = "";
  for await (const piece of generate(trained, { prompt: "abc", maxTokens: 24, seed: 4, tokenizer })) written += piece;
  trained.dispose();
  return { history, weightsSha256, streamSha256: await sha256(outputs), written };
}

/** Stateful training on this thread, with a pause in the middle, and on two and three threads. */
export async function trainSequences(wasmgrad) {
  const results = {};
  for (const [place, pause] of [[{}], [{}, 3], [{ threads: 2 }], [{ worker: true, threads: 3 }, 4]]) {
    results[JSON.stringify([place, pause])] = await trainStateful(wasmgrad, place, pause);
  }
  return results;
}

/** Milliseconds between the frames that a page draws while a network of the size of `mlp-large` trains. */
async function framesDuring(wasmgrad, { batchSize, batches, ...place }) {
  const { sequential, layers, tensor } = wasmgrad;
  const samples = batchSize * batches;
  const x = tensor(new Uint8Array(samples * 784).fill(7), [samples, 784]);
  const y = tensor(new Int32Array(samples), [samples]);
  const model = sequential({
    layers: [
      layers.dense({ units: 512, activation: "relu", inputShape: [784] }),
      layers.dense({ units: 512, activation: "relu" }),
      layers.dense({ units: 10, activation: "softmax" }),
    ],
  });
  model.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy", ...place });
  // Starts the worker and lets the engine optimise.
  await model.fit(x, y, { batchSize });
  const times = [performance.now()];
  let isTraining = true;
  const draw = () => {
    times.push(performance.now());
    if (isTraining) requestAnimationFrame(draw);
  };
  requestAnimationFrame(draw);
  await model.fit(x, y, { batchSize, epochs: 3 });
  isTraining = false;
  times.push(performance.now());
  model.dispose();
  const gaps = times.slice(1).map((time, i) => time - times[i]);
  gaps.sort((a, b) => a - b);
  return {
    samplesPerSecond: Math.round((3000 * samples) / (times.at(-1) - times[0])),
    frames: gaps.length - 1,
    medianGap: gaps[Math.floor(gaps.length / 2)],
    longestGap: gaps.at(-1),
  };
}

/** Frames with training on this thread and in a worker: with steps of a few milliseconds, and with steps that take long. */
export async function drawFrames(wasmgrad) {
  const results = {};
  for (const [batchSize, batches] of [
    [128, 80],
    [2048, 5],
  ]) {
    for (const worker of [false, true]) {
      results[`${batchSize} ${worker}`] = await framesDuring(wasmgrad, { batchSize, batches, worker });
    }
  }
  return results;
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

/** Workers that are ended from outside while they train: how long it takes to notice, what it becomes, whether the model trains on. */
export async function endWorkers(wasmgrad) {
  const started = [];
  globalThis.Worker = class extends globalThis.Worker {
    constructor(...options) {
      super(...options);
      started.push(this);
    }
  };
  const { sequential, layers, tensor } = wasmgrad;
  const { inputs, labels } = makeData(AWAY_SAMPLES, AWAY_FEATURES);
  const [x, y] = [tensor(inputs, [AWAY_SAMPLES, AWAY_FEATURES]), tensor(labels, [AWAY_SAMPLES])];
  const makeModel = (place) => {
    const model = sequential({
      layers: [
        layers.dense({ units: 160, activation: "relu", inputShape: [AWAY_FEATURES] }),
        layers.dense({ units: 117, activation: "gelu" }),
        layers.dense({ units: CLASSES, activation: "softmax" }),
      ],
    });
    model.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy", ...place });
    return model;
  };
  /** Trains without end; `during` is called in the middle. Gives the error, and the milliseconds since. */
  const endless = async (model, during) => {
    const controller = new AbortController();
    let start;
    const onEpochEnd = (epoch) => {
      if (epoch !== 5) return;
      start = performance.now();
      during(controller);
    };
    const options = { epochs: 1e9, batchSize: 61, signal: controller.signal, callbacks: [{ onEpochEnd }] };
    const error = await model.fit(x, y, options).catch((reason) => reason);
    return { error: String(error?.name ?? error), milliseconds: performance.now() - start };
  };
  const results = {};
  const threads = crossOriginIsolated ? 2 : 1;
  for (const place of [{ worker: true }, ...(threads > 1 ? [{ threads }, { worker: true, threads: 3 }] : [])]) {
    for (const victim of ["driver", "follower"]) {
      if (victim === "follower" && !place.threads) continue;
      started.length = 0;
      const model = makeModel(place);
      const ended = await endless(model, () => started.at(victim === "driver" ? 0 : -1).terminate());
      const { history } = await model.fit(x, y, { batchSize: 61 });
      results[`${JSON.stringify(place)} ${victim}`] = { ...ended, goesOn: Number.isFinite(history.loss[0]) };
      model.dispose();
    }
  }
  // As where nothing tells that a worker has ended.
  const { request } = navigator.locks;
  const { addEventListener } = MessagePort.prototype;
  navigator.locks.request = () => new Promise(() => {});
  MessagePort.prototype.addEventListener = () => {};
  started.length = 0;
  const model = makeModel({ worker: true });
  const aborted = await endless(model, (controller) => {
    started[0].terminate();
    setTimeout(() => controller.abort("enough"), 200);
  });
  navigator.locks.request = request;
  MessagePort.prototype.addEventListener = addEventListener;
  const { history } = await model.fit(x, y, { batchSize: 61 });
  results.aborted = { ...aborted, goesOn: Number.isFinite(history.loss[0]) };
  return results;
}
