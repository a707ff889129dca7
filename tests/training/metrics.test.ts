import { beforeAll, describe, expect, it } from "vitest";
import { Tensor } from "../../src/tensor/tensor";
import { compileModule } from "../../src/engine/module/modules";
import { WasmEngine } from "../../src/engine/wasm";
import { JsEngine } from "../../src/engine/js";
import type { Engine } from "../../src/engine/engine";
import { ArgumentError, ShapeError } from "../../src/errors";
import { deriveKey, RandomStream } from "../../src/numeric/random";
import { losses } from "../../src/losses/losses";
import { type Metric, type MetricLoss, metrics, resolveMetric } from "../../src/metrics/metrics";

const dense = losses.meanSquaredError();
const sparse = losses.sparseCategoricalCrossentropy();
const random = new RandomStream(deriveKey(77));

/** One batch: predictions and targets by rows; a target row has one number when it is a label. */
interface Batch {
  readonly x: readonly number[][];
  readonly target: readonly number[][];
}

const addresses = {
  step: 64,
  program: 128,
  rates: 512,
  losses: 520,
  loss: 528,
  sums: 1024,
  x: 2 ** 20,
  target: 2 ** 20 + 2 ** 15,
};
const memoryBytes = 2 ** 20 + 2 ** 16;
let engines: Engine[];

beforeAll(async () => {
  engines = [new WasmEngine(await compileModule(), memoryBytes, addresses.step), new JsEngine(memoryBytes)];
});

/** What a metric makes of some batches: a program of its row alone, run by both engines, which must agree. */
function measure(metric: Metric, ...batches: readonly Batch[]): number | Tensor {
  const columns = batches[0].x[0].length;
  const results = engines.map((engine) => {
    const { heap, totals } = engine.memory;
    const sums = totals.subarray(addresses.sums / 8, addresses.sums / 8 + metric.sumsCount(columns)).fill(0);
    for (const { x, target } of batches) {
      heap.set(x.flat(), addresses.x / 4);
      heap.set(target.flat(), addresses.target / 4);
      const places = { x: addresses.x, target: addresses.target, sums: addresses.sums };
      const fields = { ...places, rows: x.length, columns, ...metric.counts, ...metric.numbers };
      const row = { op: metric.op, owner: metric.name, runsBackward: false, fields };
      const program = { forward: [row], backwardCount: 0, updates: [], batchSize: 1, loss: addresses.loss };
      const { rates: learningRates, losses } = addresses;
      engine.run(engine.load(program, addresses.program), {
        firstStep: 0,
        stepCount: 1,
        order: 0,
        learningRates,
        losses,
      });
    }
    return metric.result(sums, columns);
  });
  const [wasm, js] = results;
  if (wasm instanceof Tensor || js instanceof Tensor) expect(wasm).toEqual(js);
  else if (Number.isFinite(js)) expect(Math.abs(wasm - js)).toBeLessThan(1e-12 * Math.max(1, Math.abs(js)));
  else expect(wasm).toBe(js);
  return wasm;
}

const matrix = (rows: number, columns: number, draw: () => number) =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => Math.fround(draw())));

/** Coarse values, so that there are ties and values on thresholds. */
const coarse = () => random.integer(9) / 8;
const label = (columns: number) => () => random.integer(columns);
const oneHot = (labels: number[][], columns: number) =>
  labels.map(([label]) => Array.from({ length: columns }, (_, j) => (j === label ? 1 : 0)));

/** Two batches of awkward sizes. */
function drawBatches(columns: number, x: () => number, target: () => number, targetColumns = columns): Batch[] {
  return [13, 4].map((rows) => ({ x: matrix(rows, columns, x), target: matrix(rows, targetColumns, target) }));
}

const all = (batches: Batch[]) => ({
  x: batches.flatMap(({ x }) => x),
  target: batches.flatMap(({ target }) => target),
});
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const firstOfLargest = (row: number[]) => row.indexOf(Math.max(...row));
const named = (name: string, columns: number, loss: MetricLoss = dense) => resolveMetric(name, loss, [columns], "test");

