// A page that draws while it trains; the test calls its functions.
import { layers, sequential, tensor } from "./node_modules/wasmgrad/dist/index.js";

const FEATURES = 784;

function makeModel(units, place) {
  const model = sequential({
    seed: 1,
    layers: [
      layers.dense({ units, activation: "relu", inputShape: [FEATURES] }),
      layers.dense({ units, activation: "relu" }),
      layers.dense({ units: 10, activation: "softmax" }),
    ],
  });
  model.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy", ...place });
  return model;
}

const makeData = (samples) => [
  tensor(new Uint8Array(samples * FEATURES).fill(7), [samples, FEATURES]),
  tensor(new Int32Array(samples), [samples]),
];

/** Frames that the page draws in a second while something is done. */
async function countFrames(work) {
  const text = document.getElementById("frame");
  let frames = 0;
  let isWorking = true;
  const draw = () => {
    text.textContent = `frame ${++frames}`;
    if (isWorking) requestAnimationFrame(draw);
  };
  const started = performance.now();
  requestAnimationFrame(draw);
  await work();
  isWorking = false;
  return (1000 * frames) / (performance.now() - started);
}

globalThis.drawIdle = (milliseconds) => countFrames(() => new Promise((resolve) => setTimeout(resolve, milliseconds)));

/** Gives a function that trains for so long, from the start of workers on, while the page draws. */
globalThis.prepare = (place) => {
  const model = makeModel(512, place);
  const [x, y] = makeData(4096);
  globalThis.drawDuringFit = async (milliseconds) => {
    const ended = AbortSignal.timeout(milliseconds);
    const callback = { onBatchEnd: (_batch, _logs, { stop }) => ended.aborted && stop() };
    const framesPerSecond = await countFrames(() =>
      model.fit(x, y, { batchSize: 128, epochs: 1e6, callbacks: [callback] }),
    );
    model.dispose();
    return framesPerSecond;
  };
};

const MANY_SAMPLES = 60_000;

/** Gives functions that train for a step or two on many samples, and predict them, while the page draws. */
globalThis.prepareMany = (type, place) => {
  const model = makeModel(64, place);
  const data = (
    type === "bytes" ? new Uint8Array(MANY_SAMPLES * FEATURES) : new Float32Array(MANY_SAMPLES * FEATURES)
  ).fill(7);
  const [x, y] = [tensor(data, [MANY_SAMPLES, FEATURES]), tensor(new Int32Array(MANY_SAMPLES), [MANY_SAMPLES])];
  const callback = { onBatchEnd: (batch, _logs, { stop }) => batch > 0 && stop() };
  globalThis.drawDuringSteps = () => countFrames(() => model.fit(x, y, { batchSize: 128, callbacks: [callback] }));
  globalThis.drawDuringPredict = () => countFrames(() => model.predict(x));
};

const [fewInputs, fewLabels] = makeData(1024);
let kept;

/** Fits one model so many times, and as many models once; nothing gives those back but the garbage collector. */
globalThis.fitOften = async (count, place) => {
  kept ??= makeModel(64, place);
  for (let i = 0; i < count; i++) {
    await kept.fit(fewInputs, fewLabels, { batchSize: 256 });
    await makeModel(64, place).fit(fewInputs, fewLabels, { batchSize: 256 });
  }
  return kept.memory().total;
};
