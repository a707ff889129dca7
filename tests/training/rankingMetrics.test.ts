// recallAtK and ndcgAtK: by hand, from published examples, against loops in float64, and reports of other libraries rebuilt.
import { describe, expect, it } from "vitest";
import {
  ArgumentError,
  callbacks,
  input,
  layers,
  loadModel,
  losses,
  metrics,
  model as functional,
  ops,
  ShapeError,
  tensor,
} from "../../src/index";
import type { CompileOptions } from "../../src/model/compileOptions";
import { noise } from "../model/twins";

type Options = Partial<CompileOptions>;

/** A model that gives back the scores it gets. */
function scorer(shape: readonly number[], options: Options, maskValue?: number) {
  const start = input({ shape: [...shape] });
  const output =
    maskValue === undefined ? layers.rescaling({ scale: 1 }).apply(start) : layers.masking({ maskValue }).apply(start);
  const model = functional({ inputs: start, outputs: output });
  model.compile({ optimizer: "sgd", loss: "mse", ...options });
  return model;
}

const both = (k: number) => [metrics.recallAtK({ k }), metrics.ndcgAtK({ k })];
const ofLabels = losses.sparseCategoricalCrossentropy({ fromLogits: true });

/** What both engines measure of scores and relevances, or numbers of items. */
async function measure(k: number, scores: number[][], targets: number[][] | number[]) {
  const isSparse = !Array.isArray(targets[0]);
  const results = [];
  for (const engine of ["wasm", "js"] as const) {
    const loss = isSparse ? ofLabels : "mse";
    const model = scorer([scores[0].length], { loss, metrics: both(k), engine });
    const { recallAtK, ndcgAtK } = await model.evaluate(scores, targets);
    results.push([recallAtK, ndcgAtK]);
  }
  expect(results[0][0]).toBeCloseTo(results[1][0], 12);
  expect(results[0][1]).toBeCloseTo(results[1][1], 12);
  return { recall: results[0][0], ndcg: results[0][1] };
}

/** As the definition says it, item by item: the rank of an item is how many are before it. */
function byLoops(k: number, scores: number[][], relevances: number[][], weights?: number[]) {
  let [recall, ndcg, total] = [0, 0, 0];
  scores.forEach((row, i) => {
    const relevance = relevances[i];
    const relevant = relevance.filter((r) => r > 0).length;
    const w = weights?.[i] ?? 1;
    if (!relevant) return;
    const gain = (r: number) => (r > 0 ? 2 ** r - 1 : 0);
    let [hits, dcg, ideal] = [0, 0, 0];
    row.forEach((score, j) => {
      const rank = 1 + row.filter((other, l) => other > score || (other === score && l < j)).length;
      if (rank > k) return;
      if (relevance[j] > 0) hits++;
      dcg += gain(relevance[j]) / Math.log2(rank + 1);
    });
    [...relevance]
      .sort((a, b) => b - a)
      .slice(0, k)
      .forEach((r, n) => {
        ideal += gain(r) / Math.log2(n + 2);
      });
    recall += (w * hits) / relevant;
    ndcg += (w * dcg) / ideal;
    total += w;
  });
  return { recall: recall / total, ndcg: ndcg / total };
}

const { log2 } = Math;