describe("accuracies", () => {
  it.each([1, 2, 3, 4, 5, 7, 8, 10, 13, 17])("of %i classes take the first of the largest predictions", (columns) => {
    const labels = drawBatches(columns, coarse, label(columns), 1);
    const { x, target } = all(labels);
    const expected = mean(x.map((row, i) => (firstOfLargest(row) === target[i][0] ? 1 : 0)));
    expect(measure(named("sparseCategoricalAccuracy", columns, sparse), ...labels)).toBe(expected);
    const hot = labels.map(({ x, target }) => ({ x, target: oneHot(target as number[][], columns) }));
    expect(measure(named("categoricalAccuracy", columns), ...hot)).toBe(expected);

    const matrix = measure(named("confusionMatrix", Math.max(2, columns), sparse), ...labels);
    if (columns === 1) return;
    const counts = Array.from({ length: columns }, () => new Array<number>(columns).fill(0));
    for (const [i, row] of x.entries()) counts[target[i][0]][firstOfLargest(row)]++;
    expect((matrix as Tensor).toArray()).toEqual(counts);
    expect(measure(named("confusionMatrix", columns), ...hot)).toEqual(matrix);
  });

  it.each([1, 2, 3, 5])("topKAccuracy of k = %i counts predictions above that of the label", (k) => {
    const labels = drawBatches(7, coarse, label(7), 1);
    const { x, target } = all(labels);
    const expected = mean(x.map((row, i) => (row.filter((p) => p > row[target[i][0]]).length < k ? 1 : 0)));
    expect(measure(resolveMetric(metrics.topKAccuracy({ k }), sparse, [7], "test"), ...labels)).toBe(expected);
    const hot = labels.map(({ x, target }) => ({ x, target: oneHot(target as number[][], 7) }));
    expect(measure(resolveMetric(metrics.topKAccuracy({ k }), dense, [7], "test"), ...hot)).toBe(expected);
  });

  it("binaryAccuracy counts single predictions above the threshold, not on it", () => {
    const batches = drawBatches(3, coarse, label(2));
    const { x, target } = all(batches);
    for (const threshold of [0.5, 0.25, 0.8]) {
      const metric = resolveMetric(metrics.binaryAccuracy({ threshold }), dense, [3], "test");
      const expected = mean(x.flat().map((p, i) => ((p > threshold ? 1 : 0) === target.flat()[i] ? 1 : 0)));
      expect(measure(metric, ...batches)).toBe(expected);
    }
  });

  it("never count a row of NaN as right", () => {
    for (const columns of [2, 3, 4, 9]) {
      const x = [new Array(columns).fill(Number.NaN), new Array(columns).fill(Number.NaN)];
      x[1][columns - 1] = -1;
      const target = [[0], [columns - 1]];
      const metric = (name: string) => measure(named(name, columns, sparse), { x, target });
      expect(metric("sparseCategoricalAccuracy"), `${columns}`).toBe(0.5);
      expect(metric("topKAccuracy"), `${columns}`).toBe(0.5);
      const counts = Array.from((metric("confusionMatrix") as Tensor).data);
      expect(counts.reduce((a, b) => a + b)).toBe(1);
    }
  });

  it("confusionMatrix and topKAccuracy ignore labels that are no class", () => {
    const batch = {
      x: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
      target: [[3], [-1], [2]],
    };
    expect((measure(named("confusionMatrix", 3, sparse), batch) as Tensor).toArray()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 1],
    ]);
    expect(measure(named("topKAccuracy", 3, sparse), batch)).toBe(1 / 3);
  });
});

describe("accuracy by itself", () => {
  const formOf = (loss: MetricLoss, columns: number) => {
    const { op, counts, numbers, name } = resolveMetric("accuracy", loss, [columns], "test");
    expect(name).toBe("accuracy");
    return [op.name, counts.sparse ?? numbers.threshold];
  };

  it("fits the loss and the output", () => {
    expect(formOf(losses.binaryCrossentropy(), 1)).toEqual(["binaryAccuracy", 0.5]);
    expect(formOf(losses.binaryCrossentropy(), 4)).toEqual(["binaryAccuracy", 0.5]);
    expect(formOf(losses.meanSquaredError(), 1)).toEqual(["binaryAccuracy", 0.5]);
    expect(formOf(losses.categoricalCrossentropy(), 4)).toEqual(["classAccuracy", 0]);
    expect(formOf(losses.sparseCategoricalCrossentropy(), 4)).toEqual(["classAccuracy", 1]);
    expect(formOf(losses.binaryCrossentropy({ fromLogits: true }), 1)).toEqual(["binaryAccuracy", 0]);
    expect(formOf(losses.hinge(), 1)).toEqual(["binaryAccuracy", 0]);
  });
});

