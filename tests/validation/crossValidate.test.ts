import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { crossValidate, data, pipeline, type Tensor, tableModel } from "../../src/index";
import type { Table } from "../../src/table/table";
import { bits, net, points, smallTable, tableNet } from "./makers";

let table: Table;
beforeAll(async () => {
  table = await smallTable();
});

const rowsOf = (part: Table) => [...part.column("row")] as number[];
const options = { folds: 4, seed: 2, epochs: 6, batchSize: 8, metric: "accuracy" } as const;

/** What makeModel and the test saw of each fold. */
async function seen(of: Table, more: object) {
  const learnt: Table[] = [];
  const tested: Table[] = [];
  const result = await crossValidate(
    (train: Table, _: object, context) => {
      learnt.push(train);
      return tableNet(train, {}, context);
    },
    of,
    {
      ...options,
      metric(_, test: Table) {
        tested.push(test);
        return 1;
      },
      better: "max",
      ...more,
    },
  );
  return { learnt, tested, result };
}

describe("crossValidate", () => {
  test("is the loop that one would write: the same folds, the same scores", async () => {
    const result = await crossValidate(tableNet, table, options);
    const scores: number[] = [];
    for (const { train, test: tested } of data.kFold(table, { folds: 4, seed: 2 })) {
      const model = tableModel(await pipeline(train), { hidden: [8], learningRate: 0.01, seed: 2 });
      const { x, y } = await model.pipeline!.apply(train);
      await model.fit(x, y, { epochs: 6, batchSize: 8 });
      const known = await model.pipeline!.apply(tested);
      scores.push((await model.evaluate(known.x, known.y, { batchSize: 8 })).accuracy);
    }
    expect(result.scores).toEqual(scores);
    const mean = scores.reduce((sum, score) => sum + score, 0) / 4;
    expect(result.score).toBeCloseTo(mean, 12);
    expect(result.deviation).toBeCloseTo(
      Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / 4),
      12,
    );
    expect(result.better).toBe("max");
    const lines = result.toString(60).split("\n");
    expect(lines).toHaveLength(6);
    expect(lines[1]).toMatch(/^fold +accuracy +loss +learnt +tested +epochs +seconds$/);
  });

  test("has the same bits for 1, 2 and 3 workers, with early stopping", async () => {
    const of = async (workers: number) =>
      bits(await crossValidate(tableNet, table, { ...options, workers, epochs: 15, earlyStopping: { patience: 2 } }));
    const one = await of(1);
    expect(await of(2)).toEqual(one);
    expect(await of(3)).toEqual(one);
  });

  test("trains as many at once as there are workers, each elsewhere", async () => {
    const most = async (workers: number) => {
      let [now, largest] = [0, 0];
      const elsewhere: boolean[] = [];
      const inputs = points(3).x;
      await crossValidate(
        (train, _: object, context) => ({
          model: net(train, { units: 3, learningRate: 0.1 }, context),
          fit: {
            epochs: 40,
            callbacks: [
              {
                onTrainBegin() {
                  now++;
                  largest = Math.max(largest, now);
                },
                // A net so small would be trained before another worker has started.
                async onEpochEnd() {
                  for (let i = 0; largest < workers && i < 200; i++) await delay(10);
                },
                onTrainEnd() {
                  now--;
                },
              },
            ],
          },
        }),
        points(60),
        {
          folds: 4,
          workers,
          better: "max",
          async metric(model) {
            await model.predict(inputs);
            try {
              model.predictSync(inputs);
              elsewhere.push(false);
            } catch (error) {
              elsewhere.push((error as { code: string }).code === "ERR_WASMGRAD_THREAD");
            }
            return 1;
          },
        },
      );
      return { largest, elsewhere: new Set(elsewhere) };
    };
    expect(await most(1)).toMatchObject({ largest: 1 });
    const { largest, elsewhere } = await most(2);
    expect(largest).toBe(2);
    expect([...elsewhere]).toEqual([true]);
  });
});

