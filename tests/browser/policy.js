// What a page tries under a content security policy: `?test=` says how it is configured and where the net is trained.
import * as wasmgrad from "/dist/index.js";
import { trainIn } from "/training.js";

const warnings = [];
console.warn = (message) => warnings.push(message);

let streamed = 0;
const { compileStreaming } = WebAssembly;
WebAssembly.compileStreaming = (response) => {
  streamed++;
  return compileStreaming(response);
};

const files = { wasm: "/dist/wasm/", worker: new URL("/dist/worker.js", location.href) };
const tests = {
  inlined: () => trainIn(wasmgrad, { engine: "wasm" }),
  files: () => {
    wasmgrad.configure(files);
    return trainIn(wasmgrad, { engine: "wasm" });
  },
  workerFile: () => {
    wasmgrad.configure(files);
    return trainIn(wasmgrad, { worker: true, threads: crossOriginIsolated ? 2 : 1 });
  },
  workerText: () => trainIn(wasmgrad, { worker: true }),
  workerNotThere: () => {
    wasmgrad.configure({ worker: "/nowhere.js" });
    return trainIn(wasmgrad, { worker: true });
  },
  fallback: () => trainIn(wasmgrad, {}),
  fallbackInsteadOfWorker: () => trainIn(wasmgrad, { worker: true }),
  demanded: () => trainIn(wasmgrad, { engine: "wasm" }),
};

const report = { warnings };
try {
  report.result = await tests[new URLSearchParams(location.search).get("test")]();
} catch ({ name, message, reason }) {
  report.error = { name, message, reason };
}
report.streamed = streamed;
report.isIsolated = crossOriginIsolated;
await fetch("/report", { method: "POST", body: JSON.stringify(report) });