describe("errors", () => {
  it("mse, mae and rmse are means over all numbers", () => {
    for (const columns of [1, 3, 5]) {
      const batches = drawBatches(
        columns,
        () => random.normal(),
        () => 1e3 + random.normal(),
      );
      const { x, target } = all(batches);
      const differences = x.flat().map((p, i) => p - target.flat()[i]);
      const mse = mean(differences.map((d) => d * d));
      expect(measure(named("mse", columns), ...batches)).toBeCloseTo(mse, 6);
      expect(measure(named("rmse", columns), ...batches)).toBeCloseTo(Math.sqrt(mse), 8);
      expect(measure(named("mae", columns), ...batches)).toBeCloseTo(mean(differences.map(Math.abs)), 9);
    }
  });

  it("cosineSimilarity is 0 for a row of zeros", () => {
    const batch = {
      x: [
        [3, 4],
        [1, 0],
        [0, 0],
        [-1, -1],
      ],
      target: [
        [6, 8],
        [0, 2],
        [1, 1],
        [2, 2],
      ],
    };
    expect(measure(named("cosineSimilarity", 2), batch)).toBeCloseTo((1 + 0 + 0 - 1) / 4, 14);
  });

  it("r2 is the mean over columns of 1 − residual / variance", () => {
    const batches = drawBatches(
      3,
      () => random.normal(),
      () => 50 + random.normal(),
    );
    const { x, target } = all(batches);
    const scores = [0, 1, 2].map((j) => {
      const actual = target.map((row) => row[j]);
      const residual = mean(x.map((row, i) => (row[j] - actual[i]) ** 2));
      return 1 - residual / mean(actual.map((value) => (value - mean(actual)) ** 2));
    });
    expect(measure(named("r2", 3), ...batches)).toBeCloseTo(mean(scores), 6);
    // The example of Keras' documentation.
    expect(measure(named("r2", 1), { x: [[2], [4], [4]], target: [[1], [4], [3]] })).toBeCloseTo(0.57142854, 6);
    // A column that never varies: all of it is explained when it is predicted exactly, nothing when it is not (T21).
    expect(measure(named("r2", 1), { x: [[5], [5]], target: [[5], [5]] })).toBe(1);
    expect(measure(named("r2", 1), { x: [[5], [5.5]], target: [[5], [5]] })).toBe(0);
    const halfConstant = {
      x: [
        [5, 2],
        [5, 3],
      ],
      target: [
        [5, 1],
        [5, 4],
      ],
    };
    expect(measure(named("r2", 2), halfConstant)).toBeCloseTo((1 + (1 - 2 / 4.5)) / 2, 12);
    const constant = { x: matrix(1000, 1, () => random.normal()), target: matrix(1000, 1, () => 0.1) };
    expect(measure(named("r2", 1), constant, constant, constant)).toBe(0);
    const far = { x: [[1e6], [1e6 + 1]], target: [[1e6], [1e6 + 1]] };
    expect(measure(named("r2", 1), far, far)).toBe(1);
  });
});

