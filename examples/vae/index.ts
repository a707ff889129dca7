/**
 * Learns to draw digits that nobody has written, by a variational autoencoder whose divergence and random codes are functions
 * over nodes: `npx tsx examples/vae/index.ts [mnist | fashion] [epochs] [folder]`. Leaves a picture in the folder.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { callbacks, input, model, ops, Tensor } from "wasmgrad";
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

// Other codes for every row: normal random numbers, as the divergence has made those of images.
const side = 16;
const code = input({ shape: [CODE_LENGTH] });
const dream = model({ inputs: code, outputs: decoder.apply(ops.add(code, ops.randomNormal([null, CODE_LENGTH]))) });
const rows = [];
for (let row = 0; row < side; row++) {
  const { data } = await dream.predict(new Tensor(new Float32Array(side * CODE_LENGTH), [side, CODE_LENGTH]));
  rows.push(new Tensor(data, [side, 28, 28, 1]));
}
mkdirSync(folder, { recursive: true });
const path = join(folder, "drawn.png");
writeFileSync(path, contactSheet(rows));
console.log(path);
