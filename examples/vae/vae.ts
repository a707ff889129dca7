import { input, layers, losses, model, type Node, ops, optimizers, sequential } from "wasmgrad";

const PIXELS = 784;
/** Numbers that stand for an image. */
export const CODE_LENGTH = 8;

/** Of a node of the output of `autoencoder`: what was drawn, and the mean and the logarithm of the variance of its code. */
function partsOf(output: Node): Node[] {
  return ops.split(output, [PIXELS, PIXELS + CODE_LENGTH], { axis: 1 });
}

/** −Σ y·log x + (1 − y)·log(1 − x) over the pixels of each image. */
function crossentropy(image: Node, drawn: Node): Node {
  const x = ops.clip(drawn, 1e-6, 1 - 1e-6);
  const ofWhite = ops.multiply(image, ops.log(x));
  const ofBlack = ops.multiply(ops.subtract(1, image), ops.log(ops.subtract(1, x)));
  return ops.negative(ops.sum(ops.add(ofWhite, ofBlack), { axis: 1 }));
}

/** How far the codes of an image are from normal random numbers: the KL divergence, ½·Σ e^s + m² − 1 − s. */
function divergence(mean: Node, logVariance: Node): Node {
  const sizes = ops.add(ops.exp(logVariance), ops.square(mean));
  return ops.multiply(0.5, ops.sum(ops.subtract(ops.subtract(sizes, 1), logVariance), { axis: 1 }));
}

/**
 * A variational autoencoder (Kingma & Welling 2013): an image becomes the mean and the variance of a code, one code is drawn,
 * and the decoder makes an image of that. `decoder` draws images of codes that nobody has seen.
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
  const outputs = ops.concatenate([decoder.apply(code), mean, logVariance]);
  const autoencoder = model({ name: "vae", inputs: image, outputs, seed });
  autoencoder.compile({
    optimizer: optimizers.adam({ learningRate: 2e-3 }),
    loss: losses.custom(
      (target, output) => {
        const [drawn, mean, logVariance] = partsOf(output);
        return ops.add(crossentropy(target, drawn), divergence(mean, logVariance));
      },
      { targetShape: [PIXELS] },
    ),
  });
  return { autoencoder, decoder };
}
