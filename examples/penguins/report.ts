/**
 * Trains on the table of penguins as it is, and writes what came of it: `npx tsx examples/penguins/report.ts [seed]`. The report is
 * printed, and as a page in penguins.report.html.
 */
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { callbacks, data, pipeline, report, tableModel } from "wasmgrad";

const seed = Number(process.argv[2] ?? 0);
const path = createRequire(import.meta.url).resolve("@observablehq/sample-datasets/penguins.csv");
const table = await data.table(await readFile(path, "utf8"), { target: "species" });
const { train, test } = data.trainTest(table, { seed });

const steps = await pipeline(train);
const model = tableModel(steps, { hidden: [16], seed, learningRate: 0.01 });
const { x, y } = await steps.apply(train);
const stop = callbacks.earlyStopping({ monitor: "valLoss", patience: 20, restoreBestWeights: true });
const history = await model.fit(x, y, { epochs: 200, batchSize: 16, validationSplit: 0.2, callbacks: [stop] });

const found = await report(model, test, { history, train, seed, title: "Species of penguins" });
console.log(String(found));
await writeFile("penguins.report.html", found.html());
console.log("Open penguins.report.html in a browser.");
