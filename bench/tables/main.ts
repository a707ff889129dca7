// What `wasmgrad train` reaches on the tables of tables.json with its defaults, beside scikit-learn's network, which was prepared
// for each table by hand (reference.py).
//
//   npm run build && npx tsx bench/tables/split.ts && npx tsx bench/tables/main.ts [NAME …] [--seeds 1,2]
//   npx tsx bench/tables/main.ts --table      writes bench/results/tables.md anew from results.json and reference.json
//
// Runs the program of the package: `train` on the training part of each split, with no option but the target, the seed and what
// OPTIONS says, then `evaluate` on the test part. Writes results.json and bench/results/tables.md.
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { shellWord } from "../../src/cli/waysOut";
import reference from "./reference.json";
import { fileOf, SEEDS, type TableEntry } from "./split";
import tables from "./tables.json";

/** What has to be said of a table beside its target, and why. */
const OPTIONS: Readonly<Record<string, { readonly flags: readonly string[]; readonly why: string }>> = {
  birdstrikes: {
    flags: ["--only-missing", "Effect Amount of damage="],
    why: '"None" is a class, not a gap',
  },
  pizza: { flags: ["--drop", "revenue"], why: "revenue is price × orders, which are to be learnt" },
};

interface Scores {
  metric: "accuracy" | "r2";
  /** By seed. */
  wasmgrad: Record<string, number>;
  seconds: Record<string, number>;
  trivial: Record<string, number>;
}

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const program = path("../../dist/cli.mjs");
const folder = mkdtempSync(join(tmpdir(), "wasmgrad-tables-"));
const run = promisify(execFile);

async function wasmgrad(...args: string[]) {
  const { stdout } = await run(process.execPath, [program, ...args, "--json"], { maxBuffer: 2 ** 28 });
  return JSON.parse(stdout);
}

/** Trains on one split, and is judged by the rows of its test part. */
async function scoreOf({ name, target, format }: TableEntry, seed: number) {
  const file = (part: "train" | "test") => `${fileOf(name, seed, part)}.${format}`;
  const model = join(folder, "model.safetensors");
  const flags = OPTIONS[name]?.flags ?? [];
  const begin = performance.now();
  await wasmgrad("train", file("train"), "--target", target, "--seed", String(seed), "--out", model, ...flags);
  const seconds = (performance.now() - begin) / 1000;
  const [judged] = (await wasmgrad("evaluate", model, file("test"))).targets;
  const metric = "accuracy" in judged ? ("accuracy" as const) : ("r2" as const);
  const trivial = metric === "accuracy" ? judged.trivialAccuracy : judged.trivialR2;
  return { metric, score: judged[metric] as number, trivial: trivial as number, seconds };
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** The deviation of a mean of seeds, from their own. */
function deviation(values: readonly number[]): number {
  const center = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
}

type Reference = Record<string, { net: number[]; linear: number[]; trivial: number[] }>;

const spread = (values: readonly number[]): string => `${mean(values).toFixed(3)} ± ${deviation(values).toFixed(3)}`;

/** A line of the table of results. */
function lineOf(name: string, { metric, wasmgrad, trivial, seconds }: Scores): string {
  const seeds = Object.keys(wasmgrad).map(Number);
  const known = (reference.tables as unknown as Reference)[name];
  const of = (values: readonly number[]) => seeds.map((seed) => values[seed - 1]);
  const apart = known ? seeds.map((seed) => wasmgrad[seed] - known.net[seed - 1]) : [];
  const difference = known ? `${mean(apart) < 0 ? "" : "+"}${spread(apart)}`.replace("-", "−") : "–";
  const fewer = seeds.length < SEEDS.length ? ` (${seeds.length} of ${SEEDS.length} splits)` : "";
  const cells = [
    name + fewer,
    metric === "r2" ? "R²" : metric,
    spread(Object.values(wasmgrad)),
    known ? spread(of(known.net)) : "–",
    difference,
    known ? mean(of(known.linear)).toFixed(3) : "–",
    mean(Object.values(trivial)).toFixed(3),
    mean(Object.values(seconds)).toFixed(1),
    OPTIONS[name] ? `\`${OPTIONS[name].flags.map(shellWord).join(" ")}\`: ${OPTIONS[name].why}` : "",
  ];
  return `| ${cells.join(" | ")} |`;
}

function markdown(all: Readonly<Record<string, Scores>>): string {
  const known = tables.filter(({ name }) => all[name]);
  const lines = known.map(({ name }) => lineOf(name, all[name]));
  const free = known.filter(({ name }) => !OPTIONS[name]).length;
  return [
    "# Tables",
    "",
    "`wasmgrad train` on four fifths of each table, judged by the others; means of five splits, ± their deviation. Beside it on the same",
    "rows scikit-learn's multilayer perceptron with preprocessing made for each table by hand, hidden layers and weight decay chosen by",
    `cross-validation for up to 4,000 rows and not for more (\`reference.py\`, ${reference.made}), and its linear model.`,
    "The difference is that of the two networks split by split, ± its deviation. Trivial is the most frequent class of the rows judged by,",
    `or their mean. ${free} of ${known.length} tables need no option. Seconds are those of a busy machine of two cores. Made by`,
    "`bench/tables/main.ts`.",
    "",
    "| table | score | wasmgrad | scikit-learn's net | difference | linear | trivial | seconds | options |",
    "|---|---|---|---|---|---|---|---|---|",
    ...lines,
    "",
  ].join("\n");
}

async function main(): Promise<void> {
  const options = { seeds: { type: "string" }, table: { type: "boolean" } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (!values.table && !existsSync(program)) throw new Error("There is no dist/cli.mjs. Run: npm run build");
  const seeds = values.seeds ? values.seeds.split(",").map(Number) : SEEDS;
  const results = path("results.json");
  const all: Record<string, Scores> = existsSync(results) ? JSON.parse(readFileSync(results, "utf8")) : {};
  for (const entry of values.table ? [] : tables) {
    if (positionals.length > 0 && !positionals.includes(entry.name)) continue;
    const scores: Scores = { metric: "r2", wasmgrad: {}, seconds: {}, trivial: {} };
    for (const seed of seeds) {
      const { metric, score, trivial, seconds } = await scoreOf(entry, seed);
      scores.metric = metric;
      scores.wasmgrad[seed] = Number(score.toFixed(4));
      scores.trivial[seed] = Number(trivial.toFixed(4));
      scores.seconds[seed] = Number(seconds.toFixed(1));
    }
    all[entry.name] = scores;
    console.log(lineOf(entry.name, scores));
    writeFileSync(results, `${JSON.stringify(all, null, 2)}\n`);
  }
  writeFileSync(path("../results/tables.md"), markdown(all));
}

await main();
