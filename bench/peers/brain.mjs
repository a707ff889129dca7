// brain.js updates after every sample, with a momentum of 0.1 by default: a pass over a batch's samples counts as its step.
import { readFileSync } from "node:fs";
import brain from "brain.js";
import { serve } from "./serve.mjs";

const { version } = JSON.parse(readFileSync(new URL(import.meta.resolve("brain.js/package.json")), "utf8"));

/** Nets of one activation throughout, without cross-entropy: relu where relu is asked for, tanh for xor. */
function train({ transformer, filters, recurrent, widths, activations, learningRate, samples }, xs, ys) {
  if (transformer || filters || recurrent || widths.length === 2) return undefined;
  const net = new brain.NeuralNetwork({ hiddenLayers: widths.slice(1, -1), activation: activations[0], learningRate });
  const rows = (data, width) =>
    Array.from({ length: samples }, (_, i) => Array.from(data.subarray(i * width, (i + 1) * width)));
  const outputs = rows(ys, widths.at(-1));
  const data = rows(xs, widths[0]).map((input, i) => ({ input, output: outputs[i] }));
  // It stops at an error below errorThresh, which must be above 0. Looking every 1000 epochs is cheap.
  const options = { errorThresh: Number.MIN_VALUE, errorCheckInterval: 1000 };
  return { run: (epochs) => net.train(data, { ...options, iterations: epochs }) };
}

await serve({ name: "brain.js", version, train });
