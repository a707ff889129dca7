// What report(model, test) says, with models that are trained here.
import { beforeAll, describe, expect, test } from "vitest";
import {
  type ClassReport,
  data,
  layers,
  type QuantityReport,
  type Report,
  report,
  sequential,
  tableModel,
} from "../../src/index";
import { drawn, flowers, nonFinite, oddWords, type Trained, trained } from "./models";

const widthOf = (text: string) => Math.max(...text.split("\n").map((line) => [...line].length));

let three: Trained;
let found: Report;
beforeAll(async () => {
  // Without the price, which says the same as a.
  const rows = flowers(150, ["rose", "lily", "iris"]).map(({ kind, a, noise, town }) => ({ kind, a, noise, town }));
  three = await trained(rows, "kind", { epochs: 60 });
  found = await report(three.model, three.table, { train: three.table });
});

describe("classes", () => {
  test("every row is counted where its answer stands", async () => {
    const target = found.targets[0] as ClassReport;
    const answers = await three.model.predict(three.table);
    const truth = three.table.column("kind").toArray();
    const right = answers.filter(({ kind }, row) => kind.value === truth[row]).length;
    expect(target.scores[0]).toMatchObject({ name: "model", accuracy: right / 150 });
    expect(target.wrong).toBe(150 - right);
    expect(target.confusion.flat().reduce((a, b) => a + b)).toBe(150);
    const names = target.classes.map(({ name }) => name);
    for (const [i, of] of names.entries()) {
      for (const [j, said] of names.entries()) {
        const rows = answers.filter(({ kind }, row) => truth[row] === of && kind.value === said).length;
        expect(target.confusion[i][j]).toBe(rows);
      }
    }
  });

  test("the largest mistakes are raw rows, those whose truth was thought least likely first", async () => {
    const target = found.targets[0] as ClassReport;
    const answers = await three.model.predict(three.table);
    const rows = three.table.toObjects();
    expect(target.mistakes.length).toBe(Math.min(10, target.wrong));
    let before = 0;
    for (const { row, truth, predicted, probability, probabilityOfTruth, values } of target.mistakes) {
      expect(values).toEqual(rows[row - 1]);
      expect(truth).toBe(rows[row - 1].kind);
      expect(predicted).toBe(answers[row - 1].kind.value);
      expect(probability).toBe(answers[row - 1].kind.probability);
      expect(probabilityOfTruth).toBe(answers[row - 1].kind.probabilities![truth as string]);
      expect(probabilityOfTruth).toBeGreaterThanOrEqual(before);
      before = probabilityOfTruth!;
    }
  });

  test("simple predictors stand beside the model: the most frequent class, and a linear one trained here", () => {
    const { scores } = found.targets[0] as ClassReport;
    expect(scores.map(({ name }) => name)).toEqual(["model", "majority", "linear"]);
    // All three classes are as frequent: a third is right, −log ⅓, and (⅔² + 2·⅓²).
    expect(scores[1].accuracy).toBeCloseTo(1 / 3, 12);
    expect(scores[1].logLoss).toBeCloseTo(Math.log(3), 6);
    expect(scores[1].brier).toBeCloseTo(2 / 3, 6);
    expect(scores[2].accuracy).toBeGreaterThan(0.75);
  });

  test("a column that decides is needed, noise is not; the same seed says the same", async () => {
    const { importance } = found.targets[0] as ClassReport;
    expect(importance.measure).toBe("logLoss");
    expect(importance.columns[0].column).toBe("a");
    expect(importance.columns[0].accuracyDrop).toBeGreaterThan(0.3);
    const noise = importance.columns.find(({ column }) => column === "noise")!;
    expect(Math.abs(noise.increase)).toBeLessThan(importance.columns[0].increase / 5);
    const again = await report(three.model, three.table, { train: three.table });
    expect(JSON.stringify(again)).toBe(JSON.stringify(found));
    const other = await report(three.model, three.table, { seed: 1 });
    expect((other.targets[0] as ClassReport).importance.columns[0].increase).not.toBe(importance.columns[0].increase);
  });

  test("importance is that of raw values which change places: worked out here by predicting such rows", async () => {
    const { importance } = found.targets[0] as ClassReport;
    const rows = three.table.toObjects();
    const lossOf = async (all: typeof rows) => {
      const answers = await three.model.predict(all as never);
      const losses = (answers as { kind: { probabilities: Record<string, number> } }[]).map(
        ({ kind }, row) => -Math.log(kind.probabilities[rows[row].kind as string]),
      );
      return losses.reduce((a, b) => a + b) / losses.length;
    };
    expect(await lossOf(rows)).toBeCloseTo(importance.baseline, 6);
    // Other draws have about the same mean.
    let sum = 0;
    for (let draw = 0; draw < 5; draw++) {
      const order = rows.map((_, i) => i).sort((i, j) => drawn(i, draw + 11) - drawn(j, draw + 11));
      sum += (await lossOf(rows.map((row, i) => ({ ...row, a: rows[order[i]].a })))) - importance.baseline;
    }
    const { increase, deviation } = importance.columns[0];
    expect(Math.abs(sum / 5 - increase)).toBeLessThan(5 * deviation + 0.1 * increase);
  });

  test("two classes, forty classes and one row have reports without NaN", async () => {
    const forty = Array.from({ length: 40 }, (_, i) => `kind ${String(i).padStart(2, "0")}`);
    for (const [count, classes] of [
      [80, ["no", "yes"]],
      [400, forty],
    ] as const) {
      const { model, table } = await trained(flowers(count, classes), "kind", { epochs: 3 });
      const whole = await report(model, table);
      expect((whole.targets[0] as ClassReport).confusion.length).toBe(classes.length);
      const one = await report(model, table.rows(0, 1));
      for (const each of [whole, one]) {
        expect(nonFinite(each.data)).toEqual([]);
        expect(oddWords(String(each))).toEqual([]);
        expect(oddWords(each.html())).toEqual([]);
      }
      expect((one.targets[0] as ClassReport).classes.every(({ rocAuc }) => rocAuc === null)).toBe(true);
    }
  });
});