describe("positives", () => {
  it("precision, recall and f1 count over all columns", () => {
    const batches = drawBatches(3, coarse, label(2));
    const { x, target } = all(batches);
    const count = (predicted: boolean, actual: boolean) =>
      x.flat().filter((p, i) => p > 0.5 === predicted && (target.flat()[i] !== 0) === actual).length;
    const [both, wrong, missed] = [count(true, true), count(true, false), count(false, true)];
    expect(measure(named("precision", 3), ...batches)).toBe(both / (both + wrong));
    expect(measure(named("recall", 3), ...batches)).toBe(both / (both + missed));
    expect(measure(named("f1", 3), ...batches)).toBeCloseTo(2 / ((both + wrong) / both + (both + missed) / both), 14);
  });

  it("are 0 where there is nothing to divide by", () => {
    const nothing = { x: [[0], [0]], target: [[0], [0]] };
    for (const name of ["precision", "recall", "f1", "auc"]) expect(measure(named(name, 1), nothing), name).toBe(0);
    for (const name of Object.keys(metrics)) {
      if (name === "custom" || name === "confusionMatrix" || name === "sparseCategoricalAccuracy") continue;
      const metric = named(name, 2, name === "perplexity" ? sparse : dense);
      expect(metric.result(new Float64Array(metric.sumsCount(2)), 2), name).toBe(0);
    }
  });

  it("auc is that of Keras' documentation", () => {
    const batch = { x: [[0], [0.5], [0.3], [0.9]], target: [[0], [0], [1], [1]] };
    expect(measure(resolveMetric(metrics.auc({ numThresholds: 3 }), dense, [1], "test"), batch)).toBe(0.75);
  });

  it("take −1 and 1 as they take 0 and 1 (T3)", () => {
    const x = matrix(23, 1, () => random.normal());
    const zeros = matrix(23, 1, label(2));
    const signs = zeros.map(([value]) => [2 * value - 1]);
    for (const name of ["accuracy", "binaryAccuracy", "precision", "recall", "f1", "auc"]) {
      const metric = named(name, 1, losses.hinge());
      expect(measure(metric, { x, target: signs }), name).toBe(measure(metric, { x, target: zeros }));
    }
  });

  it("auc is the trapezoid over the thresholds, or exactly the chance that a positive is above a negative (T5)", () => {
    const batches: Batch[] = [400, 300].map((rows) => {
      const target = matrix(rows, 1, label(2));
      return { target, x: target.map(([t]) => [Math.fround(0.3 * t + 0.7 * random.uniform())]) };
    });
    const x = all(batches).x.flat();
    const target = all(batches).target.flat();
    const thresholds = Array.from({ length: 200 }, (_, i) => (i === 0 ? -1e-7 : i === 199 ? 1 + 1e-7 : i / 199));
    const share = (threshold: number, actual: number) =>
      x.filter((p, i) => p > threshold && target[i] === actual).length / target.filter((t) => t === actual).length;
    let area = 0;
    for (let i = 0; i < 199; i++) {
      const [a, b] = [thresholds[i], thresholds[i + 1]];
      area += ((share(a, 0) - share(b, 0)) * (share(a, 1) + share(b, 1))) / 2;
    }
    const ofThresholds = resolveMetric(metrics.auc({ numThresholds: 200 }), dense, [1], "test");
    expect(measure(ofThresholds, ...batches)).toBeCloseTo(area, 12);
    const positives = x.filter((_, i) => target[i] === 1);
    const negatives = x.filter((_, i) => target[i] === 0);
    const chance = mean(positives.map((p) => mean(negatives.map((n) => (p > n ? 1 : p === n ? 0.5 : 0)))));
    expect(Math.abs(area - chance)).toBeLessThan(2e-3);
    expect(measure(named("auc", 1), ...batches)).toBeCloseTo(chance, 12);
  });

  it.each([
    ["probabilities near 0", [0.001, 0.002, 0.003, 0.004], [0, 0, 1, 1], 1],
    ["probabilities near 1", [0.999996, 0.999997, 0.999998, 0.999999], [0, 0, 1, 1], 1],
    ["logits below 0", [-3, -2.5, -1, -0.5], [0, 0, 1, 1], 1],
    ["logits of any size", [-300, 40, 41, 1e30], [0, 1, 0, 1], 0.75],
    ["equal predictions", [0.2, 0.2, 0.2, 0.2], [0, 1, 0, 1], 0.5],
    ["one tie", [0.1, 0.4, 0.4, 0.8], [0, 0, 1, 1], 0.875],
    ["all wrong", [4, 3, 2, 1], [0, 0, 1, 1], 0],
    ["no positives", [1, 2], [0, 0], 0],
    ["NaN, which is below every number", [Number.NaN, -1, 2], [0, 1, 1], 1],
  ])("auc of %s (T5)", (_, x, target, expected) => {
    const batch = { x: x.map((value) => [value]), target: target.map((value) => [value]) };
    expect(measure(named("auc", 1), batch)).toBe(expected);
  });

  it("auc goes on from batch to batch, and is off by almost nothing beyond what its list holds (T5)", () => {
    const metric = named("auc", 1);
    const chance = (scores: readonly { score: number; isPositive: boolean }[]) => {
      // By ranks (Mann & Whitney 1947); the draws are float32 numbers, of which few are equal.
      const sorted = scores.toSorted((a, b) => a.score - b.score);
      let [rank, sum, positives] = [0, 0, 0];
      while (rank < sorted.length) {
        let end = rank;
        while (end < sorted.length && sorted[end].score === sorted[rank].score) end++;
        const middle = (rank + 1 + end) / 2;
        for (; rank < end; rank++) if (sorted[rank].isPositive) [sum, positives] = [sum + middle, positives + 1];
      }
      return (sum - (positives * (positives + 1)) / 2) / (positives * (sorted.length - positives));
    };
    const draw = (rows: number, share: number, order: (a: number, b: number) => number) => {
      const scores = Array.from({ length: rows }, () => {
        const isPositive = random.uniform() < share;
        return { isPositive, score: Math.fround(random.normal() + (isPositive ? 0.8 : 0)) };
      });
      return scores.sort((a, b) => order(a.score, b.score));
    };
    const batched = (scores: ReturnType<typeof draw>) =>
      Array.from({ length: Math.ceil(scores.length / 8000) }, (_, i) => scores.slice(8000 * i, 8000 * (i + 1))).map(
        (part): Batch => ({
          x: part.map(({ score }) => [score]),
          target: part.map(({ isPositive }) => [isPositive ? 1 : 0]),
        }),
      );
    const errorOf = (scores: ReturnType<typeof draw>) =>
      Math.abs((measure(metric, ...batched(scores)) as number) - chance(scores));
    expect(errorOf(draw(32_768, 0.5, () => 0))).toBeLessThan(1e-12);
    for (const share of [0.5, 0.01]) expect(errorOf(draw(150_000, share, () => 0)), `${share}`).toBeLessThan(1e-5);
    // From the lowest to the highest and back: each is new at an end of the list.
    expect(errorOf(draw(80_000, 0.3, (a, b) => a - b))).toBeLessThan(4e-4);
    expect(errorOf(draw(80_000, 0.3, (a, b) => b - a))).toBeLessThan(4e-4);
    // From the outside to the inside: each is between all others.
    expect(errorOf(draw(80_000, 0.3, (a, b) => Math.abs(b) - Math.abs(a)))).toBeLessThan(4e-4);
    // Few different numbers are exact however many there are.
    const coarse = draw(100_000, 0.3, () => 0).map((one) => ({ ...one, score: Math.round(one.score * 100) / 128 }));
    expect(errorOf(coarse)).toBeLessThan(1e-12);
  });
});

