// Reports that others have made of tools of this kind, rebuilt: each names where it comes from.
import { describe, expect, test } from "vitest";
import { type ClassReport, data, layers, losses, model, pipeline, type QuantityReport, report } from "../../src/index";
import { input } from "../../src/graph/node";
import { calibrate, classScores, confusionOf, countsOf } from "../../src/report/classScores";
import { rank } from "../../src/report/ranking";
import { flowers, nonFinite, oddWords, trained } from "./models";

describe("scikit-learn", () => {
  test("#30103, panotti #35: of one class only there is no area under the ROC curve, and the report does not end", async () => {
    const { model: two, table } = await trained(flowers(40, ["no", "yes"]), "kind", { epochs: 2 });
    const yes = table.filter(({ kind }) => kind === true);
    const { targets, html } = await reported(two, yes);
    const target = targets[0] as ClassReport;
    expect(target.classes.map(({ rocAuc }) => rocAuc)).toEqual([null, null]);
    expect(target.classes[1].averagePrecision).toBe(1);
    expect(html.includes("Not defined: it takes rows of the class and rows of others.")).toBe(true);
  });

  test("#30147: many scores of exactly 0 leave the average precision at what the order says", () => {
    // 3 of 4 above 0 are right; of 6 at 0 three are.
    const scores = Float32Array.from([0.9, 0.8, 0.7, 0.6, 0, 0, 0, 0, 0, 0]);
    const isOf = Uint8Array.from([1, 0, 1, 1, 1, 1, 1, 0, 0, 0]);
    const want = (1 + 2 / 3 + 3 / 4 + 3 * (6 / 10)) / 6;
    expect(rank(scores, isOf, 100).averagePrecision).toBeCloseTo(want, 15);
  });

  test("#23213: the curve of precision ends where all rows are said to be of the class", () => {
    const { precisionRecall } = rank(Float32Array.from([0.9, 0.5, 0.1, 0.05]), Uint8Array.from([1, 1, 0, 0]), 100);
    expect(precisionRecall!.points.at(-1)).toEqual([1, 0.5]);
  });

  test("#12926, TrustLens #163: calibration of equal probabilities is one bin, with its error", () => {
    const truth = Int32Array.from([1, 0, 0, 0]);
    const scores = Float32Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? 0.125 : 0.875));
    const outcome = { classes: ["no", "yes"], truth, guess: new Int32Array(4).fill(1), scores, areProbabilities: true };
    expect(calibrate(outcome)).toEqual({
      of: "yes",
      bins: [{ from: 0.875, to: 0.875, predicted: 0.875, observed: 0.25, rows: 4 }],
      error: 0.625,
    });
  });

  test("#16857: R² of a constant truth is not 0 and not 1 but undefined", async () => {
    const { model: price, table } = await trained(flowers(40, ["a", "b"]), "price", { epochs: 2 });
    const same = table.filter(({ price: one }) => one === table.row(0).price);
    const { targets } = await reported(price, same);
    expect((targets[0] as QuantityReport).scores[0].r2).toBeNull();
  });

  test("#15933: importance of a column is the same beside other columns, and in any order of columns", async () => {
    const { model: two, table } = await trained(flowers(60, ["a", "b"]), "kind", { epochs: 10 });
    const turned = table.select([...table.columnNames].reverse());
    const [one, other] = [await reported(two, table), await reported(two, turned)];
    expect(other.targets[0].importance).toEqual(one.targets[0].importance);
  });
});

describe("yellowbrick", () => {
  test("#244, AIQC #80: classes have their names, also where truth is numbers or truth values", async () => {
    const rows = flowers(60, ["x", "y"]).map(({ kind, a }) => ({ occupied: kind === "y", size: a }));
    const { model: two, table } = await trained(rows, "occupied", { epochs: 20 });
    const { targets, html } = await reported(two, table);
    const target = targets[0] as ClassReport;
    expect(target.classes.map(({ name }) => name)).toEqual(["false", "true"]);
    expect(html.includes("<bdi>true</bdi>")).toBe(true);
    expect(target.scores[0].accuracy).toBeGreaterThan(0.7);
  });

  test("#343: a matrix of many classes names all of them", async () => {
    const names = Array.from({ length: 40 }, (_, i) => `species of number ${i}`);
    const { model: many, table } = await trained(flowers(400, names), "kind", { epochs: 1 });
    const { html } = await reported(many, table);
    const heads = html.slice(html.indexOf('<table class="matrix many">'));
    expect(heads.slice(0, heads.indexOf("</thead>")).match(/<th scope="col">/g)).toHaveLength(40);
  });
});

