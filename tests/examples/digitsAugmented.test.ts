import { expect, it } from "vitest";
import { loadDataset } from "../../examples/datasets";
import { augmentDigits, makeNetwork } from "../../examples/digits-augmented/network";
import { loadModel } from "../../src/index";
import { firstExamples } from "./firstExamples";

it("reads nine of ten digits after 3,000 examples, seen four times and never twice alike", async () => {
  const { train, test } = await loadDataset("mnist");
  const [seen, unseen] = [firstExamples(train, 3000), firstExamples(test, 1000)];
  const digits = augmentDigits(seen.images, seen.labels, 1);
  const network = makeNetwork(4 * digits.size!, 1);
  await network.fit(digits, { epochs: 4 });
  const { accuracy } = await network.evaluate(unseen.images, unseen.labels, { batchSize: 256 });
  expect(accuracy).toBeGreaterThan(0.9);
});

it("goes on after loading as if it had never stopped", async () => {
  const { images, labels } = firstExamples((await loadDataset("mnist")).train, 600);
  const [whole, begun] = [makeNetwork(10, 1), makeNetwork(10, 1)];
  const { history } = await whole.fit(augmentDigits(images, labels, 1), { epochs: 2 });
  await begun.fit(augmentDigits(images, labels, 1), { epochs: 1 });
  const loaded = await loadModel(begun.toBytes());
  const rest = await loaded.fit(augmentDigits(images, labels, 1), { epochs: 2, initialEpoch: 1 });
  expect(rest.history.loss).toEqual(history.loss.slice(1));
  expect(await loaded.getWeights()).toEqual(await whole.getWeights());
});
