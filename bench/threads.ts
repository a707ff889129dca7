// What threads gain: the same training through `fit` on one thread and on several, in turns.
//
//   npx tsx bench/threads.ts [threads = 2] [rounds = 15]
import { cpus, loadavg } from "node:os";
import { makeModel, makeTensors, type Workload, workloads } from "./workloads";

const threads = Number(process.argv[2] ?? 2);
const rounds = Number(process.argv[3] ?? 15);

/** Samples of a measurement, so that the beginning of a fit does not count for more than it does in practice. */
const MEASURED_SAMPLES = 8192;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Samples per second on one thread and on several, and the ratio, as medians over the rounds. */
async function compare({ name, network }: Workload, data: ReturnType<typeof makeTensors>) {
  const { batchSize, samples } = network;
  const epochs = Math.ceil(MEASURED_SAMPLES / samples);
  const models = [1, threads].map((count) => makeModel(network, { threads: count }));
  const rates: number[][] = [[], []];
  for (let round = -2; round < rounds; round++) {
    for (const [i, model] of models.entries()) {
      const start = performance.now();
      await model.fit(data.x, data.y, { batchSize, epochs });
      if (round >= 0) rates[i].push((1000 * epochs * samples) / (performance.now() - start));
    }
  }
  for (const model of models) model.dispose();
  const [alone, together] = rates;
  const ratio = median(together.map((rate, i) => rate / alone[i]));
  console.log(`${name}: ${median(alone).toFixed(0)} → ${median(together).toFixed(0)} samples/s, ${ratio.toFixed(2)} ×`);
}

console.log(`Node ${process.version}, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}, ${threads} threads`);
for (const workload of [workloads.mlpLarge, workloads.mlpSmall, workloads.xorSlices]) {
  await compare(workload, makeTensors(workload));
}
