import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, it } from "vitest";
import { accuracyOf, findNet, readTable } from "../../examples/penguins/bestNet";
import { learn, makeClassifier, prepare, readPenguins } from "../../examples/penguins/penguins";
import { loadModel } from "../../src/inference";
import { data, type Tensor } from "../../src/index";

const path = createRequire(import.meta.url).resolve("@observablehq/sample-datasets/penguins.csv");
const text = readFileSync(path, "utf8");

it("reads the table as it stands: names as columns of 0 and 1, gaps as NaN", async () => {
  const table = await readPenguins(text);
  expect(table.size).toBe(344);
  expect(table.classNames).toEqual(["Adelie", "Chinstrap", "Gentoo"]);
  const lines = text.trim().split(/\r?\n/).slice(1);
  const { x, y } = await table.toTensors();
  const features = table.featureNames.length;
  for (const [i, line] of lines.entries()) {
    const [species, island, , , , grams, sex] = line.split(",");
    const row = (x as Tensor).data.subarray(features * i, features * (i + 1));
    const of = (name: string) => row[table.featureNames.indexOf(name)];
    expect(table.classNames![(y as Tensor).data[i]]).toBe(species);
    expect(["Biscoe", "Dream", "Torgersen"].map((name) => of(`island=${name}`))).toEqual(
      ["Biscoe", "Dream", "Torgersen"].map((name) => Number(name === island)),
    );
    expect(of("body_mass_g")).toBe(Number(grams));
    expect([of("sex=FEMALE"), of("sex=MALE")]).toEqual([Number(sex === "FEMALE"), Number(sex === "MALE")]);
  }
});

it("fills gaps with the means of the training part, recognises species it has not seen, and can be kept in a file", async () => {
  const table = await readPenguins(text);
  const parts = await prepare(table, 0);
  expect([parts.train.size, parts.validation.size, parts.test.size]).toEqual([206, 69, 69]);
  for (const part of Object.values(parts)) {
    expect(((await part.toTensors()).x as Tensor).data.every(Number.isFinite)).toBe(true);
  }
  const model = await makeClassifier(parts, 3, 0);
  const { epoch } = await learn(model, parts);
  expect(epoch.length).toBeLessThan(500);
  const { accuracy } = await model.evaluate(parts.test);
  expect(accuracy).toBeGreaterThan(0.95);

  const x = (await parts.test.toTensors()).x as Tensor;
  const kept = await loadModel(await model.toBytes());
  expect((await kept.predict(x)).data).toEqual(((await model.predict(x)) as Tensor).data);
});

it("searches for the best net by folds, which recognises species that the search has not seen", {
  timeout: 60_000,
}, async () => {
  const { train, test } = data.trainTest(await readTable(path), { test: 0.2, seed: 0 });
  const result = await findNet(train, 0, 1);
  expect(result.rows.map(({ round }) => round).toSorted()).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 2]);
  expect(result.best.round).toBe(2);
  expect(await accuracyOf(result, test)).toBeGreaterThan(0.95);
});
