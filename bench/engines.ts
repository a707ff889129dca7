// npm run bench:engines [filter] [-- --rounds 5]
// Whole models (or what the filter names) on one core under this Node and a newer one, strict, relaxed, and with V8's
// re-vectoriser, each way in a process of its own, in turns. The newer Node is the one of `npm run matrix:install`.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Bar, barChart } from "./chart";
import type { Line } from "./item";
import { describeMachine, type Machine, showMachine } from "./machine";
import { median, medianRatio } from "./measure";
import { writeResults } from "./report";
import { ABSENT, percent, showRate, table } from "./table";

/** A way to run the same modules. */
interface Way {
  readonly name: string;
  readonly program: string;
  readonly variant: string;
  readonly options: readonly string[];
}

/** What the turns of one way gave for one item. */
interface Result {
  readonly name: string;
  readonly lines: readonly Line[];
}

const newer = resolve("build/matrix/programs/node_modules/node26/bin/node");
if (!existsSync(newer)) throw new Error("There is no newer Node yet. Run: npm run matrix:install");

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "5" } },
});
const [filter = "models"] = positionals;
const rounds = Number(options.rounds);

const versionOf = (program: string) => execFileSync(program, ["--version"], { encoding: "utf8" }).trim().slice(1);
const [here, there] = [process.execPath, newer].map((program) => `Node ${versionOf(program)}`);
const ways: readonly Way[] = [
  { name: here, program: process.execPath, variant: "strict", options: [] },
  { name: there, program: newer, variant: "strict", options: [] },
  { name: `${there}, relaxed`, program: newer, variant: "relaxed", options: [] },
  { name: `${there}, 256 bits`, program: newer, variant: "strict", options: ["--revectorizer"] },
];

/** One turn: all items, in a process that ends. */
function measure({ program, variant, options: further }: Way): readonly Line[] {
  const parameters = [
    "--import",
    "tsx",
    "bench/main.ts",
    filter,
    "--quick",
    "--json",
    "--variants",
    variant,
    ...further,
  ];
  const output = execFileSync(program, parameters, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return JSON.parse(output).lines;
}

const turns: (readonly Line[])[][] = ways.map(() => []);
for (let round = 0; round < rounds; round++) {
  for (const [i, way] of ways.entries()) {
    console.error(`round ${round + 1} of ${rounds}: ${way.name}`);
    turns[i].push(measure(way));
  }
}

/** By item: what each way made of it. */
const items = turns[0][0].map(({ item }, index) => ({
  item,
  results: ways.map(({ name }, i): Result => ({ name, lines: turns[i].map((lines) => lines[index]) })),
}));
const times = ({ lines }: Result) => lines.map(({ nanoseconds }) => nanoseconds);
const rateOf = ({ lines }: Result) => median(lines.map(({ rate }) => rate));

const rows = items.flatMap(({ item, results }) =>
  results.map((result) => {
    const shares = result.lines.flatMap(({ shareOfPeak }) => shareOfPeak ?? []);
    return [
      item,
      result.name,
      showRate(rateOf(result), result.lines[0].unit),
      shares.length ? percent(median(shares)) : ABSENT,
      // The second way is the one that the others are compared with.
      medianRatio(times(results[1]), times(result)).toFixed(2),
    ];
  }),
);
const machine: Machine = describeMachine();
const text = table(["what", "where", "rate", "share of peak", `× ${there}`], rows);
console.log(`${showMachine(machine)}\n\n${text}`);

if (filter === "models") {
  const title = "The same training under two engines, one core";
  const panels = items.map(({ item, results }) => ({
    title: item,
    unit: results[0].lines[0].unit,
    bars: results.map((result, i): Bar => {
      const value = rateOf(result);
      return { label: result.name, value, text: showRate(value, result.lines[0].unit), isMain: i === 1 };
    }),
  }));
  const markdown = `# ${title}\n\nMade by \`npm run bench:engines -- --rounds ${rounds}\` on ${showMachine(machine)}.\n\n${text}\n`;
  writeResults("engines", markdown, barChart(title, showMachine(machine), panels));
}
