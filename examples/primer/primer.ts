/**
 * A primer on neural networks, to be read from top to bottom and run: every function is one lesson, returns its numbers
 * and uses the library as any program would.
 */
import {
  callbacks,
  gradientCheck,
  initializers,
  layers,
  losses,
  optimizers,
  sequential,
  type Tensor,
  tensor,
} from "wasmgrad";

/** The table y = 4x. The network is told x and y, never the 4. */
export const x = tensor([[0], [1], [2], [3], [4]]);
export const y = tensor([[0], [4], [8], [12], [16]]);

/** The smallest network there is: y = w·x with one weight w. The error is the sum of the squared differences. */
export function oneWeight(guess: number, learningRate = 0.01) {
  const kernelInitializer = initializers.constant({ value: guess });
  const model = sequential({
    layers: [layers.dense({ units: 1, useBias: false, kernelInitializer, inputShape: [1] })],
  });
  model.compile({ optimizer: optimizers.sgd({ learningRate }), loss: losses.meanSquaredError({ reduction: "sum" }) });
  return model;
}

/** The error of a guess. */
export async function errorAt(guess: number): Promise<number> {
  const { loss } = await oneWeight(guess).evaluate(x, y);
  return loss;
}

/** Lesson 1. Guess that the multiplier is 2, let the network predict (forward pass), and measure how wrong it is. */
export async function guessTwo() {
  const predictions = await oneWeight(2).predict(x);
  return { predictions: [...predictions.data], error: await errorAt(2) };
}

/** Lesson 2. Other guesses have other errors; the right one has none. */
export async function otherGuesses() {
  return { atSeven: await errorAt(7), atFour: await errorAt(4) };
}

/** Lesson 3. Nudge the weight a little and watch the error: how much it changes for each unit is the derivative. */
export async function nudge(guess = 2, step = 0.0001) {
  const above = await errorAt(guess + step);
  const below = await errorAt(guess - step);
  return { above, below, slope: (above - below) / (2 * step) };
}

/** Lesson 4. Back propagation computes the same derivative exactly, whatever the number of weights. */
export async function backPropagate() {
  const model = oneWeight(2);
  const { weights } = await model.gradients(x, y);
  const check = await gradientCheck(model, x, y);
  return { exact: weights["dense/kernel"].data[0], numeric: check.worst.numeric };
}

/** Lesson 5. Step against the derivative, by a fraction of it (the learning rate), and again, until the error is tiny. */
export async function train() {
  const model = oneWeight(2, 0.001);
  const stopWhenTiny = callbacks.earlyStopping({ monitor: "loss", stopBelow: 0.000001 });
  const { history } = await model.fit(x, y, { epochs: 1000, batchSize: 5, callbacks: [stopWhenTiny] });
  const { "dense/kernel": kernel } = await model.getWeights();
  return { weight: kernel.data[0], errors: history.loss, firstError: history.loss[0], epochs: history.loss.length };
}

/** Houses: rooms, size, age and distance in, price out; the prices follow a rule that the network has to find. */
function houses(count: number) {
  const inputs: number[][] = [];
  const prices: number[][] = [];
  for (let i = 0; i < count; i++) {
    // Any regular mixture will do: these numbers repeat with periods that share no divisor.
    const [rooms, size, age, distance] = [(i % 5) / 5, (i % 7) / 7, (i % 11) / 11, (i % 13) / 13];
    inputs.push([rooms, size, age, distance]);
    prices.push([Math.max(0.2, rooms + size - 0.5 * age) + 0.3 * distance]);
  }
  return { inputs: tensor(inputs), prices: tensor(prices) };
}

/** Lesson 6. Many inputs and a hidden layer: 4 inputs, 2 hidden nodes, 1 output. */
export async function hiddenLayer() {
  const { inputs, prices } = houses(200);
  const model = sequential({
    seed: 1,
    layers: [layers.dense({ units: 2, activation: "tanh", inputShape: [4] }), layers.dense({ units: 1 })],
  });
  model.compile({ optimizer: optimizers.adam({ learningRate: 0.01 }), loss: "meanSquaredError" });
  const { history } = await model.fit(inputs, prices, { epochs: 150 });
  return { summary: model.summary(), firstError: history.loss[0], lastError: history.loss.at(-1)! };
}

/** Lesson 7. Several hidden layers bend the line more often. */
export async function severalHiddenLayers() {
  const { inputs, prices } = houses(200);
  const model = sequential({
    seed: 1,
    layers: [
      layers.dense({ units: 16, activation: "relu", inputShape: [4] }),
      layers.dense({ units: 16, activation: "relu" }),
      layers.dense({ units: 1 }),
    ],
  });
  model.compile({ optimizer: optimizers.adam({ learningRate: 0.01 }), loss: "meanSquaredError" });
  const { history } = await model.fit(inputs, prices, { epochs: 150 });
  return { firstError: history.loss[0], lastError: history.loss.at(-1)! };
}

/** Lesson 8. Digits: 784 pixels in, ten outputs, one for each digit; the largest is the answer. */
export async function digits(images: Tensor, labels: Tensor, testImages: Tensor, testLabels: Tensor) {
  const model = sequential({
    seed: 1,
    layers: [
      layers.rescaling({ scale: 1 / 255, inputShape: [28, 28] }),
      layers.flatten(),
      layers.dense({ units: 32, activation: "relu" }),
      layers.dense({ units: 10, activation: "softmax" }),
    ],
  });
  model.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
  await model.fit(images, labels, { epochs: 3 });
  const { accuracy } = await model.evaluate(testImages, testLabels);
  const answers = await model.predict(testImages);
  const outputs = [...answers.data.subarray(0, 10)];
  return { accuracy, outputs, answer: outputs.indexOf(Math.max(...outputs)), label: testLabels.data[0] };
}
