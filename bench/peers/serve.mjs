// The child's side of the comparison: one process a library, so that none disturbs another. It takes one JSON object a
// line and answers with one; the same conversation as in torch.py. See main.ts.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** A file of float32 numbers as they stand in memory. */
function readFloats(path) {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

/** The last of the losses that a run gives back: a list, or what `fit` of tfjs and wasmgrad gives; undefined where there are none. */
function lossOf(result) {
  return (result?.history?.loss ?? result)?.at?.(-1);
}

/**
 * Runs until it is warm, twice at least.
 *
 * @returns how many times of the work take about a fifth of a turn; the losses of the first and the last epoch
 */
async function warmUp(run, { turnMilliseconds, warmUpMilliseconds }) {
  const begin = performance.now();
  const losses = [];
  for (let times = 1; ; ) {
    const start = performance.now();
    losses.push(lossOf(await run(times)));
    const end = performance.now();
    const fitting = (times * turnMilliseconds) / 5 / Math.max(end - start, 0.001);
    times = Math.max(1, Math.ceil(Math.min(fitting, 4 * times)));
    const isWarm = losses.length > 1 && end - begin >= warmUpMilliseconds && fitting <= 4 * times;
    if (isWarm) return { times, losses: [losses[0], losses.at(-1)] };
  }
}

/**
 * @param library.name what tables call it
 * @param library.version
 * @param library.train (network, x, y) => { run(epochs), reset()? }; absent where it cannot. `run` gives the losses of its epochs, of
 *   whole ones or of the last batch
 * @param library.multiply ({ form, m, k, n }, a, b) => { run(times) }; absent where it cannot
 */
export async function serve({ name, version, train, multiply }) {
  let work;
  let times = 0;
  const commands = {
    hello: () => ({ name, version }),
    async start({ network, product, x, y, effort }) {
      const make = network ? train : multiply;
      work = await make?.(network ?? product, readFloats(x), readFloats(y));
      if (!work) return { cannot: true };
      await work.reset?.();
      const warm = await warmUp(work.run, effort);
      times = warm.times;
      return network ? { losses: warm.losses } : {};
    },
    /** Nanoseconds of doing the work once. */
    async turn({ turnMilliseconds }) {
      await work.reset?.();
      const start = performance.now();
      let [runs, now] = [0, start];
      for (; now - start < turnMilliseconds; runs++) {
        await work.run(times);
        now = performance.now();
      }
      return { nanoseconds: ((now - start) * 1e6) / runs / times };
    },
  };
  for await (const line of createInterface({ input: process.stdin })) {
    const { command, ...parameters } = JSON.parse(line);
    process.stdout.write(`${JSON.stringify(await commands[command](parameters))}\n`);
  }
  process.exit(0);
}