describe("folds", () => {
  // mmpretrain 563: 29 samples in 5 folds lost four of them.
  test.each([
    [29, 5],
    [10, 3],
    [7, 7],
  ])(
    "of %i rows and %i folds have each row once in a test, and never in what is learnt for it",
    async (count, folds) => {
      const { learnt, tested } = await seen(await smallTable(count), { folds, stratify: false, epochs: 1 });
      expect(tested.flatMap(rowsOf).toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
      for (const [i, part] of tested.entries()) {
        const both = new Set([...rowsOf(part), ...rowsOf(learnt[i])]);
        expect(both.size).toBe(count);
        expect(part.rowCount + learnt[i].rowCount).toBe(count);
      }
    },
  );

  // scikit-learn 13164: the part for early stopping was drawn without regard to classes; 18748: and to groups.
  test("with early stopping: classes have their shares, groups stay together, times are in order", async () => {
    const stopping = { earlyStopping: { validation: 0.25 }, epochs: 1 };
    const restOf = ({ learnt, tested }: { learnt: Table[]; tested: Table[] }, fold: number) => {
      const others = new Set([...rowsOf(learnt[fold]), ...rowsOf(tested[fold])]);
      return table.filter((row) => !others.has(row.row as number));
    };
    const share = (part: Table) => [...part.column("kind")].filter((kind) => kind === "large").length / part.rowCount;
    const plain = await seen(table, stopping);
    for (let fold = 0; fold < 4; fold++) {
      const watched = restOf(plain, fold);
      expect(watched.rowCount).toBe(plain.result.folds[fold].rows.validation);
      expect(watched.rowCount).toBe(11);
      for (const part of [watched, plain.learnt[fold], plain.tested[fold]]) {
        expect(Math.abs(share(part) - share(table))).toBeLessThan(1 / part.rowCount);
      }
    }
    const grouped = await seen(table, { ...stopping, groups: "house" });
    for (let fold = 0; fold < 4; fold++) {
      const houses = [restOf(grouped, fold), grouped.learnt[fold], grouped.tested[fold]].map(
        (part) => new Set([...part.column("house")]),
      );
      expect(houses[0].size + houses[1].size + houses[2].size).toBe(12);
      for (const own of houses) expect(own.size).toBeGreaterThan(0);
    }
    const later = await seen(table, { ...stopping, time: "day" });
    for (let fold = 0; fold < 4; fold++) {
      const watched = rowsOf(restOf(later, fold)).filter((row) => row < Math.min(...rowsOf(later.tested[fold])));
      expect(Math.max(...rowsOf(later.learnt[fold]))).toBeLessThan(Math.min(...watched));
      expect(watched.length).toBe(later.result.folds[fold].rows.validation);
    }
  });

  test("with early stopping, a class of few rows is learnt from", async () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({
      row: i,
      size: (i * 7) % 23,
      kind: i % 20 === 7 ? "rare" : i % 2 ? "odd" : "even",
    }));
    const rare = await data.table(rows, { target: "kind", features: ["size"], columns: { row: "number" } });
    const { learnt, result } = await seen(rare, { folds: 2, earlyStopping: { validation: 0.5 }, epochs: 2 });
    for (const part of learnt) expect([...part.column("kind")].filter((kind) => kind === "rare")).toHaveLength(1);
    for (const { rows: counts } of result.folds) {
      expect(counts.train + counts.validation).toBe(20);
      expect(counts.validation).toBeGreaterThan(7);
    }
  });

  test("a word that only the test has is not known: no column of numbers is made of it", async () => {
    const rows = Array.from({ length: 24 }, (_, i) => ({
      row: i,
      town: i > 20 ? "Bern" : ["Ulm", "Bonn"][i % 2],
      kind: i % 3 ? "a" : "b",
    }));
    const towns = await data.table(rows, {
      target: "kind",
      features: ["town"],
      columns: { town: "category", row: "number" },
    });
    const fold = { train: Array.from({ length: 21 }, (_, i) => i), test: [21, 22, 23] };
    const names: string[][] = [];
    const result = await crossValidate(tableNet, towns, {
      ...options,
      folds: [fold],
      metric: (model) => names.push([...model.pipeline!.names]),
      better: "max",
    });
    expect(names[0].join()).not.toContain("Bern");
    expect(result.folds[0].results.loss).toBeGreaterThan(0);
  });

  test("of tensors: by labels, groups, times, and given ones", async () => {
    const { x, y } = points(48);
    const learnt: number[][] = [];
    const tested: number[][] = [];
    // The first input tells samples apart.
    const places = new Map(Array.from({ length: 48 }, (_, i) => [`${x.data[2 * i]}/${x.data[2 * i + 1]}`, i]));
    const idsOf = (part: { x: Tensor }) =>
      Array.from({ length: part.x.shape[0] }, (_, i) => places.get(`${part.x.data[2 * i]}/${part.x.data[2 * i + 1]}`)!);
    const run = async (more: object) => {
      learnt.length = tested.length = 0;
      return crossValidate(
        (train, _: object, context) => {
          learnt.push(idsOf(train as { x: Tensor }));
          return net(train, { units: 2, learningRate: 0.1 }, context);
        },
        { x, y },
        {
          folds: 4,
          better: "min",
          metric(_, test) {
            tested.push(idsOf(test));
            return 0;
          },
          ...more,
        },
      );
    };
    await run({});
    const ones = (rows: number[]) => rows.filter((row) => y.data[row] === 1).length;
    for (const rows of tested) expect(Math.abs(ones(rows) - ones([...places.values()]) / 4)).toBeLessThan(1);
    const groups = Array.from({ length: 48 }, (_, i) => `g${i % 6}`);
    await run({ groups });
    for (const [i, rows] of tested.entries()) {
      const own = new Set(rows.map((row) => groups[row]));
      expect(learnt[i].some((row) => own.has(groups[row]))).toBe(false);
    }
    await run({ time: Array.from({ length: 48 }, (_, i) => 48 - i) });
    for (const [i, rows] of tested.entries()) expect(Math.min(...learnt[i])).toBeGreaterThan(Math.max(...rows));
    const result = await run({ folds: [{ train: [0, 1, 2, 3], test: Int32Array.of(47, 46) }] });
    expect([learnt, tested]).toEqual([[[0, 1, 2, 3]], [[47, 46]]]);
    expect(result.scores).toEqual([0]);
  });
});