describe("recallAtK and ndcgAtK by hand", () => {
  it.each([
    // k, scores, relevances or items, recall, ndcg
    ["the first of one", 1, [[3, 2, 1]], [[1, 0, 0]], 1, 1],
    ["the second of one, k = 1", 1, [[3, 2, 1]], [[0, 1, 0]], 0, 0],
    ["the second of one, k = 2", 2, [[3, 2, 1]], [[0, 1, 0]], 1, 1 / log2(3)],
    ["the third of one, k = 3", 3, [[3, 2, 1]], [[0, 0, 1]], 1, 1 / 2],
    ["one of two, k = 1", 1, [[3, 2, 1]], [[1, 1, 0]], 1 / 2, 1],
    ["first and third of two, k = 3", 3, [[3, 2, 1]], [[1, 0, 1]], 1, 1.5 / (1 + 1 / log2(3))],
    ["grades 2 and 1 the wrong way round", 2, [[1, 2]], [[2, 1]], 1, (1 + 3 / log2(3)) / (3 + 1 / log2(3))],
    ["grade 3 at rank 2 behind grade 0", 2, [[2, 1, 0]], [[0, 3, 0]], 1, 1 / log2(3)],
    ["an ideal beyond k counts k of them", 1, [[1, 2, 3]], [[3, 2, 1]], 1 / 3, 1 / 7],
    [
      "two rows: the mean",
      1,
      [
        [2, 1],
        [2, 1],
      ],
      [
        [1, 0],
        [0, 1],
      ],
      1 / 2,
      1 / 2,
    ],
    [
      "a row without a relevant item does not count",
      1,
      [
        [2, 1],
        [2, 1],
      ],
      [
        [1, 0],
        [0, 0],
      ],
      1,
      1,
    ],
    ["no row with a relevant item", 2, [[2, 1]], [[0, 0]], 0, 0],
    ["k beyond the items", 50, [[1, 3, 2]], [[1, 0, 0]], 1, 1 / 2],
    ["of equal scores the lower item is first", 2, [[5, 5, 5, 5]], [[0, 0, 1, 1]], 0, 0],
    ["of equal scores the lower item is first, there", 2, [[5, 5, 5, 5]], [[0, 1, 0, 0]], 1, 1 / log2(3)],
    ["relevances below 0 are none", 2, [[3, 2, 1]], [[-1, 1, -1]], 1, 1 / log2(3)],
    ["fractions: 2^½ − 1 and 2^1½ − 1", 1, [[2, 1]], [[0.5, 1.5]], 1 / 2, (2 ** 0.5 - 1) / (2 ** 1.5 - 1)],
    [
      "numbers of items: ranks 1, 2 and 3",
      2,
      [
        [3, 2, 1],
        [3, 2, 1],
        [3, 2, 1],
      ],
      [0, 1, 2],
      2 / 3,
      (1 + 1 / log2(3)) / 3,
    ],
    [
      "numbers of items: equal scores",
      1,
      [
        [0, 0],
        [0, 0],
      ],
      [0, 1],
      1 / 2,
      1 / 2,
    ],
  ] as [string, number, number[][], number[][] | number[], number, number][])(
    "%s",
    async (_, k, scores, targets, recall, ndcg) => {
      const measured = await measure(k, scores, targets);
      expect(measured.recall).toBeCloseTo(recall, 12);
      expect(measured.ndcg).toBeCloseTo(ndcg, 7);
    },
  );

  it("numbers of items come as [batch] and as [batch, 1]", async () => {
    const model = scorer([3], { loss: ofLabels, metrics: both(2) });
    const scores = [
      [3, 2, 1],
      [1, 2, 3],
    ];
    expect(await model.evaluate(scores, [[1], [0]])).toEqual(await model.evaluate(scores, [1, 0]));
  });

  it("gains of large relevances do not overflow, those of small ones do not vanish", async () => {
    // 2^2000 : 2^1999 = 2 : 1.
    const large = await measure(2, [[1, 2, 0]], [[2000, 1999, 3]]);
    expect(large.ndcg).toBeCloseTo((1 + 2 / log2(3)) / (2 + 1 / log2(3)), 7);
    // (2^t − 1) → t·log 2.
    const small = await measure(2, [[1, 2, 0]], [[2e-6, 1e-6, 0]]);
    expect(small.ndcg).toBeCloseTo((1 + 2 / log2(3)) / (2 + 1 / log2(3)), 5);
  });

  it("scores of NaN are never among the first", async () => {
    const metricsOfBoth = { loss: ofLabels, metrics: both(2) } as const;
    for (const engine of ["wasm", "js"] as const) {
      const start = input({ shape: [3] });
      const none = layers.lambda((x) => ops.divide(x, x)).apply(start);
      const model = functional({ inputs: start, outputs: none });
      model.compile({ optimizer: "sgd", ...metricsOfBoth, engine });
      // 0 / 0 is NaN: the first two rows have one number only, the third none.
      const { recallAtK, ndcgAtK } = await model.evaluate(
        [
          [0, 1, 0],
          [0, 1, 0],
          [0, 0, 0],
        ],
        [1, 0, 0],
      );
      expect(recallAtK).toBeCloseTo(1 / 3, 12);
      expect(ndcgAtK).toBeCloseTo(1 / 3, 12);
    }
  });
});