describe("quantities", () => {
  let prices: Trained;
  beforeAll(async () => {
    prices = await trained(flowers(120, ["rose", "lily"]), "price", {
      epochs: 80,
      columns: { price: { type: "number", unit: "EUR" } },
    });
  });

  test("errors are in the unit of the table; the mean has R² 0, a linear law is found by the linear model", async () => {
    const { targets } = await report(prices.model, prices.table, { train: prices.table });
    const target = targets[0] as QuantityReport;
    const answers = await prices.model.predict(prices.table);
    const truth = prices.table.column("price").toArray() as number[];
    const errors = answers.map(({ price }, row) => truth[row] - (price.value as number));
    const meanOf = (all: readonly number[]) => all.reduce((a, b) => a + b) / all.length;
    const [model, mean, linear] = target.scores;
    expect(target.unit).toBe("EUR");
    expect(model.mae).toBeCloseTo(meanOf(errors.map(Math.abs)), 9);
    expect(model.rmse).toBeCloseTo(Math.sqrt(meanOf(errors.map((e) => e * e))), 9);
    expect(target.bias).toBeCloseTo(meanOf(errors), 9);
    expect(mean.name).toBe("mean");
    expect(mean.r2).toBeCloseTo(0, 9);
    expect(linear.r2).toBeGreaterThan(0.9999);
    expect(target.mistakes[0].values).toEqual(prices.table.row(target.mistakes[0].row - 1));
    const worst = Math.max(...errors.map(Math.abs));
    expect(Math.abs((target.mistakes[0].truth as number) - (target.mistakes[0].predicted as number))).toBe(worst);
    expect(target.importance.columns[0].column).toBe("a");
    expect(String(await report(prices.model, prices.table))).toMatch(/51\.7\u202fEUR/);
  });

  test("a test whose truth is the same everywhere has no R², and says so; one row neither", async () => {
    const same = await data.table(
      prices.table
        .toObjects()
        .slice(0, 5)
        .map((row) => ({ ...row, price: 7 })) as never,
      { schema: prices.table.schema },
    );
    for (const table of [same, same.rows(0, 1)]) {
      const each = await report(prices.model, table);
      expect((each.targets[0] as QuantityReport).scores.map(({ r2 }) => r2)).toEqual([null, null]);
      expect(each.data.notes.join()).toMatch(/R² is not defined/);
      expect(nonFinite(each.data)).toEqual([]);
      expect(oddWords(each.html())).toEqual([]);
    }
  });

  test("100,000 rows: points are thinned and it says so", async () => {
    const many = await data.table(flowers(100_000, ["rose", "lily"]) as never, { schema: prices.table.schema });
    const began = performance.now();
    const each = await report(prices.model, many);
    const { points, rows } = each.targets[0] as QuantityReport;
    expect([rows, points.of, points.points.length]).toEqual([100_000, 100_000, 2000]);
    expect(each.html().includes("2000 of 100\u202f000 points are drawn")).toBe(true);
    expect(each.html().length).toBeLessThan(200_000);
    expect(each.data.notes.join()).toMatch(/measured on 4000 of the 100000 rows/);
    expect(performance.now() - began).toBeLessThan(60_000);
  });
});

