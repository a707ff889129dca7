import { decode } from "fast-png";
import { expect, it } from "vitest";
import { brightness, makeAutoencoder, morph } from "../../examples/autoencoder/autoencoder";
import { contactSheet } from "../../examples/autoencoder/picture";
import { loadDataset } from "../../examples/datasets";
import { Tensor } from "../../src/index";
import { firstExamples } from "./firstExamples";

it("draws digits that it has not seen far better than the mean of all, and writes them as PNG", async () => {
  const { train, test } = await loadDataset("mnist");
  const seen = brightness(firstExamples(train, 1500).images);
  const unseen = brightness(firstExamples(test, 300).images);
  const models = makeAutoencoder(1);
  await models.autoencoder.fit(seen, seen, { epochs: 4, batchSize: 16 });
  const { mse } = await models.autoencoder.evaluate(unseen, unseen);

  const mean = new Float64Array(784);
  for (const [i, value] of seen.data.entries()) mean[i % 784] += value / 1500;
  let squares = 0;
  for (const [i, value] of unseen.data.entries()) squares += (value - mean[i % 784]) ** 2;
  expect(mse).toBeLessThan(squares / unseen.size / 2);

  const pair = new Tensor(unseen.data.slice(0, 2 * 784) as Float32Array, [2, 28, 28, 1]);
  const redrawn = (await models.autoencoder.predict(pair)) as Tensor;
  const way = await morph(models, pair, 5);
  expect(way.data.slice(0, 784)).toEqual(redrawn.data.slice(0, 784));
  expect(way.data.slice(4 * 784)).toEqual(redrawn.data.slice(784));

  const picture = decode(contactSheet([pair, redrawn]));
  expect([picture.width, picture.height, picture.channels, picture.depth]).toEqual([56, 56, 1, 8]);
  const at = (x: number, y: number) => picture.data[y * 56 + x];
  expect(at(14, 14)).toBe(Math.round(255 * pair.data[14 * 28 + 14]));
  expect(at(28 + 9, 28 + 20)).toBe(Math.round(255 * redrawn.data[784 + 20 * 28 + 9]));
});
