import { data, layers, optimizers, type Sequential, schedules, sequential, type Tensor } from "wasmgrad";

export const BATCH_SIZE = 128;

/** How a digit may look as well: a little moved, turned, larger or smaller. Nothing is mirrored: few digits can be. */
const changes = {
  shift: 0.07,
  rotation: 0.03,
  zoom: 0.12,
  fillMode: "constant",
} as const satisfies data.AugmentOptions;

/** Handwritten digits in a new order every epoch, each a little different every time. */
export function augmentDigits(images: Tensor, labels: Tensor, seed: number): data.Dataset {
  return data
    .fromTensors(images, labels)
    .shuffle(undefined, { seed })
    .augment({ ...changes, seed })
    .batch(BATCH_SIZE);
}

/** A convolution whose outputs are normalised over the batch before the activation: its bias would be subtracted again. */
function convolution(filters: number): layers.Layer[] {
  return [
    layers.conv2d({ filters, kernelSize: 3, useBias: false }),
    layers.batchNormalization({ momentum: 0.9 }),
    layers.relu(),
  ];
}

/** A network for images of 28 × 28 bytes, to be trained for so many steps. Comments: the shape of one sample. */
export function makeNetwork(steps: number, seed: number): Sequential {
  const network = sequential({
    seed,
    layers: [
      layers.rescaling({ scale: 1 / 255, inputShape: [28, 28] }),
      layers.reshape({ targetShape: [28, 28, 1] }),
      ...convolution(16), // [26, 26, 16]
      layers.maxPooling2d(), // [13, 13, 16]
      ...convolution(32), // [11, 11, 32]
      ...convolution(64), // [9, 9, 64]
      layers.maxPooling2d(), // [4, 4, 64]
      layers.flatten(), // [1024]
      layers.dropout({ rate: 0.3 }),
      layers.dense({ units: 128, useBias: false }), // [128]
      layers.batchNormalization({ momentum: 0.9 }),
      layers.relu(),
      layers.dropout({ rate: 0.3 }),
      layers.dense({ units: 10, activation: "softmax" }),
    ],
  });
  const learningRate = schedules.cosineDecay({ initialLearningRate: 3e-3, decaySteps: steps });
  network.compile({
    optimizer: optimizers.adam({ learningRate }),
    loss: "sparseCategoricalCrossentropy",
    metrics: ["accuracy"],
  });
  return network;
}
