// npm run bench bands -- [task …] [--seeds n] [--first n] [--steps n] [--json]
// Trains recipes whose figures are known from PyTorch, and says whether the means over some seeds lie in their bands. The same data,
// splits and orders; weights drawn by this library from the same distributions. Without a task: the five quick ones.
// gpt and lstm stop behind --steps (500, 1000 or 2000); --first is the first seed, 0 unless given.
import { parseArgs } from "node:util";
import { hourly, weather } from "./forecasts";
import { names } from "./names";
import { ratings } from "./ratings";
import type { Band, Figures, Recipe } from "./recipe";
import { spam } from "./spam";
import { gpt, lstm } from "./text";

const quick: Readonly<Record<string, Recipe>> = { names, weather, hourly, ratings, spam };
const recipes: Readonly<Record<string, Recipe | ((steps: number) => Recipe)>> = { ...quick, lstm, gpt };

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: "string" },
    first: { type: "string", default: "0" },
    steps: { type: "string", default: "2000" },
    json: { type: "boolean" },
  },
});
const unknown = positionals.find((task) => !Object.hasOwn(recipes, task));
if (unknown !== undefined) throw new RangeError(`There is no task ${unknown}: choose of ${Object.keys(recipes)}.`);

/** A whole number. */
function countOf(name: string, given: string, least = 1): number {
  const count = Number(given);
  if (given !== "" && Number.isInteger(count) && count >= least) return count;
  throw new RangeError(`--${name} must be a whole number from ${least}, got ${given}.`);
}

const steps = countOf("steps", options.steps);
const first = countOf("first", options.first, 0);
if (steps < 500) throw new RangeError(`--steps must be 500 or more, where the first figures are taken, got ${steps}.`);

/** Whether a mean lies in its band, and which end it misses. */
function placeOf(
  mean: number,
  { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY }: Band,
): string {
  if (mean < atLeast) return `BELOW ${atLeast.toFixed(4)}`;
  if (Number.isNaN(mean)) return "NOT A NUMBER";
  return mean > atMost ? `ABOVE ${atMost.toFixed(4)}` : "in the band";
}

function show(task: string, { bands }: Recipe, runs: readonly Figures[]): void {
  console.log(`\n${task}, ${runs.length} ${runs.length === 1 ? "seed" : "seeds"}`);
  for (const [name, band] of Object.entries(bands)) {
    const values = runs.map((figures) => figures[name]).filter((value) => value !== undefined);
    if (values.length === 0) continue;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const range = `${Math.min(...values).toFixed(4)} to ${Math.max(...values).toFixed(4)}`;
    const line = `  ${name.padEnd(38)} ${mean.toFixed(4)} (${range})`;
    console.log(`${line}, PyTorch ${band.reference}: ${placeOf(mean, band)}`);
    if (placeOf(mean, band) !== "in the band") process.exitCode = 1;
  }
}

const all: Record<string, Figures[]> = {};
for (const task of positionals.length > 0 ? positionals : Object.keys(quick)) {
  const given = recipes[task];
  const recipe = typeof given === "function" ? given(steps) : given;
  const seeds = options.seeds === undefined ? recipe.seeds : countOf("seeds", options.seeds);
  all[task] = [];
  for (let seed = first; seed < first + seeds; seed++) {
    const start = performance.now();
    all[task].push(await recipe.run(seed));
    console.error(`${task}, seed ${seed}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
  if (!options.json) show(task, recipe, all[task]);
}
if (options.json) console.log(JSON.stringify(all, undefined, 2));
