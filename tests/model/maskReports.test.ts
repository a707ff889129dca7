// Reports about masks in other libraries, rebuilt: what went wrong there holds here.
import { describe, expect, it } from "vitest";
import { input, layers, loadModel, losses, model, ops, sequential, ShapeError, tensor } from "../../src/index";
import { noise } from "./twins";

const masked = (shape: number[], maskValue = 0) => {
  const a = input({ shape });
  return { a, node: layers.masking({ maskValue }).apply(a) };
};

describe("reports about masks", () => {
  it("tensorflow#34158: loss and metric are the mean over valid places", async () => {
    const { a, node } = masked([3, 1]);
    const network = model({ inputs: a, outputs: node });
    network.compile({ optimizer: "sgd", loss: "meanAbsoluteError", metrics: ["mae"] });
    const results = await network.evaluate(tensor([[[1], [0], [1]]]), tensor([[[0], [1], [1]]]));
    expect(results).toEqual({ loss: 0.5, mae: 0.5 });
  });

  it("keras#2546: sequences of different lengths weigh as many places as they have", async () => {
    const { a, node } = masked([3, 1]);
    const network = model({ inputs: a, outputs: node });
    network.compile({ optimizer: "sgd", loss: "mse" });
    // Errors 1, 1, 1 of the long one, 3 of the short one: (1 + 1 + 1 + 9) / 4.
    const x = tensor([
      [[1], [1], [1]],
      [[3], [0], [0]],
    ]);
    expect(
      (
        await network.evaluate(
          x,
          tensor([
            [[2], [2], [2]],
            [[0], [9], [9]],
          ]),
        )
      ).loss,
    ).toBe(3);
  });

  it("keras-core#802: weights that equal the mask change nothing", async () => {
    const { a, node } = masked([4, 2]);
    const network = model({ inputs: a, outputs: layers.dense({ units: 1 }).apply(node) });
    network.compile({ optimizer: "sgd", loss: "mse", weightedMetrics: ["mae"] });
    const x = tensor(
      noise(16, 1).map((value, i) => (i % 8 < 4 ? value : 0)),
      [2, 4, 2],
    );
    const y = tensor(noise(8, 2), [2, 4, 1]);
    const sampleWeight = tensor([
      [1, 1, 0, 0],
      [1, 1, 0, 0],
    ]);
    expect(await network.evaluate(x, y, { sampleWeight })).toEqual(await network.evaluate(x, y));
  });

  it("tensorflow#59934: weighted metrics of places, of two outputs", async () => {
    const { a, node } = masked([3, 1], 9);
    const outputs = [node, layers.rescaling({ scale: 2 }).apply(node)];
    const network = model({ inputs: a, outputs });
    network.compile({ optimizer: "sgd", loss: "mse", weightedMetrics: [["mae"], ["mae"]] });
    const y = tensor([[[0], [0], [0]]]);
    const sampleWeight = tensor([[1, 3, 100]]);
    const results = await network.evaluate(tensor([[[1], [2], [9]]]), [y, y], { sampleWeight });
    expect(results["masking/mae"]).toBe(7 / 4);
    expect(results["rescaling/mae"]).toBe(14 / 4);
    // Losses: Σ w·error² over the number of valid places.
    expect(results["masking/loss"]).toBe((1 + 12) / 2);
  });

  it("tensorflow#31638, keras#18417: masks come out of a sequential model, and go into one", async () => {
    const source = sequential({ layers: [layers.masking({ inputShape: [3, 2] }), layers.dense({ units: 2 })] });
    const a = input({ shape: [3, 2] });
    const first = source.apply(a);
    expect(first.mask!.shape).toEqual([3]);
    const inner = sequential({
      layers: [
        layers.lambda((x) => ops.multiply(x, ops.expandDims(x.mask ?? ops.constant([[1, 1, 1]]), 2)), {
          supportsMasking: true,
          inputShape: [3, 2],
        }),
      ],
    });
    const second = inner.apply(first);
    expect(second.mask!.shape).toEqual([3]);
    const network = model({ inputs: a, outputs: [second, first] });
    const [seen, before] = await network.predict(
      tensor([
        [
          [1, 2],
          [0, 0],
          [3, 4],
        ],
      ]),
    );
    expect([...seen.data].map((value) => value !== 0)).toEqual([true, true, false, false, true, true]);
    const loaded = await loadModel(network.toBytes());
    expect(
      await loaded.predict<(typeof seen)[]>(
        tensor([
          [
            [1, 2],
            [0, 0],
            [3, 4],
          ],
        ]),
      ),
    ).toEqual([seen, before]);
  });

  it("keras#19311: a layer of one's own sees the masks of both inputs", async () => {
    const [a, b] = [masked([2, 1]), masked([2, 1])];
    const layer = layers.lambda((x, y) => [ops.withMask(x, y.mask!), ops.withMask(y, x.mask!)]);
    const [first, second] = layer.apply([a.node, b.node]);
    const outputs = [ops.multiply(first.mask!, 1), second.mask!];
    const network = model({ inputs: [a.a, b.a], outputs });
    const x = [tensor([[[0], [1]]]), tensor([[[1], [0]]])];
    const [m1, m2] = await network.predict<ReturnType<typeof tensor>[]>(x);
    expect([[...m1.data], [...m2.data]]).toEqual([
      [1, 0],
      [0, 1],
    ]);
    // Masks of a use of a layer that functions read are kept in files.
    const loaded = await loadModel(network.toBytes());
    expect(await loaded.predict<(typeof m1)[]>(x)).toEqual([m1, m2]);
    expect(loaded.toBytes()).toEqual(network.toBytes());
  });

  it("keras#18416: add passes masks on, ops do not", () => {
    const { node } = masked([2, 1]);
    expect(layers.add().apply([node, node]).mask!.shape).toEqual([2]);
    expect(ops.add(node, node).mask).toBeUndefined();
  });

  it("keras#21581: batch normalisation behind a concatenation of masked inputs of different widths", async () => {
    const [a, b] = [masked([3, 3]), masked([3, 2])];
    const normalized = layers.batchNormalization().apply(layers.concatenate().apply([a.node, b.node]));
    const network = model({ inputs: [a.a, b.a], outputs: layers.dense({ units: 1 }).apply(normalized) });
    network.compile({ optimizer: "adam", loss: "mse" });
    const x = [tensor(noise(36, 1), [4, 3, 3]), tensor(noise(24, 2), [4, 3, 2])];
    const { history } = await network.fit(x, tensor(noise(12, 3), [4, 3, 1]), { epochs: 2, batchSize: 3 });
    expect(history.loss.every(Number.isFinite)).toBe(true);
  });

  it("keras#19848: batch normalisation counts all places below a mask of fewer axes", async () => {
    const [a, marks] = [input({ shape: [2, 3, 4] }), input({ shape: [2] })];
    const network = model({ inputs: [a, marks], outputs: layers.batchNormalization().apply(ops.withMask(a, marks)) });
    network.compile({ optimizer: "sgd", loss: "mse" });
    const ones = tensor(new Float32Array(24).fill(1), [1, 2, 3, 4]);
    const { output } = await network.gradients([ones, tensor([[1, 1]])], ones);
    for (const value of output.data) expect(Math.abs(value)).toBeLessThan(1e-5);
  });

  it("tfjs#1502: a place counts where one feature differs from maskValue", async () => {
    const { a, node } = masked([3, 3], 8);
    const x = tensor([
      [
        [1, 2, 3],
        [1, 2, 3],
        [1, 2, 3],
      ],
      [
        [8, 8, 8],
        [1, 5, 7],
        [8, 8, 9],
      ],
      [
        [8, 8, 8],
        [8, 8, 8],
        [8, 8, 8],
      ],
    ]);
    const outputs = [node, ops.multiply(node.mask!, 1)];
    const [y, mask] = await model({ inputs: a, outputs }).predict<ReturnType<typeof tensor>[]>(x);
    expect([...mask.data]).toEqual([1, 1, 1, 0, 1, 1, 0, 0, 0]);
    expect([...y.data].slice(9)).toEqual([0, 0, 0, 1, 5, 7, 8, 8, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });
});

describe("beside masks", () => {
  it("weights of places need a loss of places: one number a sample did not end", async () => {
    for (const engine of ["wasm", "js"] as const) {
      const network = sequential({ layers: [layers.dense({ units: 1, inputShape: [3, 2] })] });
      const loss = losses.custom((t, p) => ops.mean(ops.square(ops.subtract(t, p)), { axis: [1, 2] }));
      network.compile({ optimizer: "sgd", loss, engine });
      const [x, y] = [tensor(noise(12, 1), [2, 3, 2]), tensor(noise(6, 2), [2, 3, 1])];
      const ofPlaces = { sampleWeight: tensor(new Float32Array(6).fill(1), [2, 3]) };
      await expect(network.evaluate(x, y, ofPlaces)).rejects.toThrow(ShapeError);
      await expect(network.fit(x, y, ofPlaces)).rejects.toThrow(
        "custom: there are 3 weights a sample, but the function",
      );
      const weighted = await network.evaluate(x, y, { sampleWeight: tensor([2, 2]) });
      expect(weighted.loss).toBeCloseTo(2 * (await network.evaluate(x, y)).loss, 6);
    }
  });

  it("an input that only comparisons read has a gradient of zeros", async () => {
    const [a, b] = [input({ shape: [2] }), input({ shape: [2] })];
    const outputs = layers.lambda((x, y) => ops.multiply(x, ops.greater(y, 0))).apply([a, b]);
    for (const engine of ["wasm", "js"] as const) {
      const network = model({ inputs: [a, b], outputs });
      network.compile({ optimizer: "sgd", loss: "mse", engine });
      const { inputs } = await network.gradients([tensor([[1, 2]]), tensor([[1, -1]])], tensor([[0, 0]]));
      expect([...inputs[0].data]).toEqual([1, 0]);
      expect([...inputs[1].data]).toEqual([0, 0]);
    }
  });
});
