import { layers, optimizers, sequential, tensor } from "./node_modules/wasmgrad/dist/index.js";
import { train } from "./training.js";

train({ layers, optimizers, sequential, tensor }, Worker).then(
  (trained) => postMessage({ trained }),
  (error) => postMessage({ error: `${error}\n${error.stack}` }),
);