describe("several targets", () => {
  test("have a section each", async () => {
    const both = await trained(flowers(60, ["rose", "lily"]), ["kind", "price"], { epochs: 5 });
    const each = await report(both.model, both.table, { train: both.table });
    expect(each.targets.map(({ column, kind }) => [column, kind])).toEqual([
      ["kind", "classes"],
      ["price", "quantity"],
    ]);
    expect(each.targets.every(({ scores }) => scores.length === 3)).toBe(true);
    expect(each.html().match(/<h2 id="target-\d">/g)).toHaveLength(2);
    expect(String(each)).toMatch(/\nkind\n─+[\s\S]*\nprice\n─+/);
  });
});

describe("the last value", () => {
  test("of a series is what stood there at the last time before", async () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({ day: i, x: drawn(i), level: i * i }));
    const { model, table } = await trained(rows, "level", { epochs: 2 });
    const [train, tested] = [table.rows(0, 30), table.rows(30)];
    const { targets } = await report(model, tested, { train, time: "day" });
    const last = targets[0].scores.find(({ name }) => name === "lastValue") as QuantityReport["scores"][number];
    // i² − (i − 1)² = 2i − 1 for 30 … 39: on average 68.
    expect(last.mae).toBeCloseTo(68, 9);
  });

  test("needs rows of training, and a column of times", async () => {
    await expect(report(three.model, three.table, { time: "a" })).rejects.toThrow(/give train, too/);
    const rest = { train: three.table };
    await expect(report(three.model, three.table, { ...rest, time: "day" })).rejects.toThrow(/no column "day"/);
    await expect(report(three.model, three.table, { ...rest, time: "town" })).rejects.toThrow(
      /expected dates or numbers/,
    );
  });
});

describe("as text", () => {
  test.each([40, 60, 80, 120])("no line is longer than %i characters", async (width) => {
    const history = { epoch: [0, 1], history: { loss: [2, 1], "a name of a measure that is far too long": [1, 2] } };
    for (const { model, table } of [three]) {
      const text = (await report(model, table, { history })).toString(width);
      expect(widthOf(text)).toBeLessThanOrEqual(width);
      expect(text).toMatch(/accuracy/);
      expect(text).toMatch(/Learning: 2 epochs/);
    }
  });

  test("of less than 40 is refused", () => {
    expect(() => found.toString(39)).toThrow(/width must be an integer ≥ 40/);
  });
});

