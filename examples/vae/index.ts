/**
 * Learns to draw digits that nobody has written, by a variational autoencoder whose loss and random codes are functions over
 * nodes: `npx tsx examples/vae/index.ts [mnist | fashion] [epochs] [folder]`. Leaves a picture in the folder.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { callbacks, Tensor } from "wasmgrad";
import { brightness } from "../autoencoder/autoencoder";
import { contactSheet } from "../autoencoder/picture";
import { loadDataset } from "../datasets";
import { CODE_LENGTH, makeVariationalAutoencoder } from "./vae";

const [name = "mnist", epochs = "8", folder = "build"] = process.argv.slice(2);
const { train, test } = await loadDataset(name === "fashion" ? "fashion" : "mnist");
const [seen, unseen] = [train, test].map(({ images }) => {
  const { data, shape } = brightness(images);
  return new Tensor(data, [shape[0], 784]);
});
const { autoencoder, decoder } = makeVariationalAutoencoder(1);

const start = performance.now();
const { loss: before } = await autoencoder.evaluate(unseen, unseen, { batchSize: 256 });
await autoencoder.fit(seen, seen, { epochs: Number(epochs), batchSize: 128, callbacks: [callbacks.progressBar()] });
const { loss } = await autoencoder.evaluate(unseen, unseen, { batchSize: 256 });
console.log(`${((performance.now() - start) / 1000).toFixed(1)} s`);
console.log(`An image that was never seen costs ${loss.toFixed(1)} nats, ${before.toFixed(1)} before the training.`);

// Codes on a grid of two of the numbers, the others 0.
const side = 16;
const grid = Float32Array.from({ length: side * side * CODE_LENGTH }, (_, i) => {
  const [place, which] = [Math.floor(i / CODE_LENGTH), i % CODE_LENGTH];
  const along = [Math.floor(place / side), place % side][which] ?? (side - 1) / 2;
  return 4 * (along / (side - 1)) - 2;
});
const drawn = await decoder.predict(new Tensor(grid, [side * side, CODE_LENGTH]));
const pixels = drawn.data as Float32Array;
const rows = Array.from(
  { length: side },
  (_, row) => new Tensor(pixels.slice(row * side * 784, (row + 1) * side * 784), [side, 28, 28, 1]),
);
mkdirSync(folder, { recursive: true });
const path = join(folder, "drawn.png");
writeFileSync(path, contactSheet(rows));
console.log(path);