describe("published examples", () => {
  it("Wikipedia's discounted cumulative gain: 3 2 3 0 1 2, with gains 2^r − 1", async () => {
    // dcg = 7 + 3/1.585 + 7/2 + 0 + 1/2.585 + 3/2.807 = 13.848; ideal 3 3 2 2 1 0: 14.595. Keras-rs and TensorFlow Ranking: 0.94881.
    const { ndcg } = await measure(6, [[6, 5, 4, 3, 2, 1]], [[3, 2, 3, 0, 1, 2]]);
    expect(ndcg).toBeCloseTo(13.848263629272981 / 14.595390756454922, 6);
    expect(ndcg).toBeCloseTo(0.9488, 4);
  });

  it("keras-rs, TensorFlow Ranking: one relevant item of three, at rank 2", async () => {
    const { ndcg } = await measure(3, [[3, 1, 2]], [[0, 0, 1]]);
    expect(ndcg).toBeCloseTo(0.6309297535714574, 6);
  });
});

describe("recallAtK and ndcgAtK against loops", () => {
  const coarse = (count: number, seed: number, steps: number) =>
    Array.from(noise(count, seed), (value) => Math.round(value * steps) / steps);
  const rowsOf = (values: number[], columns: number) =>
    Array.from({ length: values.length / columns }, (_, i) => values.slice(i * columns, (i + 1) * columns));

  it.each([
    [1, 13, 7],
    [2, 9, 2],
    [3, 17, 11],
    [5, 4, 3],
    [10, 31, 40],
    [60, 5, 101],
    [100, 3, 120],
  ])("k = %i, %i rows of %i items, with ties", async (k, rows, columns) => {
    const scores = rowsOf(coarse(rows * columns, k, 8), columns);
    const grades = rowsOf(
      Array.from(noise(rows * columns, k + 1), (value) => Math.max(0, Math.round(4 * value))),
      columns,
    );
    const expected = byLoops(k, scores, grades);
    const measured = await measure(k, scores, grades);
    expect(measured.recall).toBeCloseTo(expected.recall, 12);
    expect(measured.ndcg).toBeCloseTo(expected.ndcg, 7);
    const items = scores.map((_, i) => (i * 7) % columns);
    const hot = items.map((item) => Array.from({ length: columns }, (_, j) => Number(j === item)));
    const one = byLoops(k, scores, hot);
    const sparse = await measure(k, scores, items);
    expect(sparse.recall).toBeCloseTo(one.recall, 12);
    expect(sparse.ndcg).toBeCloseTo(one.ndcg, 7);
    expect(await measure(k, scores, hot)).toEqual(sparse);
  });

  it("do not depend on how rows come in batches, on threads, or on the engine", async () => {
    const scores = rowsOf(coarse(23 * 12, 3, 8), 12);
    const grades = rowsOf(
      Array.from(noise(23 * 12, 4), (value) => Math.max(0, Math.round(3 * value) - 1)),
      12,
    );
    const model = scorer([12], { metrics: both(4), threads: 2 });
    const { recallAtK, ndcgAtK } = await model.evaluate(scores, grades);
    for (const batchSize of [1, 5, 23]) {
      const again = await model.evaluate(scores, grades, { batchSize });
      expect(again.recallAtK).toBeCloseTo(recallAtK, 12);
      expect(again.ndcgAtK).toBeCloseTo(ndcgAtK, 12);
    }
    model.dispose();
    expect(recallAtK).toBeCloseTo(byLoops(4, scores, grades).recall, 12);
  });

  it("places of sequences count as masks and weights say", async () => {
    // [2, 3, 4]: the last place of the first sequence and the first of the second are masked.
    const places = [
      [
        [4, 3, 2, 1],
        [1, 2, 3, 4],
        [-1, -1, -1, -1],
      ],
      [
        [-1, -1, -1, -1],
        [2, 2, 1, 3],
        [0, 5, 4, 3],
      ],
    ];
    const grades = [
      [
        [0, 1, 0, 2],
        [1, 0, 0, 0],
        [1, 1, 1, 1],
      ],
      [
        [3, 1, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 2, 1],
      ],
    ];
    const weights = [
      [1, 2, 9],
      [9, 0.5, 0],
    ];
    const valid = [0, 1, 4, 5];
    const pick = <T>(list: readonly (readonly T[])[]) => valid.map((place) => list.flat()[place]);
    const [scores, relevances, w] = [pick(places), pick(grades), pick(weights)];
    for (const engine of ["wasm", "js"] as const) {
      const model = scorer([3, 4], { metrics: both(2), weightedMetrics: both(2), engine }, -1);
      const results = await model.evaluate(tensor(places), tensor(grades), { sampleWeight: tensor(weights) });
      const plain = byLoops(2, scores, relevances);
      const weighted = byLoops(2, scores, relevances, w);
      expect(results.recallAtK).toBeCloseTo(plain.recall, 12);
      expect(results.ndcgAtK).toBeCloseTo(plain.ndcg, 7);
      expect(results.recallAtK_1).toBeCloseTo(weighted.recall, 12);
      expect(results.ndcgAtK_1).toBeCloseTo(weighted.ndcg, 7);
    }
  });

  it("sequences of numbers of items, of an open length", async () => {
    const start = input({ shape: [null, 4] });
    const model = functional({ inputs: start, outputs: layers.masking({ maskValue: -1 }).apply(start) });
    model.compile({ optimizer: "sgd", loss: ofLabels, metrics: both(2) });
    const scores = [
      [4, 3, 2, 1],
      [1, 2, 3, 4],
      [-1, -1, -1, -1],
      [2, 2, 1, 3],
    ];
    const { recallAtK, ndcgAtK } = await model.evaluate(tensor([scores]), tensor([[1, 3, 0, 1]]));
    // Ranks 2, 1 and 3.
    expect(recallAtK).toBeCloseTo(2 / 3, 12);
    expect(ndcgAtK).toBeCloseTo((1 + 1 / log2(3)) / 3, 7);
  });
});

