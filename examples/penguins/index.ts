/**
 * Tells three species of penguins apart, from a table with gaps: `npx tsx examples/penguins/index.ts [seed]`. Writes the
 * model to penguins.safetensors, and reads it again with the part of the package that predicts only.
 */
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Tensor } from "wasmgrad";
import { loadModel } from "wasmgrad/inference";
import { learn, makeClassifier, prepare, readPenguins } from "./penguins";

const FILE = "penguins.safetensors";
const seed = Number(process.argv[2] ?? 0);
const path = createRequire(import.meta.url).resolve("@observablehq/sample-datasets/penguins.csv");
const table = await readPenguins(await readFile(path, "utf8"));
const species = table.classNames!;
console.log(`${table.size} penguins: ${table.featureNames.join(", ")}`);

const parts = await prepare(table, seed);
const model = await makeClassifier(parts, species.length, seed);
const { history, epoch } = await learn(model, parts);
const best = Math.min(...history.valLoss!);
console.log(`${epoch.length} epochs; the loss on the validation part fell to ${best.toFixed(3)}`);

const results = await model.evaluate(parts.test);
const counts = results.confusionMatrix as Tensor;
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
console.log(
  `Of ${parts.test.size} others ${percent(results.accuracy as number)} are recognised. Each row is one species:`,
);
for (const [i, name] of species.entries()) {
  const row = species.map((guess, j) => `${counts.data[i * species.length + j]} taken for ${guess}`);
  console.log(`  ${name}: ${row.join(", ")}`);
}

await writeFile(FILE, await model.toBytes());
const predictor = await loadModel(await readFile(FILE));
const first = await parts.test.take(1).toTensors();
const chances = (await predictor.predict(first.x as Tensor)).data;
const said = species.map((name, i) => `${name} ${percent(chances[i])}`).join(", ");
console.log(`${FILE}, read again, says of a bird that is ${species[(first.y as Tensor).data[0]]}: ${said}`);
