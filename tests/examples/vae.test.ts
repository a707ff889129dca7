import { expect, it } from "vitest";
import { brightness } from "../../examples/autoencoder/autoencoder";
import { loadDataset } from "../../examples/datasets";
import { CODE_LENGTH, makeVariationalAutoencoder } from "../../examples/vae/vae";
import { loadModel, Tensor } from "../../src/index";
import { firstExamples } from "./firstExamples";

it("learns to draw digits from random codes, and is kept in a file", async () => {
  const { train, test } = await loadDataset("mnist");
  const [seen, unseen] = [firstExamples(train, 2000), firstExamples(test, 300)].map(({ images }) => {
    const { data, shape } = brightness(images);
    return new Tensor(data, [shape[0], 784]);
  });
  const { autoencoder, decoder } = makeVariationalAutoencoder(1);
  const { loss: before } = await autoencoder.evaluate(unseen, unseen);
  await autoencoder.fit(seen, seen, { epochs: 4, batchSize: 32 });
  const { loss } = await autoencoder.evaluate(unseen, unseen);
  // 784·log 2 = 543 for pixels of which nothing is known; the mean image costs 206.
  expect(before).toBeGreaterThan(500);
  expect(loss).toBeLessThan(190);

  const codes = new Tensor(new Float32Array(3 * CODE_LENGTH).fill(0.3), [3, CODE_LENGTH]);
  const drawn = await decoder.predict(codes);
  const ink = drawn.data.reduce((sum, value) => sum + value, 0) / 3 / 784;
  expect(ink).toBeGreaterThan(0.04);
  expect(ink).toBeLessThan(0.3);

  const loaded = await loadModel(await autoencoder.toBytes());
  expect(await loaded.evaluate(unseen, unseen)).toEqual(await autoencoder.evaluate(unseen, unseen));
});
