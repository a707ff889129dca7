import { layers, optimizers, sequential, tensor } from "wasmgrad";
import { train } from "./training.js";

train({ layers, optimizers, sequential, tensor }, Worker).then(
  (trained) => postMessage({ trained }),
  (error) => postMessage({ error: `${error}\n${error.stack}` }),
);