describe("recallAtK and ndcgAtK in programs", () => {
  it("are in histories, watched as what should rise, kept in files", async () => {
    const model = scorer([6], { loss: ofLabels, metrics: ["recallAtK", metrics.ndcgAtK({ k: 3 })] });
    const [x, y] = [tensor(noise(60, 1), [10, 6]), [0, 1, 2, 3, 4, 5, 0, 1, 2, 3]];
    const watch = callbacks.earlyStopping({ monitor: "valNdcgAtK", patience: 1 });
    const { history } = await model.fit(x, y, { epochs: 2, validationData: [x, y], callbacks: [watch] });
    expect(Object.keys(history)).toEqual(
      expect.arrayContaining(["recallAtK", "ndcgAtK", "valRecallAtK", "valNdcgAtK"]),
    );
    const loaded = await loadModel(model.toBytes());
    expect(await loaded.evaluate(x, y)).toEqual(await model.evaluate(x, y));
  });

  it("change no bit of what is learnt", async () => {
    const train = async (options: Options) => {
      const start = input({ shape: [4] });
      const model = functional({ inputs: start, outputs: layers.dense({ units: 6 }).apply(start), seed: 3 });
      model.compile({ optimizer: "adam", loss: ofLabels, ...options });
      const y = Array.from({ length: 20 }, (_, i) => (i * 5) % 6);
      await model.fit(tensor(noise(80, 1), [20, 4]), y, { epochs: 2, batchSize: 8 });
      return model.getWeights();
    };
    const measured = await train({ metrics: [...both(3), "perplexity"] });
    expect(measured).toEqual(await train({}));
  });

  it("mistakes say what is wrong", () => {
    expect(() => metrics.recallAtK({ k: 0 })).toThrow(ArgumentError);
    expect(() => metrics.ndcgAtK({ k: 2.5 })).toThrow("metrics.ndcgAtK: k must be");
    expect(() => metrics.ndcgAtK({ topn: 5 } as never)).toThrow("topn");
    expect(() => scorer([1], { metrics: ["recallAtK"] })).toThrow(
      "metrics.recallAtK: expects an output with a column for every item.",
    );
    const pairs = losses.custom((_, x) => ops.mean(x, { axis: -1 }), { targetShape: [2] });
    expect(() => scorer([3], { loss: pairs, metrics: ["ndcgAtK"] })).toThrow(ShapeError);
    for (const name of ["accuracy", "topKAccuracy", "confusionMatrix"] as const) {
      expect(() => scorer([3], { loss: pairs, metrics: [name] })).toThrow("targets of a shape of their own");
    }
  });

  it("a loss of one's own over numbers of items is measured as others are", async () => {
    const loss = losses.custom((_, x) => ops.mean(x, { axis: -1 }), { targetShape: [] });
    const model = scorer([3], { loss, metrics: [...both(2), "accuracy", metrics.topKAccuracy({ k: 2 })] });
    const results = await model.evaluate(
      [
        [3, 2, 1],
        [1, 2, 3],
      ],
      [1, 2],
    );
    expect(results).toMatchObject({ recallAtK: 1, accuracy: 0.5, topKAccuracy: 1 });
    expect(results.ndcgAtK).toBeCloseTo((1 + 1 / log2(3)) / 2, 7);
  });
});

