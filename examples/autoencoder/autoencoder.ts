import { layers, optimizers, type Sequential, sequential, Tensor } from "wasmgrad";

/** Numbers that stand for an image: its 784 pixels have to be remembered in so few. */
const CODE_LENGTH = 32;

/** Brightnesses from 0 to 1, as the decoder gives them: what bytes are to be compared with. */
export function brightness({ data, shape }: Tensor): Tensor {
  return new Tensor(
    Float32Array.from(data, (byte) => byte / 255),
    [...shape.slice(0, 3), 1],
  );
}

/** Image to code, code to image, and both in a row. Comments: the shape of one sample. */
export function makeAutoencoder(seed: number) {
  const encoder = sequential({
    name: "encoder",
    seed,
    layers: [
      layers.conv2d({
        filters: 16,
        kernelSize: 3,
        strides: 2,
        padding: "same",
        activation: "relu",
        inputShape: [28, 28, 1],
      }), // [14, 14, 16]
      layers.conv2d({ filters: 32, kernelSize: 3, strides: 2, padding: "same", activation: "relu" }), // [7, 7, 32]
      layers.flatten(), // [1568]
      layers.dense({ units: CODE_LENGTH }),
    ],
  });
  const decoder = sequential({
    name: "decoder",
    seed,
    layers: [
      layers.dense({ units: 7 * 7 * 32, activation: "relu", inputShape: [CODE_LENGTH] }),
      layers.reshape({ targetShape: [7, 7, 32] }),
      layers.conv2dTranspose({ filters: 16, kernelSize: 3, strides: 2, padding: "same", activation: "relu" }), // [14, 14, 16]
      layers.conv2dTranspose({ filters: 1, kernelSize: 3, strides: 2, padding: "same", activation: "sigmoid" }), // [28, 28, 1]
    ],
  });
  const autoencoder = sequential({ seed, layers: [encoder, decoder] });
  autoencoder.compile({
    optimizer: optimizers.adam({ learningRate: 3e-3 }),
    loss: "binaryCrossentropy",
    metrics: ["mse"],
  });
  return { encoder, decoder, autoencoder };
}

/** What the decoder makes of codes on the way from that of one image to that of another, ends included. */
export async function morph(
  { encoder, decoder }: { encoder: Sequential; decoder: Sequential },
  pair: Tensor,
  steps: number,
): Promise<Tensor> {
  const { data } = (await encoder.predict(pair)) as Tensor;
  const codes = Float32Array.from({ length: steps * CODE_LENGTH }, (_, i) => {
    const share = Math.floor(i / CODE_LENGTH) / (steps - 1);
    return (1 - share) * data[i % CODE_LENGTH] + share * data[CODE_LENGTH + (i % CODE_LENGTH)];
  });
  return (await decoder.predict(new Tensor(codes, [steps, CODE_LENGTH]))) as Tensor;
}
