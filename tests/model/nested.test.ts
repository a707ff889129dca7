import { describe, expect, it } from "vitest";
import {
  gradientCheck,
  input,
  layers,
  loadModel,
  model as functional,
  sequential,
  StateError,
  ShapeError,
  type Tensor,
  tensor,
} from "../../src/index";
import { deriveKey, uniform } from "../../src/numeric/random";

const noise = (size: number, stream = 0) =>
  Float32Array.from({ length: size }, (_, i) => 2 * uniform(deriveKey(7, stream), i) - 1);
const x = tensor(noise(24), [6, 4]);
const y = tensor(noise(12, 1), [6, 2]);

/** 4 → 5 → 3, with batch normalisation between. */
function encoder(seed = 3) {
  const list = [
    layers.dense({ units: 5, activation: "tanh", inputShape: [4] }),
    layers.batchNormalization({ momentum: 0.5 }),
    layers.dense({ units: 3 }),
  ];
  return sequential({ layers: list, name: "encoder", seed });
}

function around(inner: ReturnType<typeof encoder>) {
  const a = input({ shape: [4] });
  return functional({ inputs: a, outputs: layers.dense({ units: 2, name: "head" }).apply(inner.apply(a)), seed: 9 });
}

describe("a model as a layer", () => {
  it("names its weights after itself and begins with those it has", async () => {
    const inner = encoder();
    const outer = around(inner);
    const weights = await outer.getWeights();
    expect(Object.keys(weights)).toEqual([
      "encoder/dense/kernel",
      "encoder/dense/bias",
      "encoder/batchNormalization/gamma",
      "encoder/batchNormalization/beta",
      "encoder/batchNormalization/moving_mean",
      "encoder/batchNormalization/moving_variance",
      "encoder/dense_1/kernel",
      "encoder/dense_1/bias",
      "head/kernel",
      "head/bias",
    ]);
    const trained = encoder();
    trained.compile({ optimizer: "sgd", loss: "mse" });
    await trained.trainOnBatch(x, tensor(noise(18, 2), [6, 3]));
    const own = await trained.getWeights();
    const copied = await around(trained).getWeights();
    for (const name of Object.keys(own)) expect(copied[`encoder/${name}`]).toEqual(own[name]);
  });

  it("computes what its layers compute in a row", async () => {
    const outer = around(encoder());
    const flat = sequential({ layers: [...encoder().layers, layers.dense({ units: 2 })], name: "flat" });
    const values = Object.values(await outer.getWeights());
    const names = Object.keys(await flat.getWeights());
    await flat.setWeights(Object.fromEntries(names.map((name, i) => [name, values[i]])));
    for (const model of [outer, flat]) model.compile({ optimizer: "adam", loss: "mse" });
    for (let step = 0; step < 3; step++) {
      expect(await outer.trainOnBatch(x, y)).toEqual(await flat.trainOnBatch(x, y));
    }
    expect(Object.values(await outer.getWeights())).toEqual(Object.values(await flat.getWeights()));
    expect(await outer.predict(x)).toEqual(await flat.predict(x));
  });

  it("used twice has one set of weights, whose gradients add up", async () => {
    const inner = encoder();
    const [a, b] = [input({ shape: [4] }), input({ shape: [4] })];
    const output = layers.dot({ axes: 1, normalize: true }).apply([inner.apply(a), inner.apply(b)]);
    const siamese = functional({ inputs: [a, b], outputs: output });
    siamese.compile({ optimizer: "sgd", loss: "mse" });
    const other = tensor(noise(24, 4), [6, 4]);
    const { ok, worst } = await gradientCheck(siamese, [x, other], tensor(noise(6, 5), [6, 1]));
    expect(worst.relativeError).toBeLessThan(1e-3);
    expect(ok).toBe(true);
  });

  it("that is frozen is left as it is, and nothing is computed backward in it", async () => {
    const inner = encoder();
    inner.trainable = false;
    const outer = around(inner);
    outer.compile({ optimizer: "adam", loss: "mse" });
    const before = await outer.getWeights();
    await outer.fit(x, y, { epochs: 2 });
    const after = await outer.getWeights();
    for (const name of Object.keys(before)) {
      if (name.startsWith("encoder/")) expect(after[name], name).toEqual(before[name]);
      else expect(after[name], name).not.toEqual(before[name]);
    }
    const rows = outer.program().split("\n");
    const backward = rows.filter((row) => /\bd[wbx]\b|dgamma/.test(row)).map((row) => row.trim().split(/\s+/)[2]);
    expect(backward).toEqual(["head", "meanSquaredError", "meanSquaredError"]);
    expect(rows.some((row) => row.includes("normalizeByMoments"))).toBe(true);
    expect(rows.some((row) => row.includes("movingAverage"))).toBe(false);
    expect(outer.summary()).toContain("trainable: 8,");

    inner.trainable = true;
    outer.compile({ optimizer: "adam", loss: "mse" });
    await outer.fit(x, y);
    expect((await outer.getWeights())["encoder/dense/kernel"]).not.toEqual(before["encoder/dense/kernel"]);
  });

  it("is saved and loaded with it, and goes on bit for bit", async () => {
    const inner = encoder();
    inner.getLayer("dense").trainable = false;
    const middle = sequential({ layers: [layers.dense({ units: 4, inputShape: [4] }), inner] });
    const model = functional({ inputs: middle.layers[0].output.inputs[0], outputs: middle.layers[1].output });
    const outer = sequential({ layers: [middle, layers.dense({ units: 2 })], name: "outer" });
    outer.compile({ optimizer: "adam", loss: "mse" });
    await outer.trainOnBatch(x, y);
    const loaded = await loadModel(outer.toBytes());
    expect(Object.keys(await loaded.getWeights())).toContain("sequential/encoder/batchNormalization/moving_mean");
    for (let step = 0; step < 2; step++)
      expect(await loaded.trainOnBatch(x, y)).toEqual(await outer.trainOnBatch(x, y));
    expect(await loaded.getWeights()).toEqual(await outer.getWeights());
    expect(loaded.program()).toBe(outer.program());
    expect(((await model.predict(x)) as Tensor).shape).toEqual([6, 3]);
  });

  it("that is frozen itself stays so in a file", async () => {
    const model = encoder();
    model.trainable = false;
    model.compile({ optimizer: "sgd", loss: "mse" });
    const loaded = await loadModel(model.toBytes());
    expect(loaded.trainable).toBe(false);
    await loaded.trainOnBatch(x, tensor(noise(18, 2), [6, 3]));
    expect(await loaded.getWeights()).toEqual(await model.getWeights());
  });

  it("of too many layers is refused in a file, however few lines name them", async () => {
    const inner = sequential({ layers: [layers.relu({ inputShape: [1] })] });
    for (let i = 1; i < 101; i++) inner.add(layers.relu());
    const first = input({ shape: [1] });
    let last = inner.apply(first);
    for (let i = 1; i < 100; i++) last = inner.apply(last);
    const bytes = functional({ inputs: first, outputs: last }).toBytes();
    await expect(loadModel(bytes)).rejects.toThrow("use more than 10000 layers, counting those in models within");
  });

  it("takes what it was made for, and cannot grow any more", () => {
    const inner = encoder();
    const outer = around(inner);
    expect(() => inner.apply(input({ shape: [5], name: "five" }))).toThrow(
      new ShapeError("encoder: the model takes [batch, 4], got [batch, 5]."),
    );
    expect(() => inner.add(layers.relu())).toThrow(StateError);
    expect(outer.layers.map(({ name }) => name)).toEqual(["encoder", "head"]);
  });
});

