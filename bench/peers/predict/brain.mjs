// brain.js takes one sample at a time, and has one activation for all layers. Where a relu net ends in a softmax, its outputs
// are raised by as much as lets them through the relu, which changes nothing behind a softmax, and the softmax comes after.
import brain from "brain.js";
import { splitWeights } from "./network.mjs";

const RAISED = 100;

function softmax(values) {
  const most = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

export const libraries = [
  {
    name: "brain.js",
    async start(network, values) {
      const { filters, widths, activations } = network;
      if (filters) return undefined;
      const endsInSoftmax = activations.at(-1) === "softmax";
      const net = new brain.NeuralNetwork({ hiddenLayers: widths.slice(1, -1), activation: activations[0] });
      net.sizes = widths;
      net.initialize();
      splitWeights(network, values).forEach(({ shape: [inputs, units], kernel, bias }, i) => {
        const raised = endsInSoftmax && i === activations.length - 1 ? RAISED : 0;
        for (let unit = 0; unit < units; unit++) {
          net.biases[i + 1][unit] = bias[unit] + raised;
          for (let k = 0; k < inputs; k++) net.weights[i + 1][unit][k] = kernel[k * units + unit];
        }
      });
      net.setActivation();
      const [size, outputs] = [widths[0], widths.at(-1)];
      return (x, batch) => {
        const y = new Float32Array(batch * outputs);
        for (let i = 0; i < batch; i++) {
          const found = Array.from(net.run(x.subarray(i * size, (i + 1) * size)));
          y.set(endsInSoftmax ? softmax(found) : found, i * outputs);
        }
        return y;
      };
    },
  },
];
