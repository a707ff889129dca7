// train with --folds, --group, --time and --search, and the reports that tell of it.
import { existsSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { figuresOf, forReport, spreadOf } from "../../src/cli/train/foldFigures";
import type { Judgement } from "../../src/cli/judge";
import { makeFolder, people, wasmgrad } from "./inProcess";

const folder = makeFolder();
const table = folder.write("people.csv", people(60));
const SMALL = ["--epochs", "3", "--hidden", "3"];
const out = () => ["--out", folder.path("model.safetensors")];

const train = async (file: string, target: string, ...args: string[]) =>
  wasmgrad(["train", file, "--target", target, ...SMALL, ...out(), ...args]);
const json = async (file: string, target: string, ...args: string[]) => {
  const { exitCode, stdout, stderr } = await train(file, target, "--json", ...args);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout);
};
const refused = async (file: string, ...args: string[]) => {
  const model = folder.path("refused.safetensors");
  const { exitCode, stdout, stderr } = await wasmgrad(["train", file, "--target", "town", "--out", model, ...args]);
  expect(stdout).toBe("");
  expect(existsSync(model)).toBe(false);
  return [exitCode, stderr.replace(/^wasmgrad: /, "").trim()];
};

test("the spread of folds is their mean and the root of the mean square of differences", () => {
  // (1 + 2 + 6) / 3 = 3; (4 + 1 + 9) / 3 = 14 / 3.
  expect(spreadOf([1, 2, 6])).toEqual({ mean: 3, deviation: Math.sqrt(14 / 3), folds: [1, 2, 6] });
  expect(spreadOf([1, Number.NaN])).toEqual({ mean: null, deviation: null, folds: [1, null] });
  const fold = (accuracy: number, trivialAccuracy: number): Judgement[] => [
    { target: "y", rows: 4, accuracy, trivialAccuracy, trivial: "a", classes: [] },
  ];
  const figures = figuresOf([fold(1, 0.5), fold(0.5, 0.5)]);
  expect(figures).toEqual([
    {
      target: "y",
      measures: [
        {
          measure: "accuracy",
          model: { mean: 0.75, deviation: 0.25, folds: [1, 0.5] },
          guess: { mean: 0.5, deviation: 0, folds: [0.5, 0.5] },
        },
      ],
    },
  ]);
  expect(forReport(figures, 2, ", anyhow")).toEqual({
    folds: 2,
    how: "anyhow",
    targets: [
      { column: "y", scores: [{ name: "accuracy", mean: 0.75, deviation: 0.25, guess: { mean: 0.5, deviation: 0 } }] },
    ],
  });
});

