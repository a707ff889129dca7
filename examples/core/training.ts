/**
 * Neural networks by hand, with nothing but the numeric core: what a model does in one call of `fit`, in single steps.
 */
import { type Core, createCore } from "wasmgrad/core";

/** y = 4x for x = 0…4. The network is one weight, w; it predicts w·x, and the error is the sum of squared differences. */
export async function learnLine(guess = 2, learningRate = 0.001, steps = 200) {
  const core = await createCore({ bytes: 1024 });
  const { arena } = core;
  const x = arena.float32([5, 1]);
  const y = arena.float32([5, 1]);
  const w = arena.float32([1, 1]);
  const dw = arena.float32([1, 1]);
  const prediction = arena.float32([5, 1]);
  const difference = arena.float32([5, 1]);
  x.set([0, 1, 2, 3, 4]);
  core.scale(x, y, 4);
  w[0] = guess;
  const update = core.optimizer("sgd", w, dw);

  const errors: number[] = [];
  for (let step = 0; step < steps; step++) {
    core.matmul(x, w, prediction, 5, 1, 1);
    core.subtract(prediction, y, difference);
    errors.push(core.squaredNorm(difference));
    // The derivative of Σ (w·x − y)² by w is 2·Σ x·(w·x − y).
    core.matmulTransposeA(x, difference, dw, 1, 1, 5);
    core.scale(dw, dw, 2);
    update.step(learningRate);
  }
  return { weight: w[0], errors };
}

const SAMPLES = 64;
const INPUTS = 4;
const HIDDEN = 19;

/** All weights of a net with one hidden layer stand in one vector, and so do their gradients: an update is one pass. */
function layOut(core: Core) {
  const sizes = { hiddenKernel: INPUTS * HIDDEN, hiddenBias: HIDDEN, outputKernel: HIDDEN, outputBias: 1 };
  const total = Object.values(sizes).reduce((sum, size) => sum + size);
  const [weights, gradients] = [core.arena.float32(total), core.arena.float32(total)];
  const split = (vector: Float32Array) => {
    let start = 0;
    const parts = Object.entries(sizes).map(([name, size]) => {
      start += size;
      return [name, vector.subarray(start - size, start)];
    });
    return Object.fromEntries(parts) as Record<keyof typeof sizes, Float32Array>;
  };
  return { weights, gradients, weight: split(weights), gradient: split(gradients) };
}

export interface Data {
  /** [64, 4] */
  readonly inputs: Float32Array;
  /** [64, 1] */
  readonly targets: Float32Array;
}

/** Inputs that repeat with periods without a common divisor, targets by a rule that one layer cannot learn. */
export function makeData(): Data {
  const inputs = Float32Array.from({ length: SAMPLES * INPUTS }, (_, i) => {
    const period = [5, 7, 11, 13][i % INPUTS];
    return (Math.floor(i / INPUTS) % period) / period - 0.5;
  });
  const targets = Float32Array.from({ length: SAMPLES }, (_, i) => {
    const [a, b, c, d] = inputs.subarray(i * INPUTS, (i + 1) * INPUTS);
    return Math.max(0, a + b - c) - d * a;
  });
  return { inputs, targets };
}

/** What the weights begin as, by name. */
export type Start = Readonly<Record<"hiddenKernel" | "outputKernel", Float32Array>>;

/** 4 inputs, 19 hidden nodes with a hyperbolic tangent, 1 output; mean squared error, Adam, all samples in every step. */
export async function trainTwoLayers({ inputs, targets }: Data, start: Start, steps: number, learningRate = 0.01) {
  const core = await createCore({ bytes: 2 ** 16 });
  const { arena } = core;
  const { weights, gradients, weight, gradient } = layOut(core);
  weight.hiddenKernel.set(start.hiddenKernel);
  weight.outputKernel.set(start.outputKernel);
  const [x, y] = [arena.float32([SAMPLES, INPUTS]), arena.float32([SAMPLES, 1])];
  x.set(inputs);
  y.set(targets);
  const [hidden, dHidden] = [arena.float32([SAMPLES, HIDDEN]), arena.float32([SAMPLES, HIDDEN])];
  const [output, dOutput] = [arena.float32([SAMPLES, 1]), arena.float32([SAMPLES, 1])];
  const tanh = core.activation("tanh");
  const adam = core.optimizer("adam", weights, gradients);

  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    // Forward.
    core.matmul(x, weight.hiddenKernel, hidden, SAMPLES, HIDDEN, INPUTS, false, weight.hiddenBias);
    tanh.forward(hidden, hidden);
    core.matmul(hidden, weight.outputKernel, output, SAMPLES, 1, HIDDEN, false, weight.outputBias);
    core.subtract(output, y, dOutput);
    losses.push(core.squaredNorm(dOutput) / SAMPLES);
    // Backward: the same steps, last first, each turning the gradient of its output into those of what went in.
    core.scale(dOutput, dOutput, 2 / SAMPLES);
    core.matmulTransposeA(hidden, dOutput, gradient.outputKernel, HIDDEN, 1, SAMPLES);
    core.sumRows(dOutput, gradient.outputBias, SAMPLES, 1);
    core.matmulTransposeB(dOutput, weight.outputKernel, dHidden, SAMPLES, HIDDEN, 1);
    tanh.backward(hidden, dHidden, dHidden);
    core.matmulTransposeA(x, dHidden, gradient.hiddenKernel, INPUTS, HIDDEN, SAMPLES);
    core.sumRows(dHidden, gradient.hiddenBias, SAMPLES, HIDDEN);
    adam.step(learningRate);
  }
  return { losses, weight };
}
