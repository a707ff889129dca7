import { configure, layers, optimizers, sequential, tensor } from "./node_modules/wasmgrad/dist/index.js";
import { train } from "./training.js";

configure({ worker: new URL("./node_modules/wasmgrad/dist/worker.js", import.meta.url) });

train({ layers, optimizers, sequential, tensor }, Worker).then(
  (trained) => postMessage({ trained }),
  (error) => postMessage({ error: `${error}\n${error.stack}` }),
);
