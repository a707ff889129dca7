import { layers, type Sequential, sequential, Tensor } from "wasmgrad";
import type { Examples } from "../datasets";

const BATCH_SIZE = 64;

/** The images of five digits, labelled 0 to 4. */
export function fiveDigits({ images, labels }: Examples, first: number): Examples {
  const chosen = [...labels.data.keys()].filter((i) => labels.data[i] >= first && labels.data[i] < first + 5);
  const pixels = new Uint8Array(chosen.length * 784);
  for (const [i, from] of chosen.entries()) pixels.set(images.data.subarray(784 * from, 784 * (from + 1)), 784 * i);
  return {
    images: new Tensor(pixels, [chosen.length, 28, 28]),
    labels: new Tensor(
      Uint8Array.from(chosen, (i) => labels.data[i] - first),
      [chosen.length],
    ),
  };
}

/** What finds strokes and where they meet, of whatever digit: 5 × 5 places with 32 numbers each. */
export function makeFeatures(seed: number): Sequential {
  return sequential({
    name: "features",
    seed,
    layers: [
      layers.rescaling({ scale: 1 / 255, inputShape: [28, 28] }),
      layers.reshape({ targetShape: [28, 28, 1] }),
      layers.conv2d({ filters: 16, kernelSize: 3, activation: "relu" }),
      layers.maxPooling2d(),
      layers.conv2d({ filters: 32, kernelSize: 3, activation: "relu" }),
      layers.maxPooling2d(),
    ],
  });
}

/** A classifier of five digits by what the features say, which begin with the weights they have by then. */
export function makeClassifier(features: Sequential, seed: number): Sequential {
  const classifier = sequential({
    seed,
    layers: [
      features,
      layers.flatten(),
      layers.dense({ units: 128, activation: "relu" }),
      layers.dense({ units: 5, activation: "softmax" }),
    ],
  });
  classifier.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
  return classifier;
}

export interface Outcome {
  /** Share of digits it has not seen that are read correctly. */
  readonly accuracy: number;
  readonly seconds: number;
  /** Floating-point operations of a training step, forward and backward. */
  readonly flops: number;
}

/** Trains a classifier and says how well that went, and what it cost. */
async function learn(classifier: Sequential, train: Examples, test: Examples, epochs: number): Promise<Outcome> {
  const program = classifier.program({ batchSize: BATCH_SIZE });
  const start = performance.now();
  await classifier.fit(train.images, train.labels, { epochs, batchSize: BATCH_SIZE });
  const seconds = (performance.now() - start) / 1000;
  const { accuracy } = await classifier.evaluate(test.images, test.labels, { batchSize: 256 });
  return { accuracy, seconds, flops: Number(/([\d,]+) FLOPs/.exec(program)![1].replaceAll(",", "")) };
}

/**
 * Learns the digits 0 to 4, keeps what finds strokes as it is, and learns 5 to 9 by it: only the dense layers are trained
 * then, and of the convolutions nothing is computed backward. For comparison 5 to 9 are learned from nothing, too.
 */
export async function transfer(train: Examples, test: Examples, epochs: number, seed = 1) {
  const features = makeFeatures(seed);
  const [lowTrain, lowTest, highTrain, highTest] = [0, 5].flatMap((first) =>
    [train, test].map((examples) => fiveDigits(examples, first)),
  );
  const low = await learn(makeClassifier(features, seed), lowTrain, lowTest, epochs);

  features.trainable = false;
  const before = await features.getWeights();
  const classifier = makeClassifier(features, seed + 1);
  const high = await learn(classifier, highTrain, highTest, epochs);

  const anew = await learn(makeClassifier(makeFeatures(seed + 2), seed + 2), highTrain, highTest, epochs);
  return { low, high, anew, before, after: await classifier.getWeights() };
}
