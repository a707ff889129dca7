// The same by `require`.
const { isMainThread, parentPort, Worker } = require("node:worker_threads");
const { layers, optimizers, sequential, tensor } = require("wasmgrad");

const trainInWorker = () =>
  new Promise((resolve, reject) => {
    const worker = new Worker(__filename);
    worker.once("message", resolve);
    worker.once("error", reject);
  });

async function main() {
  const { train } = await import("./training.js");
  const here = await train({ layers, optimizers, sequential, tensor }, Worker);
  if (isMainThread) console.log(JSON.stringify({ here, inWorker: await trainInWorker() }));
  else parentPort.postMessage(here);
}

main();
