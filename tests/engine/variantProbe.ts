/** Trains in a process of its own and prints what came of it: `variantProbe.ts [revectorized] [relaxed]`. */
import { createHash } from "node:crypto";
import { layers, sequential, tensor } from "../../src/index";
import { enableRevectorizer } from "../../src/node/revectorizer";

if (process.argv.includes("revectorized")) enableRevectorizer();
const x = tensor(
  Float32Array.from({ length: 203 * 61 }, (_, i) => Math.fround(((i * 7919) % 211) / 211 - 0.5)),
  [203, 61],
);
const y = tensor(
  Int32Array.from({ length: 203 }, (_, i) => (i * 31) % 7),
  [203],
);
const model = sequential({
  seed: 5,
  layers: [
    layers.dense({ units: 131, activation: "relu", inputShape: [61] }),
    layers.dropout({ rate: 0.2 }),
    layers.dense({ units: 19, activation: "tanh" }),
    layers.dense({ units: 7, activation: "softmax" }),
  ],
});
const math = process.argv.includes("relaxed") ? "relaxed" : "strict";
model.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy", math });
// Long enough for V8 to replace its quick first code by the optimised one, in which vectors are widened.
const { history } = await model.fit(x, y, { epochs: 150, batchSize: 32 });
const weights = createHash("sha256");
for (const { data } of Object.values(await model.getWeights())) weights.update(data);
console.log(JSON.stringify({ sha256: weights.digest("hex"), loss: history.loss }));
