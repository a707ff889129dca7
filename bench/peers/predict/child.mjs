// node child.mjs MODULE NUMBER: one library in a process of its own. It takes one JSON object a line and answers with one.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { Prediction } from "./turns.mjs";

const [, , module, number] = process.argv;
const require = createRequire(import.meta.url);
const { libraries, makeLibraries } = await import(`./${module}.mjs`);
const wasmFolder =
  module === "tfjs" ? `${dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json"))}/dist/` : undefined;
const library = (libraries ?? makeLibraries(wasmFolder))[Number(number)];

function readFloats(path) {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

let prediction;
const commands = {
  hello: () => ({ name: library.name }),
  /** The outputs for the batch; cannot where the library has not what the network takes. */
  async start({ network, batch, weights, x, effort }) {
    const predict = await library.start(network, readFloats(weights));
    if (!predict) return { cannot: true };
    const inputs = readFloats(x).subarray(0, batch * network.widths[0]);
    prediction = new Prediction(library, predict, inputs, batch);
    const outputs = Array.from(await predict(inputs, batch));
    await prediction.warmUp(effort);
    return { outputs };
  },
  turn: (effort) => prediction.turn(effort),
};
for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...parameters } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(await commands[command](parameters))}\n`);
}
process.exit(0);
