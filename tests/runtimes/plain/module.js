// A page without any tool: the library is a file like others.
import { layers, optimizers, sequential, tensor } from "./node_modules/wasmgrad/dist/index.js";
import { report, trainInWorker } from "./report.js";
import { train } from "./training.js";

await report(async () => ({
  here: await train({ layers, optimizers, sequential, tensor }, Worker),
  inWorker: await trainInWorker(new Worker("./moduleWorker.js", { type: "module" })),
}));
