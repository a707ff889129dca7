// Runtimes of others, which run what is exported.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** A tensor as another runtime gives it. */
export interface PeerTensor {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** Runs a file of ONNX in onnxruntime, inputs in their order. */
export async function runOnnx(
  bytes: Uint8Array,
  inputs: readonly { readonly shape: readonly number[]; readonly data: ArrayBufferView }[],
): Promise<PeerTensor[]> {
  const runtime = require("onnxruntime-web");
  runtime.env.wasm.numThreads = 1;
  runtime.env.logLevel = "error";
  const session = await runtime.InferenceSession.create(bytes);
  const feeds = inputs.map(({ shape, data }, i) => {
    const type = data instanceof Int32Array ? "int32" : data instanceof Uint8Array ? "uint8" : "float32";
    return [session.inputNames[i], new runtime.Tensor(type, data, shape)];
  });
  const results = await session.run(Object.fromEntries(feeds));
  const made = (session.outputNames as string[]).map((name) => ({
    shape: results[name].dims,
    data: results[name].data,
  }));
  await session.release();
  return made;
}

/** The largest difference, relative to the largest number. NaN where shapes or NaN differ. */
export function distance(found: PeerTensor, wanted: PeerTensor): number {
  if (found.data.length !== wanted.data.length || String(found.shape) !== String(wanted.shape)) return Number.NaN;
  let [worst, most] = [0, 1e-3];
  for (let i = 0; i < wanted.data.length; i++) {
    most = Math.max(most, Math.abs(wanted.data[i]));
    const difference = Math.abs(found.data[i] - wanted.data[i]);
    if (!(difference <= worst)) worst = difference;
  }
  return worst / most;
}

/** Runs files of TensorFlow.js there, inputs in their order. */
export async function runTfjs(
  files: Readonly<Record<"model.json" | "weights.bin", Uint8Array>>,
  inputs: readonly { readonly shape: readonly number[]; readonly data: ArrayBufferView }[],
): Promise<PeerTensor[]> {
  require("@tensorflow/tfjs-backend-cpu");
  const [runtime, layers] = [require("@tensorflow/tfjs-core"), require("@tensorflow/tfjs-layers")];
  await runtime.setBackend("cpu");
  const { modelTopology, weightsManifest } = JSON.parse(new TextDecoder().decode(files["model.json"]));
  const weightData = files["weights.bin"].slice().buffer;
  const [{ weights: weightSpecs }] = weightsManifest;
  const model = await layers.loadLayersModel({ load: async () => ({ modelTopology, weightSpecs, weightData }) });
  const given = inputs.map(({ data, shape }) =>
    runtime.tensor(data, shape, data instanceof Int32Array ? "int32" : "float32"),
  );
  const results = [model.predict(given.length === 1 ? given[0] : given)].flat();
  const made = results.map(({ shape, dataSync }, i) => ({ shape, data: dataSync.call(results[i]) as Float32Array }));
  model.dispose();
  return made;
}
