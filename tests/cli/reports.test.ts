// Situations of public bug reports about tools that train and predict from the command line, rebuilt.
import { beforeAll, describe, expect, test } from "vitest";
import { makeFolder, people, wasmgrad } from "./inProcess";

const folder = makeFolder();
const table = folder.write("people.csv", people(80));
const model = folder.path("people.safetensors");
const HEAD = "age,height,colour";
const ROWS = ["30,186,red", "41,168,blue", "22,171.5,green", "35,190,red"];

beforeAll(async () => {
  await wasmgrad(["train", table, "--target", "town", "--epochs", "30", "--out", model, "--quiet"]);
}, 120_000);

let count = 0;
const predict = async (content: string | Uint8Array, ...args: string[]) =>
  wasmgrad(["predict", model, folder.write(`rows${count++}.csv`, content), ...args]);
const answers = async (content: string | Uint8Array, ...args: string[]) => {
  const { exitCode, stdout, stderr } = await predict(content, ...args);
  expect(exitCode, stderr).toBe(0);
  return stdout.trim().split("\n").slice(1);
};
const straight = () => answers(`${HEAD}\n${ROWS.join("\n")}\n`);

describe("predict", () => {
  // szilard/xgboost-adv-workshop-LA #10, scikit-learn #7242, dssg/triage #170: columns were matched by position.
  test("matches columns by name in every order, with others between them", async () => {
    const known = await straight();
    for (const order of [
      [2, 1, 0],
      [1, 2, 0],
      [0, 2, 1],
    ]) {
      const lines = [HEAD, ...ROWS].map((line, i) => {
        const cells = order.map((place) => line.split(",")[place]);
        return ["id", ...cells].map((cell, k) => (k === 0 && i > 0 ? `x${i}` : cell)).join(",");
      });
      expect(await answers(`${lines.join("\n")}\n`)).toEqual(known);
    }
  });

  // wwu-mmll/confound_corrected_cpm #18: predictions were in another order than the rows.
  test("answers in the order of the rows, also when they stream in parts", async () => {
    const heights = Array.from({ length: 25_000 }, (_, i) => (i % 3 === 0 ? 190 : 165));
    const rows = heights.map((height) => `30,${height},red`);
    const said = await answers(`${HEAD}\n${rows.join("\n")}\n`);
    const [tall, small] = [said[0], said[1]];
    expect(tall).not.toBe(small);
    expect(said).toEqual(heights.map((height) => (height === 190 ? tall : small)));
  });

  // solgenomics/sgn #5700: a file of a spreadsheet begins with a BOM, and its first column was not found.
  test("finds the first column behind a byte order mark, in UTF-8 and UTF-16", async () => {
    const text = `${HEAD}\r\n${ROWS.join("\r\n")}\r\n`;
    const known = await straight();
    expect(await answers(`\ufeff${text}`)).toEqual(known);
    expect(await answers(Buffer.from(`\ufeff${text}`, "utf16le"))).toEqual(known);
  });

  // PapaParse #161, #150, #264, #604, #889; csv-parse #122; danvk/localturk #21: ends of files made rows, or lost them.
  test.each([
    ["no line end", ""],
    ["a line end", "\n"],
    ["empty lines", "\n\n\n"],
    ["line ends of Windows", "\r\n\r\n"],
    ["a line of blanks", "\n  \n"],
  ])("gives as many answers as there are rows with %s at the end", async (_, end) => {
    expect(await answers(`${HEAD}\n${ROWS.join("\n")}${end}`)).toEqual(await straight());
  });

  // PapaParse #238: the last record ended with an empty quoted value, and a quote was read.
  test('reads "" at the very end as a gap', async () => {
    const one = await predict(`${HEAD}\n30,186,""`);
    const two = await predict(`${HEAD}\n30,186,\n`);
    expect(one).toEqual(two);
    expect(one.stderr).toBe("wasmgrad: gaps were filled: colour 1\n");
  });

  // csvkit #876, #805: "2523,00" was read as 252300.
  test("never takes a decimal comma for thousands", async () => {
    const known = await answers(`${HEAD}\n30,186.25,red\n41,168.5,blue\n`);
    const german = "age;height;colour\n30;186,25;red\n41;168,5;blue\n";
    const refusedOne = await predict(german);
    expect(refusedOne).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(
        /rows\d+\.csv: line 2, column "height": "186,25" has a decimal comma, expected decimal points\. Give --decimal height=, if/,
      ),
    });
    expect(refusedOne.stdout).toBe("");
    expect(await answers(german, "--decimal", "height=,")).toEqual(known);
    expect(await answers(german, "--decimal", ",")).toEqual(known);
    expect(await answers('age,height,colour\n30,"186,25",red\n41,"168,5",blue\n', "--decimal", ",")).toEqual(known);
    const open = await predict('age,height,colour\n30,"1,186",red\n');
    expect(open.stderr).toMatch(
      /may stand between thousands or before decimals\. Give --decimal height=\. for thousands, or --decimal height=, for decimals/,
    );
    // JSON is a table like another.
    const json = await predict('[{ "age": 30, "height": "186,25", "colour": "red" }]', "--json");
    expect(json).toMatchObject({ exitCode: 1, stdout: "", stderr: expect.stringContaining("has a decimal comma") });
  });

  // ludwig #205, #387; csvdiff3 #4: a column that is missing was a KeyError from deep inside.
  test("names the column that is missing, and the one that may be meant", async () => {
    const { exitCode, stderr, stdout } = await predict("age,hieght,colour\n30,186,red\n");
    expect(exitCode).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/column "height" is missing, which the model was trained with\. Did you mean "hieght"\?/);
  });

  // automl/auto-sklearn #1141, nyanp/nyaggle #22: a category that training did not have ended the program.
  test("goes on with a category that training did not have, and says so", async () => {
    const { exitCode, stdout, stderr } = await predict(`${HEAD}\n30,186,mauve\n`);
    expect([exitCode, stdout.trim().split("\n")[1].split(",")[0]]).toEqual([0, "Oslo"]);
    expect(stderr).toContain("count as others: colour 1");
  });

  // wireservice/csvkit #433: one quote in a cell hid the rows behind it.
  test("says where a quote is not closed, instead of losing rows", async () => {
    const { exitCode, stderr } = await predict(`${HEAD}\n30,186,"red\n41,168,blue\n22,171,green\n`);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/line \d/);
    expect(stderr).toMatch(/quote/);
  });
});

