// All libraries in one page. It measures what /task.json says, and posts what it has found to /report.
import { libraries as brain } from "./brain.mjs";
import { makeLibraries as makeOnnxruntime } from "./onnxruntime.mjs";
import { makeLibraries as makeTfjs } from "./tfjs.mjs";
import { Prediction } from "./turns.mjs";
import { libraries as wasmgrad } from "./wasmgrad.mjs";

async function measure({ rows, effort, rounds }) {
  const libraries = [...wasmgrad, ...makeTfjs("/tfjs/"), ...makeOnnxruntime("/ort/"), ...brain];
  const found = [];
  for (const { network, batch, weights, x } of rows) {
    const inputs = Float32Array.from(x).subarray(0, batch * network.widths[0]);
    const able = [];
    for (const library of libraries) {
      const predict = await library.start(network, Float32Array.from(weights));
      if (!predict) continue;
      const prediction = new Prediction(library, predict, inputs, batch);
      const outputs = Array.from(await predict(inputs, batch));
      await prediction.warmUp(effort);
      able.push({ library: library.name, outputs, turns: [], prediction });
    }
    for (let round = 0; round < rounds; round++) {
      for (const { turns, prediction } of able) turns.push(await prediction.turn(effort));
    }
    found.push(able.map(({ library, outputs, turns }) => ({ library, outputs, turns })));
  }
  return { found };
}

const report = (content) => fetch("/report", { method: "POST", body: JSON.stringify(content) });
try {
  await report(await measure(await (await fetch("/task.json")).json()));
} catch (error) {
  await report({ error: `${error}\n${error.stack}` });
}