describe("a new model of old layers", () => {
  it("has the weights of the model that trained them last, and what it trains the other has, too", async () => {
    const base = encoder();
    base.compile({ optimizer: "sgd", loss: "mse" });
    await base.fit(x, tensor(noise(18, 2), [6, 3]), { epochs: 3 });
    const before = await base.getWeights();
    const features = base.getLayer("batchNormalization").output;
    const transfer = functional({
      inputs: base.getLayer("dense").output.inputs[0],
      outputs: layers.dense({ units: 2, name: "head" }).apply(features),
    });
    const start = await transfer.getWeights();
    for (const name of Object.keys(start)) if (name in before) expect(start[name]).toEqual(before[name]);
    transfer.compile({ optimizer: "sgd", loss: "mse" });
    await transfer.fit(x, y, { epochs: 2 });
    const shared = await base.getWeights();
    for (const [name, value] of Object.entries(await transfer.getWeights())) {
      if (name in shared) expect(shared[name]).toEqual(value);
    }
    const third = functional({ inputs: base.getLayer("dense").output.inputs[0], outputs: features });
    const [trained, begun] = [await transfer.getWeights(), await third.getWeights()];
    for (const name of Object.keys(begun)) expect(begun[name]).toEqual(trained[name]);
    expect(begun["dense/kernel"]).not.toEqual(before["dense/kernel"]);
  });

  it("does not compute backward what is frozen, and no gradient of inputs", async () => {
    const base = encoder();
    for (const layer of base.layers) layer.trainable = false;
    const head = layers.dense({ units: 2, name: "head" }).apply(base.getLayer("dense_1").output);
    const transfer = functional({ inputs: base.getLayer("dense").output.inputs[0], outputs: head });
    transfer.compile({ optimizer: "adam", loss: "mse" });
    const owners = transfer
      .program()
      .split("\n")
      .filter((row) => /\bd[wbx]\b|dgamma/.test(row))
      .map((row) => row.trim().split(/\s+/)[2]);
    expect(owners).toEqual(["head", "meanSquaredError", "meanSquaredError"]);
  });

  it("has no layer output before the layer is used", () => {
    expect(() => layers.dense({ units: 1 }).output).toThrow(
      new StateError("dense: has no output before it is applied to something."),
    );
  });
});

