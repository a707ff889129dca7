// A worker of workerd. What it calls workers are none of its own: the class stands for those that there are not.
import { layers, optimizers, sequential, tensor } from "wasmgrad";
import { train } from "./training.js";

class NoWorker {
  postMessage() {}
}

export default {
  fetch: async () => Response.json({ here: await train({ layers, optimizers, sequential, tensor }, NoWorker) }),
};