describe("--folds", () => {
  test("says mean ± deviation of classes beside a guess, in text, in JSON and in the report", async () => {
    const { exitCode, stdout } = await train(table, "town", "--folds", "3");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /town, mean ± deviation over 3 folds\n {2}classes in equal shares\n +this network +always the most frequent class\n +right +\d+\.\d % ± \d+\.\d % +50\.0 % ± 0\.0 %/,
    );
    expect(stdout).toMatch(/town, on 12 rows it had not seen/);
    const { crossValidation, learntRows } = await json(table, "town", "--folds", "3");
    expect(learntRows).toBe(60);
    expect(crossValidation.folds).toBe(3);
    const [{ target, measures }] = crossValidation.targets;
    expect([target, measures.length, measures[0].measure]).toEqual(["town", 1, "accuracy"]);
    const { mean, deviation, folds } = measures[0].model;
    expect(folds).toHaveLength(3);
    // Of 20 rows each.
    for (const one of folds) expect(one * 20).toBeCloseTo(Math.round(one * 20), 9);
    expect(mean).toBeCloseTo((folds[0] + folds[1] + folds[2]) / 3, 12);
    expect(stdout).toContain(`${(100 * mean).toFixed(1)} % ± ${(100 * deviation).toFixed(1)} %`);
    const page = readFileSync(folder.path("model.report.html"), "utf8");
    expect(page).toContain("over 3 folds, classes in equal shares");
    expect(page).toMatch(/<th scope="row" class="word">Accuracy<\/th><td>[\d.]+.% ± [\d.]+.%<\/td>/);
  });

  test("of quantities says errors in units and R², without rows put aside, too", async () => {
    const weights = folder.write("weights.csv", people(60).replaceAll(/,(\d{3}),/g, ",$1 cm,"));
    const { stdout } = await train(weights, "height", "--folds", "4", "--test", "0");
    expect(stdout).toMatch(/mean error +[\d.]+ cm ± [\d.]+ cm +[\d.]+ cm ± [\d.]+ cm\n/);
    expect(stdout).toMatch(/R² +-?\d\.\d{3} ± \d\.\d{3}/);
    expect(stdout).not.toContain("nothing is known");
    const one = await json(weights, "height", "--folds", "4", "--seed", "2");
    expect(one.crossValidation).toEqual((await json(weights, "height", "--folds", "4", "--seed", "2")).crossValidation);
    expect(one.crossValidation).not.toEqual(
      (await json(weights, "height", "--folds", "4", "--seed", "3")).crossValidation,
    );
  });

  test("leaves the model that is saved as it is without them", async () => {
    await train(table, "town");
    const plain = readFileSync(folder.path("model.safetensors"));
    await train(table, "town", "--folds", "2");
    expect(readFileSync(folder.path("model.safetensors")).equals(plain)).toBe(true);
  });

  test("shows which fold it is at, in a line on a terminal and in plain lines elsewhere", async () => {
    const args = ["train", table, "--target", "town", ...SMALL, ...out(), "--folds", "2"];
    const { stderr } = await wasmgrad(args, { isTTY: true, columns: 80 });
    for (const part of ["fold 1 of 2, trying", "fold 2 of 2, learning"]) expect(stderr).toContain(part);
    expect(stderr).not.toContain("\n");
    expect((await wasmgrad([...args, "--quiet"])).stderr).toBe("");
    // A line that is longer than the terminal is written over in its last part only.
    for (const columns of [60, 80, 120]) {
      for (const more of [[], ["--search", "2"]]) {
        const shown = (await wasmgrad([...args, ...more], { isTTY: true, columns })).stderr;
        const frames = shown.split("\r").map((frame) => frame.replaceAll("\x1b[K", ""));
        expect(frames.length).toBeGreaterThan(10);
        for (const frame of frames) expect([...frame].length, frame).toBeLessThan(columns);
      }
    }
  });

  test.each([
    ["0", 'must be a whole number, at least 2, got "0"'],
    ["1", 'must be a whole number, at least 2, got "1"'],
    ["-1", 'must be a whole number, at least 2, got "-1"'],
    ["2.5", 'must be a whole number, at least 2, got "2.5"'],
    ["1e1", 'must be a whole number, at least 2, got "1e1"'],
    ["", 'must be a whole number, at least 2, got ""'],
    ["61", "the class"],
    ["31", 'the class "Oslo" of "town" has 30 rows, too few to stand in every fold. Give --folds 30 or fewer.'],
    ["99999999999", "the table has 60 rows. Give --folds 60 or fewer."],
  ])("refuses %j before it learns", async (folds, message) => {
    const [exitCode, said] = await refused(table, `--folds=${folds}`);
    expect(exitCode).toBe(2);
    expect(said).toMatch(/^--folds/);
    if (folds !== "61") expect(said).toContain(message);
  });

  test("refuses more folds than the rarest class has rows, and more than there are rows of a quantity", async () => {
    const rare = folder.write("rare.csv", people(60).replace("Rome", "Bern"));
    expect(await refused(rare, "--folds", "2")).toEqual([
      2,
      '--folds 2: the class "Bern" of "town" has 1 row, too few to stand in every fold. Leave --folds out, or leave those rows out of the table.',
    ]);
    const few = await wasmgrad(["train", table, "--target", "height", "--folds", "58", ...out()]);
    expect(few).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("the table has 57 rows") });
    const tiny = folder.write("tiny.csv", people(8));
    expect(await refused(tiny, "--folds", "2")).toEqual([2, "--folds 2: 8 rows are too few to put some aside."]);
  });
});

