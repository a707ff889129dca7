/**
 * Trains a network with two kinds of layers that the library does not have, saves it and loads it again:
 * `npx tsx examples/custom-layer/index.ts [epochs]`.
 */
import { loadModel } from "wasmgrad";
import { loadDataset } from "../datasets";
import { makeNetwork } from "./blocks";

const epochs = Number(process.argv[2] ?? 3);
const { train, test } = await loadDataset("mnist");
const network = makeNetwork(1);
console.log(network.summary());

await network.fit(train.images, train.labels, { epochs, batchSize: 64 });
const loaded = await loadModel(network.toBytes());
for (const [name, { shape }] of Object.entries(await loaded.getWeights())) console.log(`${name} [${shape.join(", ")}]`);
for (const [what, one] of Object.entries({ trained: network, loaded })) {
  const { accuracy } = await one.evaluate(test.images, test.labels, { batchSize: 256 });
  console.log(`${what}: ${(100 * accuracy).toFixed(2)} % of 10,000 new digits are read correctly`);
}
