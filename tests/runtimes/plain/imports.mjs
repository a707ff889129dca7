// A program of Node, Deno or Bun: it trains here and in a worker of its own.
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { layers, optimizers, sequential, tensor } from "wasmgrad";
import { train } from "./training.js";

const trainInWorker = () =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url));
    worker.once("message", resolve);
    worker.once("error", reject);
  });

const here = await train({ layers, optimizers, sequential, tensor }, Worker);
if (isMainThread) console.log(JSON.stringify({ here, inWorker: await trainInWorker() }));
else parentPort.postMessage(here);
