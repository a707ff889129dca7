import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Contender } from "./measure";
import { STEPS } from "./peak";

/** Runs the loop of its binary as often as it is told, and says when it is done. */
const otherCore = `
  const { parentPort, workerData } = require("node:worker_threads");
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(workerData));
  parentPort.on("message", (times) => { exports.peak(${STEPS} * times); parentPort.postMessage("done"); });
`;

/** The work of `one`, the peak of one core, on two cores at once. `binary` is what `one` was made of. */
export function peakOfTwoContender(binary: Uint8Array, one: Contender): Contender {
  const worker = new Worker(otherCore, { eval: true, workerData: binary });
  worker.unref();
  return {
    name: "peak of two cores",
    isAsync: true,
    async run(times) {
      const ended = once(worker, "message");
      worker.postMessage(times);
      one.run(times);
      await ended;
    },
  };
}
