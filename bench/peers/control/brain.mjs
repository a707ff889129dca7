// brain.js updates behind every sample: it has no batches. Its step is as many updates.
import brain from "brain.js";

export const libraries = [
  {
    name: "brain.js",
    async start(states, targets, batch) {
      const net = new brain.NeuralNetwork({ hiddenLayers: [64, 64], activation: "relu", praxis: "adam" });
      const samples = Array.from({ length: batch }, (_, i) => ({
        input: Array.from(states.subarray(4 * i, 4 * i + 4)),
        output: Array.from(targets.subarray(2 * i, 2 * i + 2)),
      }));
      net.sizes = [4, 64, 64, 2];
      net.initialize();
      return () => {
        const [left, right] = net.run(samples[0].input);
        for (const sample of samples) net.trainPattern(sample);
        return left > right ? 0 : 1;
      };
    },
  },
];
