import { expect, it } from "vitest";
import { loadDataset } from "../../examples/datasets";
import { makeNetwork } from "../../examples/digits-cnn/network";
import { firstExamples } from "./firstExamples";

it("reads nine of ten digits after 6,000 examples, twice with the same bits", async () => {
  const { train, test } = await loadDataset("mnist");
  const [seen, unseen] = [firstExamples(train, 6000), firstExamples(test, 2000)];
  const results = [];
  for (let i = 0; i < 2; i++) {
    const network = makeNetwork(seen.images, 1);
    await network.fit(seen.images, seen.labels, { batchSize: 64 });
    const measured = await network.evaluate(unseen.images, unseen.labels, { batchSize: 256 });
    results.push({ ...measured, ...(await network.getWeights()) });
  }
  expect(results[0].accuracy).toBeGreaterThan(0.87);
  expect(results[1]).toEqual(results[0]);
});
