// synaptic writes code for a net and updates after every sample: a pass over a batch's samples counts as its step. All
// of its neurons have a bias.
import { readFileSync } from "node:fs";
import synaptic from "synaptic";
import { serve } from "./serve.mjs";

const { version } = JSON.parse(readFileSync(new URL(import.meta.resolve("synaptic/package.json")), "utf8"));
const { Layer, Network, Neuron } = synaptic;
const squash = { linear: Neuron.squash.IDENTITY, tanh: Neuron.squash.TANH, sigmoid: Neuron.squash.LOGISTIC };

function train({ transformer, widths, activations, learningRate, samples }, xs, ys) {
  if (transformer) return undefined;
  // Its generated code grows with the number of weights: those of images do not compile in reasonable time.
  if (widths[0] > 100) return undefined;
  const [input, ...layers] = widths.map((units) => new Layer(units));
  layers.reduce((before, layer, i) => {
    layer.set({ squash: squash[activations[i]] });
    before.project(layer);
    return layer;
  }, input);
  const net = new Network({ input, hidden: layers.slice(0, -1), output: layers.at(-1) });
  const rows = (data, width) =>
    Array.from({ length: samples }, (_, i) => Array.from(data.subarray(i * width, (i + 1) * width)));
  const [inputs, targets] = [rows(xs, widths[0]), rows(ys, widths.at(-1))];
  return {
    run(epochs) {
      for (let epoch = 0; epoch < epochs; epoch++) {
        for (let i = 0; i < samples; i++) {
          net.activate(inputs[i]);
          net.propagate(learningRate, targets[i]);
        }
      }
    },
  };
}

await serve({ name: "synaptic", version, train });