describe("nothing of the test is known", () => {
  const raw = (change: (i: number) => boolean) =>
    Array.from({ length: 60 }, (_, i) => {
      const row = table.row(i);
      return change(i) ? { ...row, size: 1e6 + i, town: "Ulm", kind: row.kind === "large" ? "small" : "large" } : row;
    });
  const fold = {
    train: Array.from({ length: 45 }, (_, i) => i),
    test: Array.from({ length: 15 }, (_, i) => 45 + i),
  };

  /** Everything that a training has made. */
  async function trained(change: (i: number) => boolean, more: object = {}) {
    const changed = await data.table(raw(change) as never, { schema: table.schema });
    const kept: { weights: unknown; pipeline: unknown }[] = [];
    let watched: number[] = [];
    const result = await crossValidate(
      (train: Table, _: object, context) => {
        const own = new Set(rowsOf(train));
        watched = fold.train.filter((row) => !own.has(row));
        return tableNet(train, {}, context);
      },
      changed,
      {
        ...options,
        folds: [fold],
        epochs: 25,
        earlyStopping: { patience: 3 },
        metric: async (model) => {
          kept.push({ weights: await model.getWeights(), pipeline: model.pipeline!.toJSON() });
          return 1;
        },
        better: "max",
        ...more,
      },
    );
    return { ...kept[0], epochs: result.folds[0].epochs, watched, results: result.folds[0].results };
  }

  // scikit-learn 25405, pycaret 1874: preprocessing had seen the rows of the test; MCAT 25: early stopping had.
  test("other rows in the test change neither weights, nor pipeline, nor when it stops", async () => {
    const plain = await trained(() => false, { stratify: false });
    const poisoned = await trained((i) => i >= 45, { stratify: false });
    expect(poisoned.weights).toEqual(plain.weights);
    expect(poisoned.pipeline).toEqual(plain.pipeline);
    expect(poisoned.epochs).toBe(plain.epochs);
    // They are what is tested with.
    expect(poisoned.results).not.toEqual(plain.results);
  });

  test("rows that early stopping looks at change when it stops, but not the pipeline", async () => {
    const plain = await trained(() => false, { stratify: false });
    expect(plain.watched).toHaveLength(9);
    const poisoned = await trained((i) => plain.watched.includes(i), { stratify: false });
    expect(poisoned.watched).toEqual(plain.watched);
    expect(poisoned.pipeline).toEqual(plain.pipeline);
    expect(poisoned.epochs).not.toBe(plain.epochs);
  });

  test("rows to learn from do change it: the comparison would see it", async () => {
    const plain = await trained(() => false, { stratify: false });
    const first = fold.train.find((row) => !plain.watched.includes(row))!;
    const poisoned = await trained((i) => i === first, { stratify: false });
    expect(poisoned.pipeline).not.toEqual(plain.pipeline);
    expect(poisoned.weights).not.toEqual(plain.weights);
  });
});

