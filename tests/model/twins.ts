import { createHash } from "node:crypto";
import { layers, optimizers, sequential, type Tensor, tensor } from "../../src/index";
import type { CompileOptions } from "../../src/model/compileOptions";
import type { Model } from "../../src/model/model";

/** What tests of the model layer have in common: small models that are equal, and data to train them on. */

/** Numbers between −1 and 1 that look random and need no generator. */
export function noise(count: number, salt = 0): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    const x = Math.imul(i + 1, 2654435761) ^ Math.imul(salt + 1, 40503);
    return (Math.imul(x ^ (x >>> 15), 2246822519) >>> 8) / 2 ** 23 - 1;
  });
}

/** `count` samples of 3 inputs, and targets that are a function of them. */
export function regressionData(count: number, salt = 0): { x: Tensor; y: Tensor } {
  const x = noise(count * 3, salt);
  const y = Float32Array.from({ length: count }, (_, i) => x[3 * i] - 0.5 * x[3 * i + 1] + x[3 * i + 2] ** 2);
  return { x: tensor(x, [count, 3]), y: tensor(y, [count, 1]) };
}

/** A 3-5-1 network for `regressionData`; two calls with the same arguments make twins. */
export function regressionModel(options: Partial<CompileOptions> & { seed?: number; dropout?: number } = {}): Model {
  const { seed = 7, dropout = 0, ...rest } = options;
  const model = sequential({
    seed,
    layers: [
      layers.dense({ units: 5, activation: "tanh", inputShape: [3] }),
      layers.dropout({ rate: dropout }),
      layers.dense({ units: 1 }),
    ],
  });
  model.compile({ optimizer: optimizers.adam({ learningRate: 0.01 }), loss: "meanSquaredError", ...rest });
  return model;
}

/** The samples from `start` to `end`. */
export function rows({ data, shape }: Tensor, start: number, end: number): Tensor {
  const size = data.length / shape[0];
  return tensor(data.slice(start * size, end * size), [Math.min(end, shape[0]) - start, ...shape.slice(1)]);
}

/** All weights of a model as one fingerprint: equal only when equal bit for bit. */
export async function fingerprint(model: Model): Promise<string> {
  const hash = createHash("sha256");
  for (const [name, { data }] of Object.entries(await model.getWeights())) {
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}
