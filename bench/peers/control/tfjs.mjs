// TensorFlow.js through its layers API, on its WebAssembly and its plain JavaScript backend.
import { createRequire } from "node:module";
import { dirname } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";

const require = createRequire(import.meta.url);
setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json"))}/dist/`);
// Its threads do not start in Node.
tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);

const library = (backend) => ({
  name: `tfjs ${backend}`,
  async start(states, targets, batch) {
    if (!(await tf.setBackend(backend))) throw new Error(`tfjs has no backend "${backend}" here`);
    await tf.ready();
    const model = tf.sequential();
    model.add(tf.layers.dense({ units: 64, activation: "relu", inputShape: [4] }));
    model.add(tf.layers.dense({ units: 64, activation: "relu" }));
    model.add(tf.layers.dense({ units: 2 }));
    model.compile({ optimizer: tf.train.adam(0.001), loss: "meanSquaredError" });
    return async () => {
      const [left, right] = tf.tidy(() => model.predict(tf.tensor2d(states.subarray(0, 4), [1, 4])).dataSync());
      const x = tf.tensor2d(states.subarray(0, 4 * batch), [batch, 4]);
      const y = tf.tensor2d(targets.subarray(0, 2 * batch), [batch, 2]);
      await model.trainOnBatch(x, y);
      tf.dispose([x, y]);
      return left > right ? 0 : 1;
    };
  },
});

export const libraries = [library("wasm"), library("cpu")];