describe("early stopping", () => {
  test("ends with the weights of the best epoch: those of a training of so many", async () => {
    const weights: unknown[] = [];
    const learnt: Table[] = [];
    const make = (train: Table, _: object, context: { seed: number }) => {
      learnt.push(train);
      return tableNet(train, {}, context);
    };
    const result = await crossValidate(make, table, {
      ...options,
      epochs: 60,
      earlyStopping: { patience: 4, minDelta: 0.001 },
      better: "max",
      async metric(model) {
        weights.push(await model.getWeights());
        return 1;
      },
    });
    for (const [i, { epochs }] of result.folds.entries()) {
      expect(epochs).toBeGreaterThan(0);
      const model = await tableNet(learnt[i], {}, { seed: 2 });
      const { x, y } = await model.pipeline!.apply(learnt[i]);
      await model.fit(x, y, { epochs, batchSize: 8 });
      expect(await model.getWeights()).toEqual(weights[i]);
    }
  });

  test("stops when patience says it, and false does not stop", async () => {
    const of = async (earlyStopping: boolean | object) =>
      (await crossValidate(tableNet, table, { ...options, epochs: 12, earlyStopping })).folds.map(
        ({ epochs }) => epochs,
      );
    expect(await of(false)).toEqual([12, 12, 12, 12]);
    // Nothing improves by a million.
    expect(await of({ patience: 2, minDelta: 1e6 })).toEqual([1, 1, 1, 1]);
  });
});