describe("evaluate", () => {
  // autogluon #4910: rows of a class that training did not have ended the evaluation.
  test("counts a class that training did not have as a mistake", async () => {
    const rows = people(20).replace("Rome", "Bern");
    const { exitCode, stdout, stderr } = await wasmgrad(["evaluate", model, folder.write("bern.csv", rows), "--json"]);
    expect(exitCode, stderr).toBe(0);
    const [{ classes, accuracy }] = JSON.parse(stdout).targets;
    expect(classes).toContainEqual({ name: "Bern", rows: 1, right: 0 });
    expect(accuracy).toBeLessThanOrEqual(19 / 20);
  });
});

describe("train", () => {
  // autogluon #2509: a target that is infinite was predicted with anything.
  test("refuses a target that is no finite number", async () => {
    const infinite = folder.write("infinite.csv", "a,y\n1,2\n2,inf\n3,4\n5,6\n");
    const out = folder.path("infinite.safetensors");
    const { exitCode, stderr } = await wasmgrad(["train", infinite, "--target", "y", "--out", out]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/infinite\.csv: line 3, column "y"/);
  });

  // kootenpv/whereami #50, Geochemistrypi #406: folds than which a class has fewer rows ended in an error about n_splits.
  test("says which class has too few rows for the folds", async () => {
    const rare = folder.write(
      "rare.csv",
      people(60).replaceAll("Rome", "Bern").replace("Bern", "Rome").replace("Bern", "Rome"),
    );
    const { exitCode, stderr } = await wasmgrad([
      "train",
      rare,
      "--target",
      "town",
      "--folds",
      "10",
      "--out",
      folder.path("r.st"),
    ]);
    expect([exitCode, stderr]).toEqual([
      2,
      'wasmgrad: --folds 10: the class "Rome" of "town" has 2 rows, too few to stand in every fold. Give --folds 2 or fewer.\n',
    ]);
  });

  // lightgbm #4020: predictions changed when the column of groups was not there at predict.
  test("does not need the column of groups to predict", async () => {
    const lines = people(60).trim().split("\n");
    const grouped = folder.write(
      "groups.csv",
      `${lines.map((line, i) => `${i === 0 ? "house" : `h${i % 6}`},${line}`).join("\n")}\n`,
    );
    const out = folder.path("groups.safetensors");
    await wasmgrad([
      "train",
      grouped,
      "--target",
      "town",
      "--group",
      "house",
      "--epochs",
      "5",
      "--out",
      out,
      "--quiet",
    ]);
    const withIt = await wasmgrad(["predict", out, folder.write("with.csv", `house,${HEAD}\nh1,${ROWS[0]}\n`)]);
    const without = await wasmgrad(["predict", out, folder.write("no.csv", `${HEAD}\n${ROWS[0]}\n`)]);
    expect(withIt).toEqual(without);
    expect(without.exitCode).toBe(0);
  });
});
