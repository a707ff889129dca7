/**
 * Learns to describe an image by 32 numbers and to draw it again by them:
 * `npx tsx examples/autoencoder/index.ts [mnist | fashion] [epochs] [folder]`. Leaves two pictures in the folder.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { callbacks, Tensor } from "wasmgrad";
import { loadDataset } from "../datasets";
import { brightness, makeAutoencoder, morph } from "./autoencoder";
import { contactSheet } from "./picture";

const [name = "mnist", epochs = "5", folder = "build"] = process.argv.slice(2);
const { train, test } = await loadDataset(name === "fashion" ? "fashion" : "mnist");
const [seen, unseen] = [brightness(train.images), brightness(test.images)];
const models = makeAutoencoder(1);
const { autoencoder } = models;

const start = performance.now();
await autoencoder.fit(seen, seen, { epochs: Number(epochs), batchSize: 128, callbacks: [callbacks.progressBar()] });
const { mse } = await autoencoder.evaluate(unseen, unseen, { batchSize: 256 });
console.log(`${((performance.now() - start) / 1000).toFixed(1)} s`);
console.log(`A pixel that was never seen is off by ${(100 * Math.sqrt(mse)).toFixed(1)} % (root of the mean square).`);

// Spread over the test images: those of clothes are sorted by class.
const count = 16;
const spread = Float32Array.from({ length: count * 784 }, (_, i) => {
  const image = Math.floor(((Math.floor(i / 784) + 0.5) * unseen.shape[0]) / count);
  return unseen.data[784 * image + (i % 784)];
});
const originals = new Tensor(spread, [count, 28, 28, 1]);
const redrawn = (await autoencoder.predict(originals)) as Tensor;
const pairs = Array.from({ length: 8 }, (_, i) => new Tensor(spread.slice(1568 * i, 1568 * (i + 1)), [2, 28, 28, 1]));
const ways = await Promise.all(pairs.map((pair) => morph(models, pair, count)));

mkdirSync(folder, { recursive: true });
for (const [file, rows] of Object.entries({ reconstructions: [originals, redrawn], morphs: ways })) {
  const path = join(folder, `${file}.png`);
  writeFileSync(path, contactSheet(rows));
  console.log(path);
}
