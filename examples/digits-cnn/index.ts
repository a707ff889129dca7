/**
 * Reads handwritten digits, or tells pieces of clothing apart, with a convolutional network:
 * `npx tsx examples/digits-cnn/index.ts [mnist | fashion] [epochs] [seed]`.
 */
import { loadDataset } from "../datasets";
import { makeNetwork } from "./network";

const [name = "mnist", epochs = "3", seed = "1"] = process.argv.slice(2);
const { title, train, test } = await loadDataset(name === "fashion" ? "fashion" : "mnist");
const network = makeNetwork(train.images, Number(seed));
console.log(network.summary());

const start = performance.now();
await network.fit(train.images, train.labels, {
  epochs: Number(epochs),
  batchSize: 128,
  callbacks: [
    {
      async onEpochEnd(epoch) {
        const { accuracy } = await network.evaluate(test.images, test.labels, { batchSize: 256 });
        console.log(`epoch ${epoch + 1}: ${(100 * accuracy).toFixed(2)} % of 10,000 new images of ${title} are right`);
      },
    },
  ],
});
console.log(`${((performance.now() - start) / 1000).toFixed(1)} s`);
