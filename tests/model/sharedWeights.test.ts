// A layer's weights are one, whatever models use it (T1, T2, R4).
import { describe, expect, it } from "vitest";
import {
  initializers,
  input,
  type Layer,
  layers,
  loadModel,
  type Model,
  model as functional,
  optimizers,
  sequential,
  StateError,
  tensor,
} from "../../src/index";
import { fingerprint } from "./twins";

const points = tensor([
  [1, 1],
  [2, 2],
]);

/** An autoencoder and the encoder in it, over the same layer `code`. */
function autoencoder() {
  const x = input({ shape: [2] });
  const code = layers.dense({ units: 1, useBias: false, name: "code" }).apply(x);
  const outputs = layers.dense({ units: 2, name: "decoded" }).apply(code);
  const whole = functional({ inputs: x, outputs, seed: 3 });
  const encoder = functional({ inputs: x, outputs: code, seed: 4 });
  whole.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: "mse" });
  return { whole, encoder };
}

describe("an encoder cut out of an autoencoder", () => {
  const looks: Record<string, (encoder: Model) => unknown> = {
    nothing: () => {},
    summary: (encoder) => encoder.summary(),
    memory: (encoder) => encoder.memory(),
    program: (encoder) => encoder.program(),
    getWeights: (encoder) => encoder.getWeights(),
    predict: (encoder) => encoder.predict([[1, 1]]),
    toBytes: (encoder) => encoder.toBytes(),
  };

  it.each(Object.keys(looks))("encodes as the training has left it, after a look by %s (T1)", async (look) => {
    const { whole, encoder } = autoencoder();
    await looks[look](encoder);
    await whole.fit(points, points, { epochs: 20 });
    const { "code/kernel": kernel } = await whole.getWeights();
    const [a, b] = kernel.data;
    // One product of the two weights with [3, 5], in float32 as the kernel adds it.
    const expected = Math.fround(Math.fround(3 * a) + Math.fround(5 * b));
    expect((await encoder.predict([[3, 5]])).data[0]).toBeCloseTo(expected, 6);
    expect((await encoder.getWeights())["code/kernel"]).toEqual(kernel);
    expect((await (await loadModel(encoder.toBytes())).getWeights())["code/kernel"]).toEqual(kernel);
  });

  it("trains to the same bits whether somebody looks or not, also between its steps", async () => {
    const [quiet, watched] = [autoencoder(), autoencoder()];
    await quiet.whole.fit(points, points, { epochs: 7 });
    const onEpochEnd = async () => {
      const [{ data }, { "code/kernel": kernel }] = [
        await watched.encoder.predict([[1, 0]]),
        await watched.whole.getWeights(),
      ];
      expect(data[0]).toBe(kernel.data[0]);
    };
    await watched.whole.fit(points, points, { epochs: 7, callbacks: [{ onEpochEnd }] });
    expect(await fingerprint(watched.whole)).toBe(await fingerprint(quiet.whole));
  });

  it.each(["wasm", "js"] as const)("on the %s engine sees setWeights and a compile of the other", async (engine) => {
    const { whole, encoder } = autoencoder();
    await encoder.predict(points);
    const weights = await whole.getWeights();
    await whole.setWeights({ ...weights, "code/kernel": tensor([[2], [-1]]) });
    expect((await encoder.predict([[3, 5]])).data[0]).toBe(1);
    whole.compile({ optimizer: "sgd", loss: "mse", engine });
    expect((await encoder.predict([[3, 5]])).data[0]).toBe(1);
    await encoder.setWeights({ "code/kernel": tensor([[0], [4]]) });
    expect((await whole.getWeights())["code/kernel"].toArray()).toEqual([[0], [4]]);
    expect((await whole.evaluate(points, points)).loss).toBeGreaterThan(0);
  });

  it("keeps moving means of one model current in the other", async () => {
    const x = input({ shape: [1] });
    const normalized = layers.batchNormalization({ momentum: 0, center: false, scale: false }).apply(x);
    const inner = functional({ inputs: x, outputs: normalized });
    const outer = functional({ inputs: x, outputs: layers.dense({ units: 1 }).apply(normalized) });
    await inner.predict([[1]]);
    outer.compile({ optimizer: "sgd", loss: "mse" });
    await outer.trainOnBatch([[2], [4], [6]], [[0], [0], [0]]);
    expect((await inner.getWeights())["batchNormalization/moving_mean"].data[0]).toBe(4);
  });
});

