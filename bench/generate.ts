// npm run bench generate
// A token at a time: a GPT of 4 layers writes at batch 1, beside the least time that reading all its weights once a token takes
// from memory, by a copy of as many bytes in the same minute. One thread.
import { Tensor } from "../src";
import { copyContender } from "./copy";
import { gptOf } from "./gpt";
import { describeMachine, showMachine } from "./machine";
import { median } from "./measure";
import { table } from "./table";

const VOCABULARY = 65;
const CONTEXT = 256;
const ROUNDS = 9;

/** Seconds that a copy takes to read so many bytes: it reads and writes as many as it is given. */
function secondsToRead(bytes: number): number {
  const { run } = copyContender(2 * bytes);
  run(3);
  const times = Math.max(3, Math.ceil(2e8 / bytes));
  const start = performance.now();
  run(times);
  return (performance.now() - start) / 1000 / times;
}

const rows: string[][] = [];
for (const [width, heads, blocks] of [
  [128, 4, 4],
  [256, 8, 6],
  [512, 8, 8],
]) {
  const gpt = gptOf({ vocabulary: VOCABULARY, context: CONTEXT, width, heads, blocks });
  const weights = Object.values(await gpt.getWeights()).reduce((sum, { data }) => sum + data.byteLength, 0);
  const stream = await gpt.stream();
  const id = new Tensor(Int32Array.of(7), [1]);
  const rates: number[] = [];
  const bounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    stream.reset();
    const start = performance.now();
    while (stream.steps < CONTEXT / 2) await stream.push(id);
    rates.push((1000 * stream.steps) / (performance.now() - start));
    bounds.push(1 / secondsToRead(weights));
  }
  const shares = rates.map((rate, i) => rate / bounds[i]);
  const name = `${blocks} layers of width ${width}`;
  const [rate, bound, share] = [rates, bounds, shares].map(median);
  const size = `${(weights / 1e6).toFixed(1)} MB`;
  rows.push([name, size, rate.toFixed(0), bound.toFixed(0), `${(100 * share).toFixed(0)} %`]);
}
console.log(showMachine(describeMachine()));
console.log(table(["model", "weights", "tokens/s", "if all weights were read once a token", "share"], rows));
