import { layers, type Sequential, sequential, type Tensor } from "wasmgrad";

/**
 * A small convolutional network for images of 28 × 28 bytes and ten classes, which are brought to mean 0 and deviation 1
 * by what `images` have: that learns faster than bytes divided by 255 do. Comments: the shape of one sample, and how many
 * weights it takes to get there.
 */
export function makeNetwork(images: Tensor, seed: number): Sequential {
  const network = sequential({
    seed,
    layers: [
      layers.normalization({ axis: null, inputShape: [28, 28] }).adapt(images),
      layers.reshape({ targetShape: [28, 28, 1] }),
      layers.conv2d({ filters: 16, kernelSize: 3, activation: "relu" }), // [26, 26, 16], 160
      layers.maxPooling2d(), // [13, 13, 16]
      layers.conv2d({ filters: 32, kernelSize: 3, activation: "relu" }), // [11, 11, 32], 4,640
      layers.maxPooling2d(), // [5, 5, 32]
      layers.flatten(), // [800]
      layers.dense({ units: 128, activation: "relu" }), // [128], 102,528
      layers.dense({ units: 10, activation: "softmax" }), // [10], 1,290
    ],
  });
  network.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
  return network;
}
