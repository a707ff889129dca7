// A page of a project: it trains here and in a worker of its own.
import { layers, optimizers, sequential, tensor } from "wasmgrad";
import { report, trainInWorker } from "./report.js";
import { train } from "./training.js";

const worker = () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });

await report(async () => ({
  here: await train({ layers, optimizers, sequential, tensor }, Worker),
  inWorker: await trainInWorker(worker()),
}));
