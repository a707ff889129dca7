// Predictions with layers as they are in training, and what is drawn at random in predictions and evaluations.
import { describe, expect, it } from "vitest";
import {
  ArgumentError,
  type CompileOptions,
  input,
  layers,
  loadModel,
  type Model,
  model,
  ops,
  sequential,
  StateError,
  type Tensor,
} from "../../src/index";
import { loadModel as loadForInference } from "../../src/inference/index";
import { deriveKey, randomBits, uniform } from "../../src/numeric/random";

const random = (rows: number, columns: number, seed: number) =>
  Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => 2 * uniform(deriveKey(seed), i * columns + j) - 1),
  );

const ones = (rows: number, columns: number) => Array.from({ length: rows }, () => new Array(columns).fill(1));

const dropping = (rate = 0.5, seed = 3) => sequential({ seed, layers: [layers.dropout({ rate, inputShape: [50] })] });

const bytes = ({ data }: Tensor) => Array.from(data);

describe("predict(x, { training: true })", () => {
  it("drops a share of the numbers, others in every batch of every call, and none without", async () => {
    const made = dropping(0.25);
    const x = ones(64, 50);
    expect(bytes(await made.predict(x))).toEqual(x.flat());
    const [first, second] = [await made.predict(x, { training: true }), await made.predict(x, { training: true })];
    expect(bytes(first)).not.toEqual(bytes(second));
    expect(bytes(first).slice(0, 1600)).not.toEqual(bytes(first).slice(1600));
    for (const { data } of [first, second]) {
      const dropped = Array.from(data).filter((value) => value === 0).length / data.length;
      expect(dropped).toBeGreaterThan(0.22);
      expect(dropped).toBeLessThan(0.28);
      expect(new Set(data)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
    }
    expect(bytes(await made.predict(x))).toEqual(x.flat());
  });

  it("draws by the generator's words: seed, layer, and a batch counted from −2³⁰", async () => {
    const made = dropping(0.5, 9);
    await made.predict(ones(70, 50), { batchSize: 32 });
    // Three batches have been predicted.
    const drawn = bytes(await made.predict(ones(1, 50), { training: true }));
    const key = deriveKey(9, 0, -(2 ** 30) + 3);
    expect(drawn).toEqual(Array.from({ length: 50 }, (_, i) => (randomBits(key, i) >>> 8 >= 2 ** 23 ? 2 : 0)));
  });

  it("gives the same bits for the same seed and the same calls: also on threads, in a worker, and by predictSync", async () => {
    const make = (engine: object) => {
      const made = sequential({
        seed: 4,
        layers: [
          layers.dense({ units: 20, activation: "relu", inputShape: [6] }),
          layers.dropout({ rate: 0.5 }),
          layers.gaussianNoise({ stddev: 0.5 }),
          layers.dense({ units: 3 }),
        ],
      });
      made.compile({ optimizer: "sgd", loss: "mse", ...engine } as CompileOptions);
      return made;
    };
    const x = random(23, 6, 1);
    const calls = async (made: Model, isSync: boolean) => {
      const results: number[][] = [];
      for (const options of [{ training: true }, {}, { training: true, batchSize: 7 }, { training: true }]) {
        const isAtOnce = isSync && results.length === 3;
        results.push(bytes(isAtOnce ? made.predictSync(x, options) : await made.predict(x, options)));
      }
      made.dispose();
      return results;
    };
    const expected = await calls(make({}), false);
    expect(expected[0]).not.toEqual(expected[3]);
    for (const engine of [{ threads: 2 }, { worker: true }]) expect(await calls(make(engine), false)).toEqual(expected);
    expect(await calls(make({}), true)).toEqual(expected);
    const readable = await calls(make({ engine: "js" }), false);
    readable.flat().forEach((value, i) => {
      expect(value).toBeCloseTo(expected.flat()[i], 5);
    });
  });

  it("counts calls in their order, also when they are made at once, and beside a training", async () => {
    const [one, other] = [dropping(), dropping()];
    const x = ones(3, 50);
    const inTurn = [];
    for (let i = 0; i < 4; i++) inTurn.push(bytes(await one.predict(x, { training: true })));
    const atOnce = await Promise.all([0, 1, 2, 3].map(() => other.predict(x, { training: true })));
    expect(atOnce.map(bytes)).toEqual(inTurn);
    expect(new Set(inTurn.map(String)).size).toBe(4);
  });

  it("takes the moments of the batch for batch normalization, and leaves the averages alone", async () => {
    const made = sequential({ layers: [layers.batchNormalization({ inputShape: [2], epsilon: 1e-3 })] });
    made.compile({ optimizer: "sgd", loss: "mse" });
    const x = [
      [1, 10],
      [3, 30],
    ];
    const before = await made.getWeights();
    // Means 2 and 20, variances 1 and 100.
    const [a, b] = [1 / Math.sqrt(1 + 1e-3), 10 / Math.sqrt(100 + 1e-3)];
    const inTraining = bytes(await made.predict(x, { training: true }));
    [-a, -b, a, b].forEach((value, i) => {
      expect(inTraining[i]).toBeCloseTo(value, 5);
    });
    const usual = bytes(await made.predict(x));
    x.flat().forEach((value, i) => {
      expect(usual[i]).toBeCloseTo(value / Math.sqrt(1 + 1e-3), 5);
    });
    expect(await made.getWeights()).toEqual(before);
  });

  it("changes nothing of a training: its bits are those without predictions", async () => {
    const make = () => {
      const made = sequential({
        seed: 5,
        layers: [
          layers.dropout({ rate: 0.3, inputShape: [5] }),
          layers.batchNormalization(),
          layers.dense({ units: 1 }),
        ],
      });
      made.compile({ optimizer: "adam", loss: "mse" });
      return made;
    };
    const [x, y] = [random(20, 5, 1), random(20, 1, 2)];
    const [plain, asked] = [make(), make()];
    const options = { epochs: 3, batchSize: 8, validationSplit: 0.2 };
    const expected = await plain.fit(x, y, options);
    const got = await asked.fit(x, y, {
      ...options,
      callbacks: [{ onEpochEnd: async () => void (await asked.predict(x, { training: true })) }],
    });
    expect(got.history).toEqual(expected.history);
    expect(await asked.getWeights()).toEqual(await plain.getWeights());
    await asked.trainOnBatch(x, y);
    await plain.trainOnBatch(x, y);
    expect(Buffer.from(asked.toBytes()).equals(Buffer.from(plain.toBytes()))).toBe(true);
  });

  it("predictSync needs one before it, with the same switch", async () => {
    const made = dropping();
    await made.predict(ones(2, 50));
    expect(() => made.predictSync(ones(2, 50), { training: true })).toThrow(StateError);
    expect(() => made.predictSync(ones(2, 50), { training: true })).toThrow(/predict\(x, \{ training: true \}\)/);
    await made.predict(ones(2, 50), { training: true });
    expect(bytes(made.predictSync(ones(2, 50), { training: true }))).toContain(0);
    expect(bytes(made.predictSync(ones(2, 50)))).not.toContain(0);
  });

  it("refuses a switch that is none", async () => {
    await expect(dropping().predict(ones(1, 50), { training: 1 as never })).rejects.toThrow(ArgumentError);
    await expect(dropping().predict(ones(1, 50), { trainign: true } as never)).rejects.toThrow(
      /Did you mean "training"/,
    );
  });
});

describe("random numbers of ops", () => {
  const noisy = (seed = 1) => {
    const x = input({ shape: [3] });
    const made = model({ inputs: x, outputs: ops.add(x, ops.randomNormal([null, 3])), seed });
    made.compile({ optimizer: "sgd", loss: "mse" });
    return made;
  };
  const zeros = (rows: number) => Array.from({ length: rows }, () => [0, 0, 0]);

  it("are new in every batch of every prediction, the same for the same calls", async () => {
    const [one, other] = [noisy(), noisy()];
    const drawn = [];
    for (const made of [one, other])
      drawn.push(bytes(await made.predict(zeros(64))), bytes(await made.predict(zeros(64))));
    expect(drawn.slice(2)).toEqual(drawn.slice(0, 2));
    expect(new Set(drawn.slice(0, 2).flat()).size).toBe(2 * 64 * 3);
    const loaded = await loadModel(one.toBytes());
    expect(bytes(await loaded.predict(zeros(64)))).toEqual(drawn[0]);
    const small = await loadForInference(one.toBytes());
    expect([bytes(await small.predict(zeros(64))), bytes(small.predictSync(zeros(64)))]).toEqual(drawn.slice(0, 2));
  });

  it("are new in every batch of an evaluation, and the same in every evaluation, however the slices fall", async () => {
    const made = noisy();
    const { loss } = await made.evaluate(zeros(640), zeros(640));
    await made.predict(zeros(5));
    expect((await made.evaluate(zeros(640), zeros(640))).loss).toBe(loss);
    // The mean square of 1,920 normal numbers; of 96 that come again in every batch it is elsewhere.
    const batches = Array.from({ length: 3 }, async (_, i) => made.evaluate(zeros(32 * (i + 1)), zeros(32 * (i + 1))));
    const [a, b, c] = (await Promise.all(batches)).map((result) => result.loss);
    expect(2 * b - a).not.toBeCloseTo(a, 6);
    expect(3 * c - 2 * b).not.toBeCloseTo(2 * b - a, 6);
  });
});
