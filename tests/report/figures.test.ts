// The numbers of reports against scikit-learn 1.2.1 (tests/references/report.py), and small cases worked by hand.
import { describe, expect, test } from "vitest";
import { type ClassOutcome, calibrate, classScores, confusionOf, countsOf } from "../../src/report/classScores";
import { histogram, quantityScores } from "../../src/report/quantityScores";
import { rank } from "../../src/report/ranking";
import { niceRange, niceStep, ticksOf } from "../../src/report/ticks";
import references from "../references/report.json";

interface Case {
  readonly truth: readonly number[];
  readonly scores: readonly (readonly number[])[];
}

function outcomeOf({ truth, scores }: Case): ClassOutcome {
  const guess = scores.map((row) => row.indexOf(Math.max(...row)));
  return {
    classes: scores[0].map((_, k) => `class ${k}`),
    truth: Int32Array.from(truth),
    guess: Int32Array.from(guess),
    scores: Float32Array.from(scores.flat()),
    areProbabilities: true,
  };
}

const ranked = (scores: readonly number[], isOf: readonly number[], most = 400) =>
  rank(Float32Array.from(scores), Uint8Array.from(isOf), most);

describe("classes, as scikit-learn has them", () => {
  test.each(references.classes)("$name", (known) => {
    const outcome = outcomeOf(known);
    const found = classScores("model", outcome);
    expect(found.accuracy).toBeCloseTo(known.accuracy, 12);
    expect([found.precision, found.recall, found.f1].map((one, i) => Math.abs(one - known.macro[i]) < 1e-12)).toEqual([
      true,
      true,
      true,
    ]);
    expect(found.brier).toBeCloseTo(known.brier, 12);
    expect(found.logLoss).toBeCloseTo(known.logLoss, 12);
    expect(confusionOf(outcome)).toEqual(known.confusion);
    const counts = countsOf(known.confusion);
    expect(counts.map(({ support }) => support)).toEqual(known.support);
    // Where nothing is defined scikit-learn says 0.
    counts.forEach(({ precision, recall, f1 }, k) => {
      expect(precision ?? 0).toBeCloseTo(known.precision[k], 12);
      expect(recall ?? 0).toBeCloseTo(known.recall[k], 12);
      expect(f1 ?? 0).toBeCloseTo(known.f1[k], 12);
    });
    for (const k of known.scores[0].keys()) {
      const { rocAuc, averagePrecision } = ranked(
        known.scores.map((row) => row[k]),
        known.truth.map((of) => (of === k ? 1 : 0)),
      );
      const [area, average] = [known.rocAuc[k], known.averagePrecision[k]];
      if (area === null) expect(rocAuc).toBeNull();
      else expect(rocAuc).toBeCloseTo(area, 12);
      if (average === null) expect(averagePrecision).toBeNull();
      else expect(averagePrecision).toBeCloseTo(average, 12);
    }
  });
});

describe("quantities, as scikit-learn has them", () => {
  test.each(references.quantities)("$name", ({ truth, guess, mae, rmse, r2 }) => {
    const found = quantityScores("model", { truth: Float64Array.from(truth), guess: Float64Array.from(guess) });
    expect(found.mae).toBeCloseTo(mae, 9);
    expect(found.rmse).toBeCloseTo(rmse, 9);
    if (r2 === null) expect(found.r2).toBeNull();
    else expect(found.r2).toBeCloseTo(r2, 9);
  });
});

