// npm run bench scaling [-- --quick] [-- --rounds 9]
// How the time of a training step grows with batch, width, depth and threads, and that of an epoch with the samples, beside a
// model of it: operations over the peak of a core, or bytes over the speed of a copy, whichever takes longer.
import { parseArgs } from "node:util";
import { compilePeak } from "./compileLoop";
import { copyContender } from "./copy";
import { type Curve, type CurvePanel, lineChart } from "./lineChart";
import { describeMachine, showMachine } from "./machine";
import { type Contender, type Effort, measure, median } from "./measure";
import { PEAK_FLOPS, peakContender } from "./peak";
import { writeResults } from "./report";
import { percent, showNumber, showTime, table } from "./table";
import { flopsOf, makeModel, type Network, workloads } from "./workloads";
import { tensor } from "../src/index";

const { values: options } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean" }, rounds: { type: "string" } },
});
const rounds = Number(options.rounds ?? (options.quick ? 3 : 9));
const effort: Effort = options.quick
  ? { rounds, turnMilliseconds: 30, warmUpMilliseconds: 100 }
  : { rounds, turnMilliseconds: 150, warmUpMilliseconds: 500 };

/** Steps of an epoch of those that are measured step by step: what an epoch takes besides is small then. */
const STEPS = 16;

interface Point {
  readonly x: number;
  readonly network: Network;
  readonly threads?: number;
}

interface Sweep {
  readonly title: string;
  readonly across: string;
  /** Whether the time is that of an epoch, else of a step. */
  readonly isOfEpoch?: boolean;
  readonly points: readonly Point[];
  /** Why the curve leaves the model, where it does. */
  readonly note: string;
}

function dense(hidden: readonly number[], batchSize: number, samples = STEPS * batchSize): Network {
  const widths = [784, ...hidden, 10];
  const activations = [...hidden.map(() => "relu"), "softmax"];
  return { ...workloads.mlpSmall.network, widths, activations, batchSize, samples };
}

const powers = (from: number, to: number, factor = 2): number[] => {
  const found: number[] = [];
  for (let value = from; value <= to; value *= factor) found.push(value);
  return found;
};

const sweeps: readonly Sweep[] = [
  {
    title: "Batch, 784-128-10",
    across: "samples a step",
    points: powers(1, 1024).map((x) => ({ x, network: dense([128], x) })),
    note:
      "Up to 8 samples the update of all weights, 7 passes over as many numbers, and the products of few rows, which read every " +
      "weight for little arithmetic, are what takes the time; they stand in the caches, which are faster than the copy of the model.",
  },
  {
    title: "Width, 784-w-w-10, batch 64",
    across: "units of both layers",
    points: powers(16, 1024).map((x) => ({ x, network: dense([x, x], 64) })),
    note: "Narrow layers fill no tile of a product, and what stands between the products counts.",
  },
  {
    title: "Depth, 784-128-…-10, batch 64",
    across: "layers of 128 units",
    points: powers(1, 16).map((x) => ({ x, network: dense(Array(x).fill(128), 64) })),
    note: "Every layer adds the same; products of 128 are small, and reach less of the peak than the first.",
  },
  {
    title: "Threads, 784-512-512-10, batch 128",
    across: "threads",
    points: [1, 2].map((x) => ({ x, threads: x, network: dense([512, 512], 128) })),
    note: "Two cores share a clock and a cache, and wait for each other behind every row.",
  },
  {
    title: "Samples, 784-128-10, batch 32",
    across: "samples of an epoch",
    isOfEpoch: true,
    points: powers(32, 32768, 4).map((x) => ({ x, network: dense([128], 32, x) })),
    note: "An epoch of one step pays for its beginning and end; of many samples the data come from memory, not from the caches.",
  },
];

/** Numbers that all passes of Adam read and write for a weight: w, m, v both, the gradient once; and its making and two products. */
const PASSES_OF_A_WEIGHT = 10;
/** The same for a number that a layer puts out: written, read by the next layer and both backward products, its gradient too. */
const PASSES_OF_A_VALUE = 8;