describe("wrong input", () => {
  const tensors = points(20);
  const make = (train: object, _: object, context: { seed: number }) =>
    net(train as never, { units: 2, learningRate: 0.1 }, context);

  test.each<[string, unknown, object, RegExp]>([
    ["no data", undefined, {}, /expects a table, as data.table gives one, or \{ x, y \}/],
    ["an array", [[1, 2]], {}, /expects a table/],
    ["no targets", { x: tensors.x }, {}, /targets are missing/],
    ["other lengths", { x: tensors.x, y: points(19).y }, {}, /20 samples in x, but 19/],
    ["an unknown side", { ...tensors, z: 1 }, {}, /unknown option "z"/],
    ["one fold", tensors, { folds: 1 }, /folds must be an integer ≥ 2/],
    ["more folds than rows", tensors, { folds: 30 }, /20 rows are too few for 30 parts/],
    ["a test of all", tensors, { test: 1 }, /test must be a finite number > 0 and < 1/],
    [
      "groups of another length",
      tensors,
      { groups: [1, 2] },
      /groups must have a value for each of the 20 samples, got 2 values/,
    ],
    [
      "a name for tensors",
      tensors,
      { groups: "house" },
      /groups must have a value for each of the 20 samples, got "house"/,
    ],
    ["time and groups", tensors, { time: tensors.x.data.slice(20), groups: tensors.y.data }, /time stands alone/],
    ["time without a number", tensors, { time: new Array(20).fill("soon") }, /sample 0 has no number/],
    ["stratify of quantities", { x: tensors.x, y: tensors.x }, { stratify: true }, /Give a label for each sample/],
    ["a row in both parts", tensors, { folds: [{ train: [1, 2], test: [2] }] }, /row 2 is both in train and in test/],
    ["a row twice", tensors, { folds: [{ train: [1, 1], test: [2] }] }, /folds\[0\].train has row 1 twice/],
    [
      "a row that is not there",
      tensors,
      { folds: [{ train: [1], test: [20] }] },
      /test must be an integer ≥ 0 and < 20/,
    ],
    ["an empty part", tensors, { folds: [{ train: [], test: [2] }] }, /folds\[0\].train must be numbers of rows/],
    ["no folds", tensors, { folds: [] }, /folds is an empty array/],
    ["an unknown option of early stopping", tensors, { earlyStopping: { patiense: 3 } }, /Did you mean "patience"/],
    ["a monitor that is none", tensors, { earlyStopping: { monitor: "valTruth" }, epochs: 2 }, /"valTruth"/],
    [
      "a validation of nothing",
      tensors,
      { earlyStopping: { validation: 0 } },
      /validation must be a finite number > 0/,
    ],
    [
      "parameters that are a function",
      tensors,
      { parameters: { act: () => 1 } },
      /parameters.act must be what JSON can hold/,
    ],
    ["a seed", tensors, { seed: -1 }, /seed must be an integer/],
  ])("refuses %s", async (_, given, wrong, message) => {
    const failing = crossValidate(make as never, given as never, wrong as never);
    await expect(failing).rejects.toThrow(message);
    await expect(failing).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_WASMGRAD_(ARGUMENT|SHAPE|DATA)$/),
    });
  });

  test.each<[string, (train: Table, parameters: object, context: { seed: number }) => unknown, RegExp]>([
    ["nothing", () => undefined, /makeModel must return a model, or \{ model, fit \}, got undefined/],
    ["something else", () => ({ model: 3 }), /must return a model, or \{ model, fit \}, got 3/],
    ["an unknown part", async (...all) => ({ model: await tableNet(...all), epochs: 3 }), /unknown option "epochs"/],
    [
      "a signal",
      async (...all) => ({ model: await tableNet(...all), fit: { signal: 1 } }),
      /fit.signal is set by crossValidate/,
    ],
    [
      "a model without a pipeline",
      (train, ...all) => net(train as never, { units: 2, learningRate: 1 }, all[1]),
      /must set model.pipeline/,
    ],
  ])("refuses a makeModel that gives %s, at once", async (_, wrong, message) => {
    let made = 0;
    const failing = crossValidate(
      ((...all: Parameters<typeof wrong>) => {
        made++;
        return wrong(...all);
      }) as never,
      table,
      options,
    );
    await expect(failing).rejects.toThrow(message);
    await expect(failing).rejects.toMatchObject({ code: "ERR_WASMGRAD_ARGUMENT" });
    expect(made).toBe(1);
  });

  test("refuses the same model for two folds: it has learnt from the rows of the second test", async () => {
    const model = await tableNet(table, {}, { seed: 1 });
    await expect(crossValidate(() => model, table, options)).rejects.toThrow(/the same model again/);
  });

  test("refuses a table without a target", async () => {
    const without = await data.table([{ a: 1 }, { a: 2 }]);
    await expect(crossValidate(tableNet, without, options)).rejects.toThrow(/the table has no target/);
  });

  test("throws what a fold throws: the first in order, whichever comes first", async () => {
    let made = 0;
    const failing = crossValidate(
      async (train: Table, _: object, context) => {
        const fold = made++;
        if (fold === 1) await new Promise((resolve) => setTimeout(resolve, 50));
        if (fold > 0) throw new RangeError(`fold ${fold}`);
        return tableNet(train, {}, context);
      },
      table,
      { ...options, workers: 3 },
    );
    await expect(failing).rejects.toThrow(new RangeError("fold 1"));
  });
});