describe("--group and --time", () => {
  const rows = Array.from(
    { length: 60 },
    (_, i) =>
      `${i % 6},2025-01-${String(1 + (i % 28)).padStart(2, "0")},${i % 9},${(i + Math.floor(i / 6)) % 2 ? "Oslo" : "Rome"},${i}`,
  );
  const grouped = folder.write("grouped.csv", ["patient,day,x,town,value", ...rows, ""].join("\n"));

  test("groups stay together and are not learnt from", async () => {
    const { stdout } = await train(grouped, "town", "--folds", "3", "--group", "patient", "--drop", "value");
    expect(stdout).toMatch(/learnt from: day \(date\), x \(number\)\n/);
    expect(stdout).toMatch(/patient \(says which rows belong together\)/);
    expect(stdout).toContain("over 3 folds\n  each patient in one of them\n");
    const asked = await json(grouped, "town", "--group", "patient", "--features", "patient,x");
    expect(asked.features).toEqual(["patient", "x"]);
    expect(await refused(grouped, "--folds", "7", "--group", "patient")).toEqual([
      2,
      '--folds 7: the table has 6 groups in "patient". Give --folds 6 or fewer.',
    ]);
  });

  test("later rows are judged by what was learnt from earlier ones", async () => {
    const { stdout, stderr, exitCode } = await train(grouped, "value", "--folds", "3", "--time", "day");
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain("over 3 folds\n  each later by day than what was learnt from\n");
    expect(await refused(grouped, "--folds", "28", "--time", "day")).toEqual([
      2,
      '--folds 28: the table has 28 different times in "day", of which the first is for learning only. Give --folds 27 or fewer.',
    ]);
    // A column may say the time and not be learnt from.
    const { features } = await json(grouped, "value", "--time", "day", "--drop", "day");
    expect(features).not.toContain("day");
  });

  test("a class that stands in one group only cannot be judged", async () => {
    const alone = folder.write(
      "alone.csv",
      ["patient,x,town", ...rows.map((_, i) => `${i % 3},${i},${["Rome", "Oslo", "Bern"][i % 3]}`), ""].join("\n"),
    );
    const [exitCode, said] = await refused(alone, "--folds", "3", "--group", "patient");
    expect([exitCode, said]).toEqual([
      2,
      expect.stringMatching(/^--folds 3: of fold 1, the class ".*" of "town" is not among/),
    ]);
  });

  test("refuses columns that are not there, that are learnt, that have gaps, or no times", async () => {
    expect(await refused(grouped, "--group", "patent")).toEqual([
      2,
      '--group: there is no column "patent". Did you mean "patient"?',
    ]);
    expect(await refused(grouped, "--time", "town")).toEqual([2, expect.stringContaining("is what is to be learnt")]);
    expect(await refused(grouped, "--group", "x", "--time", "day")).toEqual([
      2,
      expect.stringContaining("exclude each other"),
    ]);
    const colours = folder.write("colours.csv", people(60));
    expect(await refused(colours, "--time", "colour")).toEqual([
      2,
      expect.stringContaining("expected dates or numbers"),
    ]);
    expect(await refused(colours, "--group", "height")).toEqual([
      2,
      expect.stringContaining("--group: row 20 has no value"),
    ]);
  });
});