describe("bad input is refused with what to do", () => {
  test("what is no model, and a model without a pipeline", async () => {
    await expect(report({} as never, three.table)).rejects.toThrow(/expects a model/);
    const bare = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] });
    await expect(report(bare, three.table)).rejects.toThrow(/has no pipeline.*tableModel/);
    await expect(report(three.model, three.table, {}, 3)).rejects.toThrow(/one argument too many/);
  });

  test("unknown options, tables without rows or without the target", async () => {
    await expect(report(three.model, three.table, { trian: three.table } as never)).rejects.toThrow(/trian.*train/);
    await expect(report(three.model, three.table, { history: 3 } as never)).rejects.toThrow(/what fit returns/);
    await expect(report(three.model, three.table, { seed: -1 })).rejects.toThrow(/seed/);
    await expect(report(three.model, three.table, { title: 3 } as never)).rejects.toThrow(/title/);
    await expect(report(three.model, 5 as never)).rejects.toThrow(/table or rows/);
    await expect(report(three.model, [])).rejects.toThrow(/test has no rows/);
    await expect(report(three.model, three.table.take([]))).rejects.toThrow(/test has no rows/);
    await expect(report(three.model, three.table.drop(["kind"]))).rejects.toThrow(/no column "kind"/);
  });

  test("weights that are not finite are said, not drawn", async () => {
    const broken = tableModel(three.steps, { hidden: [3] });
    const weights = await broken.getWeights();
    const [name] = Object.keys(weights);
    (weights[name].data as Float32Array).fill(3e38);
    await broken.setWeights(weights);
    await expect(report(broken, three.table)).rejects.toThrow(/predicts NaN of "kind" for row \d+/);
  });
});

describe("cross-validation beside the test", () => {
  const summary = {
    folds: 4,
    how: "each <house> in one of them",
    targets: [
      {
        column: "kind",
        scores: [
          { name: "accuracy" as const, mean: 0.965, deviation: 0.0123, guess: { mean: 1 / 3, deviation: 0 } },
          { name: "mae" as const, mean: 1234.5, deviation: 6.25 },
          { name: "r2" as const, mean: null, deviation: null },
        ],
        unit: "kg",
      },
    ],
  };

  test("is told as data, as text that fits and as a section of the page", async () => {
    const told = await report(three.model, three.table, { crossValidation: summary });
    expect(told.data.crossValidation).toEqual(summary);
    expect(found.data).not.toHaveProperty("crossValidation");
    for (const width of [40, 60, 80]) {
      const text = told.toString(width);
      expect(text).toContain("Cross-validation\n");
      expect(text.replaceAll("\u202f", " ")).toMatch(/Accuracy +96\.5 % ± 1\.23 % /);
      expect(widthOf(text)).toBeLessThanOrEqual(width);
    }
    const html = told.html().replaceAll("\u202f", " ");
    expect(html).toContain('<section aria-labelledby="folds">');
    expect(html).toContain('<a href="#folds">Cross-validation</a>');
    expect(html).toContain("over 4 folds, each &lt;house&gt; in one of them");
    expect(html).toContain('<th scope="row" class="word">Accuracy</th><td>96.5 % ± 1.23 %</td><td>33.3 % ± 0 %</td>');
    expect(html).toMatch(/Mean error<\/th><td>1230 kg ± 6\.25 kg<\/td><td>–<\/td>/);
    expect(html).toMatch(/R²<\/th><td>–<\/td>/);
  });

  test.each([
    ["no object", 5],
    ["no targets", { folds: 4 }],
    ["folds that are no number", { ...summary, folds: "4" }],
    [
      "a score that is NaN",
      { folds: 2, targets: [{ column: "kind", scores: [{ name: "r2", mean: Number.NaN, deviation: 0 }] }] },
    ],
    [
      "a measure that is not known",
      { folds: 2, targets: [{ column: "kind", scores: [{ name: "rmes", mean: 1, deviation: 0 }] }] },
    ],
  ])("refuses %s", async (_, crossValidation) => {
    await expect(report(three.model, three.table, { crossValidation } as never)).rejects.toThrow(
      /^report: crossValidation must be/,
    );
  });
});
