// mlp-large on 60,000 byte images, as a user trains it with the built package; prints the most memory that the process had
// and what the model had announced. `training.mjs data` only has the data, `training.mjs nothing` not even that.
import { readFileSync } from "node:fs";

const [what = "train", samples = "60000"] = process.argv.slice(2);
const count = Number(samples);
const networks = JSON.parse(readFileSync(new URL("../networks.json", import.meta.url), "utf8"));
const { widths, activations, optimizer, batchSize } = networks["mlp-large"];

function makeData() {
  const x = new Uint8Array(count * widths[0]);
  let state = 1;
  for (let i = 0; i < x.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    x[i] = state >>> 24;
  }
  return { x, y: Uint8Array.from({ length: count }, (_, i) => i % widths.at(-1)) };
}

async function train({ x, y }) {
  const { layers, sequential, tensor } = await import("../../dist/index.js");
  const model = sequential({
    layers: [
      layers.rescaling({ scale: 1 / 255, inputShape: [widths[0]] }),
      ...activations.map((activation, i) => layers.dense({ units: widths[i + 1], activation })),
    ],
  });
  model.compile({ optimizer, loss: "sparseCategoricalCrossentropy" });
  const announced = model.memory({ batchSize, dataBytes: x.byteLength + y.byteLength });
  await model.fit(tensor(x, [count, widths[0]]), tensor(y, [count]), { batchSize });
  return announced;
}

const data = what === "nothing" ? undefined : makeData();
const announced = what === "train" ? await train(data) : undefined;
// Data that somebody still needs is not given back before the training is over.
const dataBytes = data ? data.x.byteLength + data.y.byteLength : 0;
console.log(JSON.stringify({ peakBytes: process.resourceUsage().maxRSS * 1024, dataBytes, announced }));
