import { type Callback, layers, type Sequential, sequential } from "wasmgrad";
import type { ImageData } from "./datasets";
import type { RunOptions } from "./options";

/** The engines to compare. */
type EngineKind = RunOptions["engine"];

/** Filters of the convolutions of a cnn. */
const FILTERS = [16, 32];

/** `784-128-10`: units from the pixels to the classes; `784-conv16-conv32-128-10` with convolutions. */
export function describeLayers({ model, hidden }: Pick<RunOptions, "model" | "hidden">): string {
  const convolutions = model === "cnn" ? FILTERS.map((filters) => `conv${filters}`) : [];
  return [28 * 28, ...convolutions, ...hidden, 10].join("-");
}

/** Convolutions of 3 × 3, after each of which the image is halved. */
function makeConvolutions(): layers.Layer[] {
  return [
    layers.reshape({ targetShape: [28, 28, 1] }),
    ...FILTERS.flatMap((filters) => [
      layers.conv2d({ filters, kernelSize: 3, activation: "relu" }),
      layers.maxPooling2d(),
    ]),
  ];
}

/** A new network for images of 28 × 28 bytes and ten classes, compiled. */
export function createModel(options: RunOptions, engine: EngineKind): Sequential {
  const model = sequential({
    name: describeLayers(options),
    seed: options.seed,
    layers: [
      layers.rescaling({ scale: 1 / 255, inputShape: [28, 28] }),
      ...(options.model === "cnn" ? makeConvolutions() : []),
      layers.flatten(),
      ...options.hidden.map((units) => layers.dense({ units, activation: "relu" })),
      layers.dense({ units: 10, activation: "softmax" }),
    ],
  });
  model.compile({
    optimizer: "adam",
    loss: "sparseCategoricalCrossentropy",
    metrics: ["accuracy"],
    engine,
  });
  return model;
}

export interface Timing {
  readonly seconds: number;
  readonly samplesPerSecond: number;
  /** Of the last epoch. */
  readonly loss: number;
}

/** Trains, and measures the time of `fit` alone: from its call to its end. */
export async function train(
  model: Sequential,
  { train: { images, labels } }: ImageData,
  { batchSize }: RunOptions,
  options: { epochs: number; signal: AbortSignal; callbacks: readonly Callback[] },
): Promise<Timing> {
  const start = performance.now();
  const { history } = await model.fit(images, labels, { batchSize, ...options });
  const seconds = (performance.now() - start) / 1000;
  return { seconds, samplesPerSecond: (options.epochs * labels.size) / seconds, loss: history.loss.at(-1)! };
}

export interface Comparison {
  readonly wasm: Timing;
  readonly js: Timing;
  /** Speed of wasm over that of js. */
  readonly ratio: number;
}

/** The first epoch on either engine, in a new model with the same seed each time; copying the data included. */
export async function compareEngines(
  data: ImageData,
  options: RunOptions,
  signal: AbortSignal,
  callbacksFor: (engine: EngineKind) => readonly Callback[],
): Promise<Comparison> {
  const timings = {} as Record<EngineKind, Timing>;
  for (const engine of ["wasm", "js"] as const) {
    const model = createModel(options, engine);
    timings[engine] = await train(model, data, options, {
      epochs: 1,
      signal,
      callbacks: callbacksFor(engine),
    });
    model.dispose();
  }
  const { wasm, js } = timings;
  return { wasm, js, ratio: wasm.samplesPerSecond / js.samplesPerSecond };
}