describe("--search", () => {
  const search = async (...args: string[]) => {
    const model = folder.path("found.safetensors");
    const line = ["train", table, "--target", "town", "--epochs", "4", "--out", model, ...args];
    const { exitCode, stdout, stderr } = await wasmgrad(line);
    expect(exitCode, stderr).toBe(0);
    return { stdout, stderr, bytes: readFileSync(model) };
  };

  test("finds the same for any number of workers, and trains the best anew on all rows", async () => {
    const [one, three] = [
      await search("--search", "4", "--workers", "1", "--json"),
      await search("--search", "4", "--workers", "3", "--json"),
    ];
    expect(three.bytes.equals(one.bytes)).toBe(true);
    const found = JSON.parse(one.stdout);
    expect(JSON.parse(three.stdout).search).toEqual(found.search);
    expect(found.search).toMatchObject({ strategy: "random", trials: 4, metric: "loss", better: "min" });
    const { best, rows } = found.search;
    expect(best.score).toBe(Math.min(...rows.map(({ score }: { score: number }) => score)));
    expect(found.training).toMatchObject({ ...best.parameters, seed: 1 });
    expect(found.learntRows).toBe(60);
    const other = await search("--search", "4", "--seed", "9", "--json");
    expect(JSON.parse(other.stdout).search.rows).not.toEqual(rows);
  }, 120_000);

  test("lists the best networks in lines that fit, with the layers that were set", async () => {
    for (const columns of [60, 80, 120]) {
      const model = folder.path("listed.safetensors");
      const args = ["train", table, "--target", "town", "--epochs", "2", "--hidden", "5", "--out", model, "--search=3"];
      const { stdout } = await wasmgrad(args, { columns });
      expect(stdout).toMatch(/Search: 3 networks, compared by 5 folds\n +rank +loss +layers +rate +drop +decay\n +1 /);
      expect(stdout).toMatch(/the\s+best\s+of\s+3\s+networks/);
      const block = stdout.slice(stdout.indexOf("Search:"), stdout.indexOf("Trained"));
      for (const line of block.split("\n")) expect(line.length, line).toBeLessThan(columns);
      expect(block.match(/^ +\d .* 5 +/gm)).toHaveLength(3);
    }
  }, 120_000);

  test("takes a number or none, and what else follows is the table", async () => {
    for (const [text, message] of [
      ["0", 'got "0"'],
      ["-1", 'got "-1"'],
      ["2.5", 'got "2.5"'],
      ["1e3", 'got "1e3"'],
      ["70000", "at most 65536"],
    ]) {
      expect(await refused(table, "--search", text)).toEqual([2, expect.stringContaining(message)]);
    }
    expect(await refused(table, "--search", "many")).toEqual([2, expect.stringContaining("2 given")]);
    expect(await refused(table, "--serach", "5")).toEqual([2, expect.stringContaining('Did you mean "--search"?')]);
    expect(await refused(table, "--workers", "2")).toEqual([2, "--workers is of --search. Give that, too."]);
    const tiny = folder.write("tiny2.csv", people(8));
    expect(await refused(tiny, "--search", "2")).toEqual([2, expect.stringContaining("none can be put aside")]);
    const line = ["train", "--search", folder.write("first.csv", people(8)), "--target", "town", ...out()];
    expect((await wasmgrad(line)).stderr).toContain("none can be put aside");
  });

  test("with folds: they are learnt with the network that was found; a class of one row does not end it", async () => {
    const rare = folder.write("lone.csv", people(60).replace("Rome", "Bern"));
    const args = ["--epochs", "3", "--out", folder.path("lone.safetensors"), "--search", "2", "--json"];
    const alone = await wasmgrad(["train", rare, "--target", "town", ...args]);
    expect(alone.exitCode, alone.stderr).toBe(0);
    const { search: found, crossValidation } = JSON.parse(
      (await wasmgrad(["train", table, "--target", "town", "--folds", "2", ...args])).stdout,
    );
    expect([found.trials, crossValidation.folds]).toEqual([2, 2]);
  }, 120_000);
});

describe("evaluate", () => {
  const model = folder.path("known.safetensors");
  beforeAll(async () => {
    await wasmgrad(["train", table, "--target", "town", ...SMALL, "--out", model, "--report", "", "--quiet"]);
  });

  test("writes the page of a report about the rows, and says what it compares with", async () => {
    const page = folder.path("evaluated.html");
    const { exitCode, stdout } = await wasmgrad(["evaluate", model, table, "--report", page]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /What\s+is\s+always\s+the\s+same\s+is\s+the\s+most\s+frequent\s+class.*of\s+these\s+rows\s+themselves/s,
    );
    expect(stdout).toContain(`The report is ${page}.`);
    const html = readFileSync(page, "utf8");
    expect(html).toContain("known on");
    const right = Number(/right +([\d.]+) %/.exec(stdout)![1]);
    expect(html.replaceAll("\u202f", " ")).toContain(`${Number(right.toPrecision(3))}`);
    const again = JSON.parse((await wasmgrad(["evaluate", model, table, "--json", "--report", page])).stdout);
    expect(again).toMatchObject({ report: page, rows: 60, comparedWith: "these rows" });
    for (const columns of [60, 80, 120]) {
      const lines = (await wasmgrad(["evaluate", model, table], { columns })).stdout.split("\n");
      for (const line of lines.slice(2)) expect(line.length, line).toBeLessThan(columns);
    }
  });

  test("leaves a page of somebody else alone", async () => {
    const foreign = folder.write("foreign.html", "<!doctype html><title>Mine</title>");
    const { exitCode, stderr, stdout } = await wasmgrad(["evaluate", model, table, "--report", foreign]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toContain("has not written");
    expect(readFileSync(foreign, "utf8")).toContain("Mine");
  });
});

test("a report about no rows is refused instead of forgotten", async () => {
  expect(await refused(table, "--test", "0", "--report", folder.path("none.html"))).toEqual([
    2,
    "--report is about rows that were put aside, and --test 0 puts none aside. Leave one out.",
  ]);
});
