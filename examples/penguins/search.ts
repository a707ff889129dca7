/**
 * Looks for the net that tells penguins apart best, and tests it on penguins that the search has not seen:
 * `npx tsx examples/penguins/search.ts [seed]`.
 */
import { createRequire } from "node:module";
import { data } from "wasmgrad";
import { accuracyOf, findNet, readTable } from "./bestNet";

const seed = Number(process.argv[2] ?? 0);
const table = await readTable(createRequire(import.meta.url).resolve("@observablehq/sample-datasets/penguins.csv"));
const { train, test } = data.trainTest(table, { test: 0.2, seed });

const result = await findNet(train, seed, 2);
console.log(result.toString(process.stdout.columns));
const percent = (100 * (await accuracyOf(result, test))).toFixed(1);
console.log(`The best, trained on all ${train.rowCount} rows, knows ${percent} % of ${test.rowCount} others.`);