describe("several outputs", () => {
  function twoHeads() {
    const a = input({ shape: [4] });
    const trunk = layers.dense({ units: 5, activation: "relu" }).apply(a);
    const outputs = [
      layers.dense({ units: 1, name: "age" }).apply(trunk),
      layers.dense({ units: 3, activation: "softmax", name: "mood" }).apply(trunk),
    ];
    return functional({ inputs: a, outputs, seed: 2 });
  }
  const targets = [tensor(noise(6, 1), [6, 1]), tensor([0, 1, 2, 0, 1, 2])];

  it("have losses by name, and each its own in the history", async () => {
    const model = twoHeads();
    model.compile({
      optimizer: "adam",
      loss: { mood: "sparseCategoricalCrossentropy", age: "mse" },
      lossWeights: { age: 0.5, mood: 2 },
    });
    const { history } = await model.fit(x, targets, { epochs: 3, batchSize: 4, validationData: [x, targets] });
    expect(Object.keys(history)).toEqual(["loss", "age/loss", "mood/loss", "valLoss", "valAge/loss", "valMood/loss"]);
    history.loss.forEach((loss, i) => {
      expect(loss).toBeCloseTo(0.5 * history["age/loss"][i] + 2 * history["mood/loss"][i], 12);
    });
    const twin = twoHeads();
    twin.compile({ optimizer: "adam", loss: ["mse", "sparseCategoricalCrossentropy"], lossWeights: [0.5, 2] });
    expect((await twin.fit(x, targets, { epochs: 3, batchSize: 4 })).history.loss).toEqual(history.loss);
  });

  it("count even where their weight is 0", async () => {
    const model = twoHeads();
    model.compile({ optimizer: "sgd", loss: ["mse", "sparseCategoricalCrossentropy"], lossWeights: [1, 0] });
    const results = await model.evaluate(x, targets, { batchSize: 4 });
    expect(results.loss).toBe(results["age/loss"]);
    expect(results["mood/loss"]).toBeGreaterThan(0.1);
  });

  it("must all be named, and rightly", () => {
    const compile = (loss: Record<string, "mse">) => () => twoHeads().compile({ optimizer: "sgd", loss });
    expect(compile({ age: "mse" })).toThrow('compile: loss: the output "mood" is missing.');
    expect(compile({ age: "mse", modd: "mse" })).toThrow('no output is named "modd". Did you mean "mood"?');
  });
});
