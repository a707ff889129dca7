// npm run bench generate [-- --rounds 15] [-- --quick]
// A token at a time: GPTs of three sizes write at batch 1, on one thread. Beside them stands how often in the same time one core
// reads as many bytes as a token reads of weights: from main memory, and again and again at the same place, where small models are
// in a cache. All take turns of equal length, round after round; shares are medians of the ratios of a round. Keys and values, which
// a token reads too, are not counted.
import { parseArgs } from "node:util";
import { generate, type Model, Tensor, text } from "../src";
import { type Bar, barChart } from "./chart";
import { gptOf } from "./gpt";
import { describeMachine, showMachine } from "./machine";
import { median, medianRatio, spread } from "./measure";
import { Reader } from "./read";
import { writeResults } from "./report";
import { percent, table } from "./table";

const { values: options } = parseArgs({ options: { rounds: { type: "string" }, quick: { type: "boolean" } } });
const rounds = Number(options.rounds ?? (options.quick ? 3 : 15));
const turnMilliseconds = options.quick ? 100 : 300;

const VOCABULARY = 65;
/** Positions: half of them are written at most, before it begins anew. */
const CONTEXT = 256;
const TOKENS = CONTEXT / 2;
/** Larger than the caches of a processor. */
const MEMORY_BYTES = 512e6;

/** Bytes of the weights that a token reads: all but tables, of which it reads one row each. */
async function bytesOfToken(model: Model): Promise<number> {
  const weights = Object.entries(await model.getWeights());
  return weights.reduce((sum, [name, { data, shape }]) => {
    const isTable = name.endsWith("/embeddings");
    return sum + (isTable ? 4 * shape[shape.length - 1] : data.byteLength);
  }, 0);
}

/** Milliseconds of one of what `run` does so many of at a time, over a turn. */
async function time(run: () => number | Promise<number>): Promise<number> {
  let [count, spent] = [0, 0];
  while (spent < turnMilliseconds) {
    const start = performance.now();
    count += await run();
    spent += performance.now() - start;
  }
  return spent / count;
}

/** Tokens as they come out of `generate`. What happens before the second one, such as making a stream, is not timed. */
async function timeGenerate(model: Model): Promise<number> {
  let pieces = generate(model, { prompt: "A", maxTokens: TOKENS });
  let left = 0;
  let [count, spent] = [0, 0];
  while (spent < turnMilliseconds) {
    if (left === 0) {
      pieces = generate(model, { prompt: "A", maxTokens: TOKENS });
      await pieces.next();
      left = TOKENS - 1;
    }
    const start = performance.now();
    await pieces.next();
    spent += performance.now() - start;
    count++;
    left--;
  }
  return spent / count;
}

interface Row {
  readonly name: string;
  readonly bytes: number;
  readonly generated: number[];
  readonly pushed: number[];
  readonly fromMemory: number[];
  readonly again: number[];
}

async function measureModel(width: number, heads: number, blocks: number, memory: Reader): Promise<Row> {
  const name = `${blocks} layers of width ${width}`;
  const model = gptOf({ vocabulary: VOCABULARY, context: CONTEXT, width, heads, blocks });
  model.tokenizer = text.characters(String.fromCharCode(...Array.from({ length: VOCABULARY }, (_, i) => 48 + i)));
  const bytes = await bytesOfToken(model);
  const same = await Reader.of(bytes);
  const stream = await model.stream();
  const id = new Tensor(Int32Array.of(7), [1]);
  const push = async () => {
    if (stream.steps >= TOKENS) stream.reset();
    await stream.push(id);
    return 1;
  };
  const readFrom = (reader: Reader) => () => {
    reader.read(bytes);
    return 1;
  };
  const row: Row = { name, bytes, generated: [], pushed: [], fromMemory: [], again: [] };
  // The first round is for V8 to compile its best code.
  for (let round = -1; round < rounds; round++) {
    console.error(`${name}: ${round < 0 ? "warm-up" : `round ${round + 1} of ${rounds}`}`);
    const generated = await timeGenerate(model);
    const fromMemory = await time(readFrom(memory));
    const pushed = await time(push);
    const again = await time(readFrom(same));
    if (round < 0) continue;
    row.generated.push(generated);
    row.fromMemory.push(fromMemory);
    row.pushed.push(pushed);
    row.again.push(again);
  }
  return row;
}

const machine = describeMachine();
console.error(showMachine(machine));
const memory = await Reader.of(MEMORY_BYTES);
const rows: Row[] = [];
for (const [width, heads, blocks] of [
  [128, 4, 4],
  [256, 8, 6],
  [512, 8, 8],
]) {
  rows.push(await measureModel(width, heads, blocks, memory));
}

const perSecond = (milliseconds: readonly number[]) => (1000 / median(milliseconds)).toFixed(0);
const gigabytes = (bytes: number, milliseconds: readonly number[]) => (bytes / median(milliseconds) / 1e6).toFixed(1);
const head = [
  "model",
  "a token reads",
  "tokens/s",
  "spread",
  "reads/s from memory",
  "GB/s",
  "share",
  "reads/s of the same place",
  "GB/s",
  "share",
  "tokens/s of stream.push",
];
const cells = rows.map(({ name, bytes, generated, pushed, fromMemory, again }) => [
  name,
  `${(bytes / 1e6).toFixed(1)} MB`,
  perSecond(generated),
  `±${percent(spread(generated))}`,
  perSecond(fromMemory),
  gigabytes(bytes, fromMemory),
  percent(medianRatio(fromMemory, generated)),
  perSecond(again),
  gigabytes(bytes, again),
  percent(medianRatio(again, generated)),
  perSecond(pushed),
]);
const result = table(head, cells);
console.log(result);
if (!options.quick) {
  const title = "Text written a token at a time: share of reading all weights once a token";
  const bars = rows.map(({ name, generated, fromMemory }): Bar => {
    const share = medianRatio(fromMemory, generated);
    return {
      label: name,
      value: 100 * share,
      text: `${percent(share)}, ${perSecond(generated)} tokens/s`,
      isMain: true,
    };
  });
  const command = `npm run bench generate -- --rounds ${rounds}`;
  const markdown = `# ${title}\n\nMade by \`${command}\` on ${showMachine(machine)}.\n\n${result}\n`;
  const panel = { title: "Reads of main memory by one core", unit: "% of the bound", bars };
  writeResults("generate", markdown, barChart(title, showMachine(machine), [panel]));
}
