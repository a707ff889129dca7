// A page whose policy allows scripts that are files only: the library is told which file its workers run.
import { configure, layers, optimizers, sequential, tensor } from "./node_modules/wasmgrad/dist/index.js";
import { report, trainInWorker } from "./report.js";
import { train } from "./training.js";

configure({ worker: new URL("./node_modules/wasmgrad/dist/worker.js", import.meta.url) });

await report(async () => ({
  here: await train({ layers, optimizers, sequential, tensor }, Worker),
  inWorker: await trainInWorker(new Worker("./policyWorker.js", { type: "module" })),
}));
