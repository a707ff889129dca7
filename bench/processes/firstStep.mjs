// From nothing to the first finished training step of mlp-small, with the built package. With "stages" it prints when each
// stage was over, in milliseconds from the start of the process.
import { readFileSync } from "node:fs";

const stages = {};
const reached = (stage) => (stages[stage] = performance.now());
reached("node");
const networks = JSON.parse(readFileSync(new URL("../networks.json", import.meta.url), "utf8"));
const { widths, activations, optimizer, loss, batchSize } = networks["mlp-small"];
const { layers, sequential, tensor } = await import("../../dist/index.js");
reached("import");
const model = sequential({
  layers: activations.map((activation, i) =>
    layers.dense({ units: widths[i + 1], activation, ...(i === 0 ? { inputShape: [widths[0]] } : {}) }),
  ),
});
model.compile({ optimizer, loss });
reached("compile");
const x = tensor(new Float32Array(batchSize * widths[0]).fill(0.5), [batchSize, widths[0]]);
const y = new Float32Array(batchSize * widths.at(-1));
for (let i = 0; i < batchSize; i++) y[i * widths.at(-1) + (i % widths.at(-1))] = 1;
await model.fit(x, tensor(y, [batchSize, widths.at(-1)]), { batchSize });
reached("first step");
if (process.argv[2] === "stages") console.log(JSON.stringify(stages));
