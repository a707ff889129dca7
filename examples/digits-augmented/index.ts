/**
 * Reads handwritten digits better than by their pixels alone, with augmentation, batch normalisation and dropout:
 * `npx tsx examples/digits-augmented/index.ts [epochs] [seed]`.
 */
import { loadDataset } from "../datasets";
import { augmentDigits, BATCH_SIZE, makeNetwork } from "./network";

const [epochs = 12, seed = 1] = process.argv.slice(2).map(Number);
const { train, test } = await loadDataset("mnist");
const digits = augmentDigits(train.images, train.labels, seed);
const network = makeNetwork(epochs * digits.size!, seed);
console.log(network.summary({ batchSize: BATCH_SIZE }));

const start = performance.now();
const seconds = () => ((performance.now() - start) / 1000).toFixed(1);
await network.fit(digits, {
  epochs,
  callbacks: [
    {
      async onEpochEnd(epoch, { loss }) {
        const { accuracy } = await network.evaluate(test.images, test.labels, { batchSize: 256 });
        console.log(
          `epoch ${epoch + 1}: ${(100 * accuracy).toFixed(2)} % of 10,000 new digits are read correctly, ` +
            `loss ${loss.toFixed(4)}, ${seconds()} s`,
        );
      },
    },
  ],
});
