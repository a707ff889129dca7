// npm run bench [filter] [-- --quick] [-- --rounds 31] [-- --json] [-- --variants strict,relaxed] [-- --revectorizer]
// Measures every operation, matrix product, convolution and whole model on all variants, and what prepares data. A filter is
// a kind (ops, gemm, convolutions, models, data) or a part of a name. Files in bench/results are written for kinds that ran as
// a whole and not in a hurry.
//
// npm run bench inference: predictions beside other libraries, see bench/inference/main.ts
// npm run bench control: a step of deep Q-learning beside other libraries, see bench/control.ts
// npm run bench scaling: how time grows with batch, width, depth, threads and samples, see bench/scaling.ts
// npm run bench embedding: a step of plain SGD over small and large tables, see bench/embedding.ts
// npm run bench generate: text a token at a time beside reads of memory, see bench/generate.ts
// npm run bench start: what fit and evaluate do before their first step, see bench/firstEpoch.ts
// npm run bench bands: accuracy on real sequences beside that of PyTorch, see bench/bands/main.ts
import { parseArgs } from "node:util";
import { enableRevectorizer } from "../src/node/revectorizer";
import { collectExamples } from "../tests/ops/harness";
import { dataCandidates } from "./augmentation";
import { allCandidates, effortFor } from "./candidates";
import { compilePeak } from "./compileLoop";
import { isChosen, type Kind, type Line, measureItem } from "./item";
import { describeMachine, showMachine } from "./machine";
import { type Effort, measure, median } from "./measure";
import { PEAK_FLOPS, peakContender } from "./peak";
import { peakOfTwoContender } from "./peakOfTwo";
import { linesTable, writeKind } from "./report";
import { variants } from "./variants";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean" },
    quick: { type: "boolean" },
    rounds: { type: "string" },
    variants: { type: "string" },
    revectorizer: { type: "boolean" },
  },
});
const rounds = Number(options.rounds ?? (options.quick ? 5 : 15));
if (!Number.isInteger(rounds) || rounds < 1)
  throw new RangeError(`--rounds must be a whole number from 1, got ${options.rounds}`);

const effort: Effort = options.quick
  ? { rounds, turnMilliseconds: 2, warmUpMilliseconds: 50 }
  : { rounds, turnMilliseconds: 5, warmUpMilliseconds: 500 };

if (options.revectorizer) enableRevectorizer();
const wanted = options.variants?.split(",");
const chosenVariants = wanted ? variants.filter(({ name }) => wanted.includes(name)) : variants;

const [filter = ""] = positionals;
const all = [...allCandidates(await collectExamples(), chosenVariants), ...dataCandidates()];
const kinds: readonly Kind[] = ["gemm", "convolutions", "models", "ops", "data"];

const machine = describeMachine();
const say = (text: string) => console.error(text);
say(showMachine(machine));
const binary = await compilePeak();
const one = await peakContender(binary);
const peaks = { one, two: peakOfTwoContender(binary, one) };
const [{ rounds: peakTimes }] = await measure([one], effort);
const peakRate = PEAK_FLOPS / median(peakTimes);
say(`128-bit peak of one core: ${peakRate.toFixed(1)} GFLOP/s`);

const found: Line[] = [];
for (const kind of kinds) {
  const ofKind = all.filter((candidate) => candidate.kind === kind);
  const chosen = ofKind.filter((candidate) => isChosen(candidate, filter));
  const lines: Line[] = [];
  for (const candidate of chosen) {
    say(`${kind}: ${candidate.name}`);
    lines.push(...(await measureItem(candidate, peaks, effortFor(kind, effort))));
  }
  if (lines.length && !options.json) console.log(`\n## ${kind}\n\n${linesTable(lines)}`);
  if (chosen.length === ofKind.length && !options.quick && !wanted) writeKind(kind, lines, machine, peakRate);
  found.push(...lines);
}
if (found.length === 0) throw new RangeError(`nothing is named like "${filter}"`);
if (options.json) console.log(JSON.stringify({ machine, peak: peakRate, lines: found }, null, 2));