describe("a generator and its critic (T2)", () => {
  const ones: { kernelInitializer: Layer["options"][string] } = { kernelInitializer: initializers.ones() };

  function pair() {
    const critic = sequential({ name: "critic" });
    critic.add(layers.dense({ units: 1, useBias: false, inputShape: [1], ...(ones as object), name: "judge" }));
    critic.compile({ optimizer: optimizers.sgd({ learningRate: 0.5 }), loss: "mse" });
    const generator = sequential({ name: "generator" });
    generator.add(layers.dense({ units: 1, useBias: false, inputShape: [1], ...(ones as object), name: "make" }));
    critic.trainable = false;
    const z = input({ shape: [1] });
    const gan = functional({ inputs: z, outputs: critic.apply(generator.apply(z)) });
    gan.compile({ optimizer: optimizers.sgd({ learningRate: 0.5 }), loss: "mse" });
    return { critic, generator, gan };
  }

  it("train in turn: each step as worked out by hand", async () => {
    const { critic, generator, gan } = pair();
    let [judge, make] = [1, 1];
    for (let round = 0; round < 5; round++) {
      // Squared error (judge·x − t)², its slope 2·(judge·x − t)·x; here x = 0.5, t = 0.
      await critic.trainOnBatch([[0.5]], [[0]]);
      judge -= 0.5 * 2 * (judge * 0.5) * 0.5;
      // The critic is frozen in the gan: (judge·make·z − 1)², z = 1.
      await gan.trainOnBatch([[1]], [[1]]);
      make -= 0.5 * 2 * (judge * make - 1) * judge;
      const all = { ...(await critic.getWeights()), ...(await generator.getWeights()) };
      expect(all["judge/kernel"].data[0]).toBeCloseTo(judge, 5);
      expect(all["make/kernel"].data[0]).toBeCloseTo(make, 5);
      expect((await gan.getWeights())["critic/judge/kernel"].data[0]).toBe(all["judge/kernel"].data[0]);
    }
  });

  it("cannot be trained at the same time where that would change what the other reads", async () => {
    const { critic, gan } = pair();
    const x = tensor(new Float32Array(4000).fill(0.5), [4000, 1]);
    const training = critic.fit(x, x, { batchSize: 1, epochs: 3 });
    await expect(gan.fit(x, x)).rejects.toThrow(StateError);
    await expect(gan.trainOnBatch([[1]], [[1]])).rejects.toThrow(/judge is being trained with another model/);
    const weights = { "judge/kernel": tensor([[9]]) };
    await expect(critic.setWeights(weights)).resolves.toBeUndefined();
    await expect(gan.setWeights(await gan.getWeights())).rejects.toThrow(StateError);
    await training;
    expect((await gan.getWeights())["critic/judge/kernel"]).toEqual((await critic.getWeights())["judge/kernel"]);
    await gan.fit(x, x);
    const second = gan.fit(x, x, { batchSize: 1, epochs: 3 });
    await expect(critic.trainOnBatch([[1]], [[1]])).rejects.toThrow(StateError);
    await second;
    await critic.trainOnBatch([[1]], [[1]]);
  });

  it("two models that both keep a layer frozen may train at once", async () => {
    const frozen = layers.dense({ units: 3, trainable: false, inputShape: [1] });
    const x = input({ shape: [1] });
    const features = frozen.apply(x);
    const heads = [1, 2].map((units) => {
      const head = functional({ inputs: x, outputs: layers.dense({ units }).apply(features) });
      head.compile({ optimizer: "sgd", loss: "mse" });
      return head;
    });
    const before = (await heads[0].getWeights())["dense/kernel"];
    const data = (units: number) => tensor(new Float32Array(512 * units), [512, units]);
    await Promise.all(heads.map((head, i) => head.fit(data(1), data(i + 1), { batchSize: 1 })));
    for (const head of heads) expect((await head.getWeights())["dense/kernel"]).toEqual(before);
  });
});

describe("a disposed model (R4)", () => {
  it("leaves the weights with its layers", async () => {
    const { whole, encoder } = autoencoder();
    await whole.fit(points, points, { epochs: 3 });
    const { "code/kernel": kernel } = await whole.getWeights();
    whole.dispose();
    expect((await encoder.getWeights())["code/kernel"]).toEqual(kernel);
    const again = functional({ inputs: encoder.layers[0].output.inputs[0], outputs: encoder.layers[0].output });
    expect((await again.getWeights())["code/kernel"]).toEqual(kernel);
  });

  it("is no layer any more", () => {
    const inner = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] });
    inner.dispose();
    expect(() => inner.apply(input({ shape: [1] }))).toThrow(StateError);
    expect(() => sequential({ layers: [inner] })).toThrow(StateError);
  });
});