describe("ranking, by hand", () => {
  test("equal scores come at once, whatever the order of the rows", () => {
    // Above each other: 1 of 2 pairs right, one tie: (1 + ½) / 2.
    expect(ranked([0.9, 0.5, 0.5], [1, 1, 0]).rocAuc).toBe(0.75);
    expect(ranked([0.5, 0.9, 0.5], [0, 1, 1]).rocAuc).toBe(0.75);
    expect(ranked([0.9, 0.5, 0.5], [1, 1, 0]).roc!.points).toEqual([
      [0, 0],
      [0, 0.5],
      [1, 1],
    ]);
    // Precision 1 up to recall ½, then ⅔.
    expect(ranked([0.9, 0.5, 0.5], [1, 1, 0]).averagePrecision).toBeCloseTo(0.5 + 1 / 3, 15);
  });

  test("ten thousand equal scores, of which one is right, have a precision of a ten-thousandth (scikit-learn #6377)", () => {
    const isOf = Array.from({ length: 10_000 }, (_, row) => (row === 0 ? 1 : 0));
    const { averagePrecision, rocAuc } = ranked(new Array(10_000).fill(0), isOf);
    expect(averagePrecision).toBe(1e-4);
    expect(rocAuc).toBe(0.5);
  });

  test("the curve of precision begins where the first scores are, not at 1 (scikit-learn #5073)", () => {
    const { precisionRecall, averagePrecision } = ranked([0.8, 0.8, 0.8, 0.2, 0.2], [0, 0, 1, 1, 0]);
    expect(precisionRecall!.points).toEqual([
      [0.5, 1 / 3],
      [1, 0.4],
    ]);
    expect(averagePrecision).toBeCloseTo(0.5 / 3 + 0.5 * 0.4, 15);
  });

  test("of many points some are kept, the ends among them; the area is that of all", () => {
    const scores = Array.from({ length: 5000 }, (_, i) => i / 8192);
    const isOf = scores.map((_, i) => ((i * 7919) % 5000 < i ? 1 : 0));
    const few = ranked(scores, isOf, 100);
    const all = ranked(scores, isOf, 1e6);
    expect(few.rocAuc).toBe(all.rocAuc);
    expect(few.roc!.of).toBe(5001);
    expect(few.roc!.points.length).toBeLessThanOrEqual(100);
    expect(few.roc!.points.length).toBeGreaterThan(50);
    expect(few.roc!.points[0]).toEqual([0, 0]);
    expect(few.roc!.points.at(-1)).toEqual([1, 1]);
    // The trapezoids over what is kept come to the same area within what cannot be seen.
    const area = few.roc!.points.slice(1).reduce((sum, [x, y], i) => {
      const [u, v] = few.roc!.points[i];
      return sum + ((x - u) * (y + v)) / 2;
    }, 0);
    expect(Math.abs(area - all.rocAuc!)).toBeLessThan(0.01);
  });
});

describe("calibration", () => {
  const binary = (chances: readonly number[], truth: readonly number[]) =>
    outcomeOf({ truth, scores: chances.map((p) => [1 - p, p]) });

  test("of two classes the second: tenths of the rows, means of both sides", () => {
    const chances = Array.from({ length: 20 }, (_, i) => (i + 1) / 32);
    const truth = chances.map((_, i) => (i % 2 === 0 ? 1 : 0));
    const { of, bins, error } = calibrate(binary(chances, truth));
    expect(of).toBe("class 1");
    expect(bins.map(({ rows }) => rows)).toEqual(new Array(10).fill(2));
    expect(bins[3]).toEqual({ from: 7 / 32, to: 8 / 32, predicted: 7.5 / 32, observed: 0.5, rows: 2 });
    const want = bins.reduce((sum, { predicted }) => sum + Math.abs(predicted - 0.5) / 10, 0);
    expect(error).toBeCloseTo(want, 12);
  });

  test("equal probabilities stay together, also when all are the same and when they are 1", () => {
    const same = calibrate(binary(new Array(30).fill(0.25), [...new Array(15).fill(1), ...new Array(15).fill(0)]));
    expect(same.bins).toEqual([{ from: 0.25, to: 0.25, predicted: 0.25, observed: 0.5, rows: 30 }]);
    expect(same.error).toBe(0.25);
    const sure = calibrate(binary([0, 0.5, 1, 1], [0, 1, 1, 1]));
    expect(sure.bins.at(-1)).toEqual({ from: 1, to: 1, predicted: 1, observed: 1, rows: 2 });
    expect(sure.bins.reduce((sum, { rows }) => sum + rows, 0)).toBe(4);
  });

  test("of more classes that of what is predicted", () => {
    const outcome = outcomeOf({
      truth: [0, 1, 2],
      scores: [
        [0.5, 0.25, 0.25],
        [0.5, 0.25, 0.25],
        [0, 0, 1],
      ],
    });
    const { of, bins } = calibrate(outcome);
    expect(of).toBeNull();
    expect(bins.map(({ predicted, observed, rows }) => [predicted, observed, rows])).toEqual([
      [0.5, 0.5, 2],
      [1, 1, 1],
    ]);
  });
});

