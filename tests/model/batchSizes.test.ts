import { expect, it } from "vitest";
import { layers, sequential, tensor } from "../../src/index";

/** Milliseconds of processor time that predictions of batches of 1, 2, … samples in turn take, each. */
async function costOf(sizes: number): Promise<number> {
  const model = sequential({
    layers: [layers.dense({ units: 8, activation: "relu", inputShape: [4] }), layers.dense({ units: 2 })],
  });
  const batches = Array.from({ length: sizes }, (_, i) => tensor(new Float32Array(4 * (i + 1)), [i + 1, 4]));
  const round = async () => {
    for (const batch of [...batches].reverse()) await model.predict(batch, { batchSize: sizes });
  };
  for (let i = 0; i < 5; i++) await round();
  const rounds = 40;
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3; attempt++) {
    const start = process.cpuUsage();
    for (let i = 0; i < rounds; i++) await round();
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1000 / (rounds * sizes));
  }
  return best;
}

it("17 and 40 batch sizes in turn cost what 16 do (T16)", async () => {
  // As many programs as have room, and one more. They took a hundred times as long, compiled anew each time.
  const few = await costOf(16);
  expect(await costOf(17)).toBeLessThan(2.5 * few);
  expect(await costOf(40)).toBeLessThan(2.5 * few);
});
