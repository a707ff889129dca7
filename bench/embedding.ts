// npm run bench embedding [-- --quick] [-- --rounds 9]
// A step of plain SGD over tables of 1,000 to 1,000,000 vectors of 16 numbers: ids of the same 1,000 vectors, wherever they stand in
// the table, and ids of any; beside SGD with momentum, which moves the whole table.
import { parseArgs } from "node:util";
import { input, layers, model, optimizers, tensor } from "../src/index";
import { deriveKey, uniform } from "../src/numeric/random";
import { describeMachine, showMachine } from "./machine";
import { type Contender, type Effort, measure, median, medianRatio } from "./measure";
import { showNumber, showTime, table } from "./table";

const { values: options } = parseArgs({ options: { quick: { type: "boolean" }, rounds: { type: "string" } } });
const rounds = Number(options.rounds ?? (options.quick ? 3 : 9));
const effort: Effort = options.quick
  ? { rounds, turnMilliseconds: 100, warmUpMilliseconds: 300 }
  : { rounds, turnMilliseconds: 500, warmUpMilliseconds: 1000 };

const [BATCH, TIME, WIDTH, STEPS] = [256, 16, 16, 64];
/** Different vectors that occur where not all of them may. */
const OCCURRING = 1000;

interface Case {
  /** Vectors of the table. */
  readonly size: number;
  readonly momentum?: number;
  /** How many of them occur. */
  readonly occurring: number;
}

const cases: readonly Case[] = [
  ...[1_000, 1_000_000].map((size) => ({ size, occurring: OCCURRING })),
  { size: 1_000_000, occurring: 1_000_000 },
  ...[1_000, 1_000_000].map((size) => ({ size, occurring: OCCURRING, momentum: 0.9 })),
];

function makeContender({ size, momentum, occurring }: Case, number: number): Contender {
  const ids = input({ shape: [TIME], dtype: "int32" });
  const vectors = layers.embedding({ inputDim: size, outputDim: WIDTH }).apply(ids);
  const outputs = layers.dense({ units: 1 }).apply(layers.globalAveragePooling1d().apply(vectors));
  const net = model({ inputs: ids, outputs, seed: 1 });
  const optimizer = optimizers.sgd({ learningRate: 0.01, ...(momentum ? { momentum } : {}) });
  net.compile({ optimizer, loss: "meanSquaredError", threads: 1, worker: false });
  const samples = STEPS * BATCH;
  const key = deriveKey(1, 0, samples);
  const drawn = Int32Array.from({ length: samples * TIME }, (_, i) => {
    return Math.floor(uniform(key, i) * occurring) * (size / occurring);
  });
  const x = tensor(drawn, [samples, TIME]);
  const y = tensor(
    Float32Array.from({ length: samples }, (_, i) => i % 2),
    [samples, 1],
  );
  return {
    name: String(number),
    isAsync: true,
    run: (epochs) => net.fit(x, y, { epochs, batchSize: BATCH, shuffle: false }),
  };
}

console.error(showMachine(describeMachine()));
const timings = await measure(cases.map(makeContender), effort);
const lines = cases.map(({ size, occurring, momentum = 0 }, i) => {
  const base = timings[momentum ? 3 : 0];
  return [
    momentum ? "SGD with momentum" : "plain SGD",
    size.toLocaleString("en"),
    occurring.toLocaleString("en"),
    showTime(median(timings[i].rounds) / STEPS),
    showNumber(medianRatio(timings[i].rounds, base.rounds)),
  ];
});
console.log(
  `A step of ${BATCH * TIME} ids, vectors of ${WIDTH} numbers:\n\n${table(["optimizer", "vectors", "of which occur", "a step", "÷ 1,000 vectors"], lines)}`,
);