describe("resolveMetric", () => {
  it("takes a name, a metric and JSON", () => {
    const given = metrics.topKAccuracy({ k: 2 });
    expect(JSON.parse(JSON.stringify(given))).toEqual({ name: "topKAccuracy", options: { k: 2 } });
    const [direct, again] = [given, JSON.parse(JSON.stringify(given))].map((value) =>
      resolveMetric(value, sparse, [5], "test"),
    );
    expect(again.counts).toEqual(direct.counts);
    expect(direct.counts).toEqual({ sparse: 1, k: 2 });
    expect(direct.name).toBe("topKAccuracy");
  });

  it("refuses what it cannot use, and says what would do", () => {
    expect(() => named("acuracy", 3)).toThrow('test: metric cannot be "acuracy". Did you mean "accuracy"?');
    expect(() => resolveMetric(5, dense, [3], "test")).toThrow(ArgumentError);
    expect(() => metrics.topKAccuracy({ k: 0 })).toThrow("k must be an integer ≥ 1");
    expect(() => metrics.precision({ treshold: 0.5 } as never)).toThrow('Did you mean "threshold"?');
    expect(() => metrics.mse({ k: 1 } as never)).toThrow('unknown option "k"');
    expect(() => named("confusionMatrix", 1)).toThrow(ShapeError);
  });

  it("refuses a metric whose targets the loss does not have", () => {
    for (const name of [
      "binaryAccuracy",
      "categoricalAccuracy",
      "mse",
      "mae",
      "rmse",
      "precision",
      "auc",
      "r2",
      "cosineSimilarity",
    ]) {
      expect(() => named(name, 3, sparse), name).toThrow(ShapeError);
    }
    expect(() => named("categoricalAccuracy", 3, sparse)).toThrow('Use "sparseCategoricalAccuracy".');
    expect(() => named("sparseCategoricalAccuracy", 3)).toThrow('Use "categoricalAccuracy".');
  });
});
