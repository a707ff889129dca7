// npm run bench reading: a CSV of the size of MNIST (18 MB, 785 columns), beside Papa Parse alone, which makes texts only. Both are
// measured in turns. While the table is read, timers go on: the longest time between two of them is shown.
import papaparse from "papaparse";
import { data } from "../../src/index";

const ROUNDS = 7;

/** Pixels as those of MNIST: four of five are 0. */
function digits(rows: number): string {
  let seed = 1;
  const random = () => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647;
  };
  const header = `label,${Array.from({ length: 784 }, (_, i) => `p${i}`).join(",")}`;
  const pixel = () => (random() < 0.8 ? 0 : Math.floor(random() * 256));
  return [
    header,
    ...Array.from({ length: rows }, (_, i) => `${i % 10},${Array.from({ length: 784 }, pixel).join(",")}`),
  ].join("\n");
}

const text = digits(10_000);
let longest = 0;
let last = performance.now();
setInterval(() => {
  longest = Math.max(longest, performance.now() - last);
  last = performance.now();
}, 1).unref();

const ratios: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  let start = performance.now();
  papaparse.parse(text);
  const papa = performance.now() - start;
  await new Promise((resolve) => setTimeout(resolve, 20));
  [longest, last, start] = [0, performance.now(), performance.now()];
  await data.table(text);
  const table = performance.now() - start;
  ratios.push(table / papa);
  const figures = `Papa Parse ${papa.toFixed(0)} ms, data.table ${table.toFixed(0)} ms, ratio ${(table / papa).toFixed(2)}`;
  console.log(`${figures}, longest time between timers ${longest.toFixed(0)} ms`);
}
ratios.sort((a, b) => a - b);
console.log(
  `${(text.length / 1e6).toFixed(1)} MB, 785 columns: median ratio ${ratios[ROUNDS >> 1].toFixed(2)}, at most 2 is wanted`,
);
