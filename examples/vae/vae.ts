import { input, layers, model, type Node, ops, optimizers, sequential } from "wasmgrad";

const PIXELS = 784;
/** Numbers that stand for an image. */
export const CODE_LENGTH = 8;

/** How far the codes of an image are from normal random numbers: the KL divergence, ½·Σ e^s + m² − 1 − s. */
function divergenceOf(mean: Node, logVariance: Node): Node {
  const sizes = ops.add(ops.exp(logVariance), ops.square(mean));
  return ops.multiply(0.5, ops.sum(ops.subtract(ops.subtract(sizes, 1), logVariance), { axis: 1 }));
}

/**
 * A variational autoencoder (Kingma & Welling 2013): an image becomes the mean and the variance of a code, one code is drawn,
 * and the decoder makes an image of that. `decoder` draws images of codes that nobody has seen. The loss of an image, in nats, is
 * that of its pixels and the divergence of its code, which is no function of what comes out and so stands among `losses`.
 */
export function makeVariationalAutoencoder(seed: number) {
  const decoder = sequential({
    name: "decoder",
    seed,
    layers: [
      layers.dense({ units: 256, activation: "relu", inputShape: [CODE_LENGTH] }),
      layers.dense({ units: PIXELS, activation: "sigmoid" }),
    ],
  });
  const image = input({ shape: [PIXELS] });
  const hidden = layers.dense({ units: 256, activation: "relu" }).apply(image);
  const mean = layers.dense({ units: CODE_LENGTH, name: "mean" }).apply(hidden);
  const logVariance = layers.dense({ units: CODE_LENGTH, name: "logVariance" }).apply(hidden);
  const deviation = ops.exp(ops.multiply(0.5, logVariance));
  const code = ops.add(mean, ops.multiply(deviation, ops.randomNormal([null, CODE_LENGTH])));
  const autoencoder = model({
    name: "vae",
    inputs: image,
    outputs: decoder.apply(code),
    losses: [divergenceOf(mean, logVariance)],
    seed,
  });
  // The cross-entropy is a mean over the pixels: times their number it is their sum.
  autoencoder.compile({
    optimizer: optimizers.adam({ learningRate: 2e-3 }),
    loss: "binaryCrossentropy",
    lossWeights: [PIXELS],
  });
  return { autoencoder, decoder };
}