describe("intervals", () => {
  test("Wilson's for 8 of 10 right is 0.490 to 0.943, also at the ends", () => {
    const of = (right: number, all: number) =>
      classScores("model", {
        classes: ["a", "b"],
        truth: new Int32Array(all),
        guess: Int32Array.from({ length: all }, (_, row) => (row < right ? 0 : 1)),
        scores: new Float32Array(2 * all),
        areProbabilities: false,
      }).interval;
    expect(of(8, 10).map((one) => Math.round(one * 1e4) / 1e4)).toEqual([0.4902, 0.9433]);
    expect(of(10, 10)[1]).toBe(1);
    expect(of(10, 10)[0]).toBeCloseTo(0.7225, 4);
    expect(of(0, 1)[0]).toBe(0);
  });

  test("the margin of the mean error is 1.96 standard errors; one row has none", () => {
    // Errors 1, 3: mean 2, standard deviation √2, over √2 rows 1.
    const of = (truth: number[], guess: number[]) =>
      quantityScores("model", { truth: Float64Array.from(truth), guess: Float64Array.from(guess) }).maeMargin;
    expect(of([1, 5], [0, 8])).toBeCloseTo(1.959964, 6);
    expect(of([1], [0])).toBeNull();
  });
});

describe("histograms", () => {
  const of = (residuals: readonly number[]) =>
    histogram({ truth: Float64Array.from(residuals), guess: new Float64Array(residuals.length) });
  const rowsIn = ({ bins, below, above }: ReturnType<typeof of>) =>
    bins.reduce((sum, { rows }) => sum + rows, 0) + below + above;

  test("bins between round values, 0 one of their ends; every row in one", () => {
    const { bins, below, above } = of([-1.1, -0.3, -0.2, 0, 0.1, 0.25, 1.3]);
    expect(bins.map(({ from }) => from)).toContain(0);
    expect([bins[0].from, bins.at(-1)!.to]).toEqual([-1.1, 1.4]);
    expect(below + above).toBe(0);
    expect(rowsIn({ bins, below, above })).toBe(7);
    expect(bins.find(({ from }) => from === 0)!.rows).toBe(1);
  });

  test.each([[[0]], [[5]], [[-5, -5, -5]], [[1e-30, 2e-30]], [[1e12, 1e12 + 1]], [[0, 0, 0]]])("%j", (residuals) => {
    const found = of(residuals);
    expect(rowsIn(found)).toBe(residuals.length);
    expect(found.bins.length).toBeLessThan(60);
    for (const { from, to } of found.bins) expect(to).toBeGreaterThan(from);
  });

  test("the utmost hundredth does not squeeze all others into one bin", () => {
    const residuals = [...Array.from({ length: 999 }, (_, i) => (i - 499) / 100), 1e6];
    const found = of(residuals);
    expect(found.above).toBeGreaterThan(0);
    expect(found.bins.at(-1)!.to).toBeLessThan(10);
    expect(rowsIn(found)).toBe(1000);
  });
});

describe("axes", () => {
  test("steps are 1, 2 or 5 times a power of ten", () => {
    expect([0.003, 0.2, 0.21, 7, 11, 1e6].map(niceStep)).toEqual([0.005, 0.2, 0.5, 10, 20, 1e6]);
    expect(ticksOf(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticksOf(-0.3, 0.3, 6)).toEqual([-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3]);
    expect(niceRange(0, 43)).toEqual([0, 50]);
    expect(niceRange(3, 3)[0]).toBeLessThan(3);
    expect(niceRange(0, 0)[1]).toBeGreaterThan(0);
  });
});