/** Bytes that a step reads and writes. */
function bytesOf({ widths, batchSize }: Network): number {
  let weights = 0;
  let values = 2 * widths[0];
  for (let i = 1; i < widths.length; i++) {
    weights += (widths[i - 1] + 1) * widths[i];
    values += PASSES_OF_A_VALUE * widths[i];
  }
  return 4 * (PASSES_OF_A_WEIGHT * weights + batchSize * values);
}

function makeContender({ x, network, threads }: Point): Contender {
  const { widths, samples, batchSize } = network;
  const model = makeModel(network, threads ? { threads } : {});
  const inputs = tensor(
    Float32Array.from({ length: samples * widths[0] }, (_, i) => ((i * 7919) % 1000) / 1000),
    [samples, widths[0]],
  );
  const targets = new Float32Array(samples * 10);
  for (let i = 0; i < samples; i++) targets[i * 10 + (i % 10)] = 1;
  const y = tensor(targets, [samples, 10]);
  const initial = model.getWeights();
  return {
    name: String(x),
    isAsync: true,
    run: (epochs) => model.fit(inputs, y, { epochs, batchSize }),
    reset: async () => model.setWeights(await initial),
  };
}

const machine = showMachine(describeMachine());
console.error(machine);
const peak = await peakContender(await compilePeak());
const copied = 2 ** 22;
const rows: string[][] = [];
const panels: CurvePanel[] = [];
for (const sweep of sweeps) {
  const limits = [peak, copyContender(copied)];
  const measured: [number, number][] = [];
  const model: [number, number][] = [];
  for (const point of sweep.points) {
    console.error(`${sweep.title}: ${point.x}`);
    const [timing, peakTiming, copyTiming] = await measure([makeContender(point), ...limits], effort);
    const { samples, batchSize } = point.network;
    const steps = samples / batchSize;
    const perSecond = (amount: number, times: readonly number[]) => amount / median(times);
    const operations = flopsOf(point.network)! / perSecond(PEAK_FLOPS, peakTiming.rounds) / (point.threads ?? 1);
    const bytes = (steps * bytesOf(point.network)) / perSecond(copied, copyTiming.rounds);
    const divisor = sweep.isOfEpoch ? 1 : steps;
    const [time, expected] = [median(timing.rounds) / divisor, Math.max(operations, bytes) / divisor];
    measured.push([point.x, time / 1e3]);
    model.push([point.x, expected / 1e3]);
    const limit = operations >= bytes ? "operations" : "bytes";
    rows.push([sweep.title, String(point.x), showTime(time), showTime(expected), limit, percent(expected / time)]);
  }
  const curves: Curve[] = [
    { name: "measured", points: measured, isMain: true },
    { name: "model", points: model },
  ];
  panels.push({
    title: sweep.title,
    across: sweep.across,
    up: `µs ${sweep.isOfEpoch ? "an epoch" : "a step"}`,
    curves,
  });
}

const text = table(["what grows", "to", "time", "model", "limited by", "model / time"], rows);
const growth = panels.map(({ title, curves: [{ points }] }) => {
  const [[x0, y0], [x1, y1]] = [points[0], points[points.length - 1]];
  return `- ${title}: ${showNumber(x1 / x0)} times as many take ${showNumber(y1 / y0)} times as long. ${sweeps.find((sweep) => sweep.title === title)!.note}`;
});
console.log(`${text}\n\n${growth.join("\n")}`);
if (!options.quick) {
  const title = "How the time of training grows";
  const notes = `The model: floating-point operations of the products over the peak of a core, or bytes over the speed of copying 2 MB, whichever is longer; per weight ${PASSES_OF_A_WEIGHT} numbers read or written, per output of a layer ${PASSES_OF_A_VALUE}.`;
  const markdown = `# ${title}\n\nMade by \`npm run bench scaling -- --rounds ${rounds}\` on ${machine}.\n\n${text}\n\n${notes}\n\n${growth.join("\n")}\n`;
  writeResults("scaling", markdown, lineChart(title, machine, panels));
}