describe("public reports of other libraries, rebuilt", () => {
  it("ranking-metrics-torch#1: the ideal is of all items, not of those that were ranked", async () => {
    // There with linear gains: 0.4124 where 1 came out. With gains 2^r − 1: (31 + 1/log₂3 + 0) / (1023 + 31/log₂3 + 1/2).
    const { ndcg } = await measure(3, [[0.1, 0.2, 0.3, 4, 70]], [[10, 0, 0, 1, 5]]);
    expect(ndcg).toBeCloseTo((31 + 1 / log2(3)) / (1023 + 31 / log2(3) + 1 / 2), 7);
  });

  it("scholar#360, torchmetrics#2022: scores that are all equal are no perfect order", async () => {
    const [relevances, k] = [[[0, 0, 1, 5, 10]], 5];
    const { ndcg } = await measure(k, [[1, 1, 1, 1, 1]], relevances);
    expect(ndcg).toBeCloseTo(byLoops(k, [[1, 1, 1, 1, 1]], relevances).ndcg, 7);
    expect(ndcg).toBeLessThan(0.5);
  });

  it("keras-rs#205: ties have one order, masked items none", async () => {
    const scores = [[0.5, 0.5, 0.5, 0.5]];
    for (let run = 0; run < 3; run++) {
      expect((await measure(4, scores, [[0, 0, 1, 0]])).ndcg).toBeCloseTo(1 / 2, 7);
    }
    // Differences below 1e-6 are differences.
    expect((await measure(1, [[0.5, 0.5 + 2e-7]], [[0, 1]])).recall).toBe(1);
  });

  it("scikit-learn#29521: rows without relevant items do not count, and an order by the relevances is perfect", async () => {
    const y = [
      [1, 0, 1],
      [0, 0, 0],
    ];
    expect(await measure(2, y, y)).toEqual({ recall: 1, ndcg: 1 });
  });

  it("scikit-learn#17639: relevances below 0 leave it within 0…1", async () => {
    const { ndcg } = await measure(5, [[0.07, 0.31, 0.75, 0.33, 0.27]], [[-0.89, -0.53, -0.47, 0.39, 0.56]]);
    // Items 3 and 4 are at ranks 2 and 4.
    const [a, b] = [2 ** Math.fround(0.39) - 1, 2 ** Math.fround(0.56) - 1];
    expect(ndcg).toBeCloseTo((a / log2(3) + b / log2(5)) / (b + a / log2(3)), 6);
  });

  it("scikit-learn#27726: any order of equally relevant items is perfect", async () => {
    expect((await measure(4, [[1, 1, 1, 0]], [[1, 1, 1, 1]])).ndcg).toBe(1);
  });

  it("torchmetrics#3216: rows are rows, not one long list", async () => {
    const { ndcg } = await measure(
      3,
      [
        [0.1, 0.2, 0.3],
        [0.8, 0.1, 0.05],
      ],
      [
        [0, 1, 0],
        [1, 0, 0],
      ],
    );
    expect(ndcg).toBeCloseTo((0.6309297535714575 + 1) / 2, 7);
  });

  it("memorybench#67, metric-learning#10: recall is of all relevant items, no hit or miss", async () => {
    const relevances = [Array.from({ length: 20 }, () => 1)];
    const scores = [Array.from({ length: 20 }, (_, j) => -j)];
    expect((await measure(1, scores, relevances)).recall).toBeCloseTo(1 / 20, 12);
  });

  it("trectools#51: relevant items that were not found give 0, not NaN", async () => {
    expect(await measure(1, [[2, 1]], [[0, 1]])).toEqual({ recall: 0, ndcg: 0 });
  });

  it("LibRecommender#71: k changes recall", async () => {
    const [scores, relevances] = [[[4, 3, 2, 1]], [[1, 0, 1, 1]]];
    const recalls = [];
    for (const k of [1, 2, 3, 4]) recalls.push((await measure(k, scores, relevances)).recall);
    expect(recalls).toEqual([1 / 3, 1 / 3, 2 / 3, 1]);
  });
});
