/** Streams in a process of its own, and prints what came of it: `streamProbe.ts [relaxed] [forbidden] [required]`. */
import { createHash } from "node:crypto";
import { input, layers, model, type Node, Tensor, WebAssemblyError } from "../../src/index";

const has = (option: string) => process.argv.includes(option);
if (has("forbidden")) Reflect.deleteProperty(globalThis, "WebAssembly");

const LENGTH = 21;
const x = new Tensor(
  Float32Array.from({ length: 2 * LENGTH * 9 }, (_, i) => Math.fround(((i * 7919) % 211) / 211 - 0.5)),
  [2, LENGTH, 9],
);
const step = (whole: Tensor, t: number) => {
  const [, length, size] = whole.shape;
  const rows = [0, 1].map((b) => [...whole.data.slice((b * length + t) * size, (b * length + t + 1) * size)]);
  return new Tensor(Float32Array.from(rows.flat()), [2, size]);
};

const makers: Record<string, (x: Node) => Node> = {
  gru: (y) => layers.gru({ units: 13, returnSequences: true }).apply(y),
  lstm: (y) => layers.lstm({ units: 13, returnSequences: true }).apply(y),
  convolution: (y) => layers.conv1d({ filters: 11, kernelSize: 3, dilationRate: 2, padding: "causal" }).apply(y),
  attention: (y) =>
    layers
      .multiHeadAttention({ numHeads: 2, keyDim: 6, useCausalMask: true })
      .apply(layers.positionEmbedding({ sequenceLength: LENGTH }).apply(y)) as Node,
};

try {
  const different: string[] = [];
  const outputs = createHash("sha256");
  for (const [name, make] of Object.entries(makers)) {
    const sequence = input({ shape: [null, 9] });
    const made = layers.dense({ units: 7, activation: "tanh" }).apply(make(sequence));
    const net = model({ inputs: sequence, outputs: made, seed: 5 });
    const engine = has("required") ? ({ engine: "wasm" } as const) : {};
    const math = has("relaxed") ? "relaxed" : "strict";
    net.compile({ optimizer: "sgd", loss: "meanSquaredError", math, worker: false, threads: 1, ...engine });
    // The stream comes first: it has to find its engine by itself.
    const stream = await net.stream({ batchSize: 2 });
    const steps = [];
    for (let t = 0; t < LENGTH; t++) steps.push(await stream.push(step(x, t)));
    const whole = await net.predict(x);
    outputs.update(whole.data);
    if (!steps.every(({ data }, t) => Buffer.from(data.buffer).equals(Buffer.from(step(whole, t).data.buffer)))) {
      different.push(name);
    }
  }
  console.log(JSON.stringify({ different, sha256: outputs.digest("hex") }));
} catch (error) {
  const { name, message } = error as Error;
  const reason = error instanceof WebAssemblyError ? error.reason : undefined;
  console.log(JSON.stringify({ error: { name, message, reason } }));
}