describe("mmdetection #6965, scikit-plot #42, wandb #1960, evidently #936", () => {
  test("a class without rows is a row of zeros: no NaN, and no other class moves into its place", () => {
    const outcome = {
      classes: ["a", "never", "c"],
      truth: Int32Array.from([0, 2, 2]),
      guess: Int32Array.from([0, 2, 0]),
      scores: new Float32Array(9),
      areProbabilities: false,
    };
    expect(confusionOf(outcome)).toEqual([
      [1, 0, 0],
      [0, 0, 0],
      [1, 0, 1],
    ]);
    expect(countsOf(confusionOf(outcome))[1]).toEqual({
      support: 0,
      predicted: 0,
      precision: null,
      recall: null,
      f1: null,
    });
    expect(nonFinite(classScores("model", outcome))).toEqual([]);
  });

  test("a class that the model has never heard of counts as mistakes, and is said", async () => {
    const { model: two, table, steps } = await trained(flowers(60, ["a", "b"]), "kind", { epochs: 5 });
    const rows = [...table.toObjects().slice(0, 10), { ...table.row(0), kind: "c" }, { ...table.row(1), kind: "c" }];
    const test = await data.table(rows as never, { target: "kind", columns: { kind: "category", town: "category" } });
    const { targets, notes, html } = await reported(two, test);
    const target = targets[0] as ClassReport;
    expect(target.classes.map(({ name, support }) => [name, support])).toEqual([
      ["a", 5],
      ["b", 5],
      ["c", 2],
    ]);
    expect(target.confusion[2][2]).toBe(0);
    expect(notes.join()).toMatch(/2 rows are of classes that the model has not learnt \("c"\)/);
    expect(html.includes("<bdi>c</bdi>")).toBe(true);
    expect(steps.targets[0].classes).toEqual(["a", "b"]);
  });
});

describe("evalml #3012, eli5 #351", () => {
  test("importance works with words as target and with columns of words", async () => {
    const rows = flowers(90, ["yes", "no"]).map(({ kind, noise }) => ({
      kind,
      noise,
      hint: kind === "yes" ? "warm" : "cold",
    }));
    const { model: two, table } = await trained(rows, "kind", { epochs: 40, columns: { hint: "category" } });
    const { targets } = await reported(two, table);
    const [first] = targets[0].importance.columns;
    expect(first.column).toBe("hint");
    // Half of the rows get the other word.
    expect(first.accuracyDrop).toBeGreaterThan(0.35);
    expect(first.accuracyDrop).toBeLessThan(0.65);
  });
});

describe("ludwig #2234", () => {
  test("one row of a quantity has a report", async () => {
    const { model: price, table } = await trained(flowers(40, ["a", "b"]), "price", { epochs: 2 });
    const { targets } = await reported(price, table.rows(3, 4));
    expect((targets[0] as QuantityReport).scores[0]).toMatchObject({ r2: null, maeMargin: null });
  });
});

describe("scores that are no probabilities", () => {
  test("as of a model of logits have no calibration, no Brier score and no log loss, and it is said", async () => {
    const table = await data.table(flowers(60, ["a", "b", "c"]) as never, { target: "kind" });
    const steps = await pipeline(table);
    const node = input({ shape: [steps.names.length] });
    const logits = model({ inputs: node, outputs: layers.dense({ units: 3 }).apply(node), seed: 1 });
    logits.compile({ optimizer: "adam", loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }) });
    logits.pipeline = steps;
    const { targets, notes, html } = await reported(logits, table);
    const target = targets[0] as ClassReport;
    expect(target.calibration).toBeNull();
    expect(target.scores[0]).toMatchObject({ logLoss: null, brier: null });
    expect(target.importance.measure).toBe("errorRate");
    expect(target.classes.every(({ rocAuc }) => rocAuc !== null)).toBe(true);
    expect(notes.join()).toMatch(/are no probabilities/);
    expect(html.includes("what the model says are no probabilities")).toBe(true);
  });
});

/** A report in its three forms, none of which shows what nobody shall see. */
async function reported(of: Parameters<typeof report>[0], table: Parameters<typeof report>[1]) {
  const found = await report(of, table);
  const html = found.html();
  expect(nonFinite(found.data)).toEqual([]);
  expect([...oddWords(html), ...oddWords(String(found))]).toEqual([]);
  return { targets: found.targets, notes: found.data.notes, html };
}
