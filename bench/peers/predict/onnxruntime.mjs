// ONNX Runtime Web on its WebAssembly backend, one thread. The file is made by onnx.mjs.
import * as ort from "onnxruntime-web/wasm";
import { encodeOnnx } from "./onnx.mjs";

/** @param wasmFolder where its binaries are; absent: beside itself */
export function makeLibraries(wasmFolder) {
  ort.env.wasm.numThreads = 1;
  if (wasmFolder) ort.env.wasm.wasmPaths = wasmFolder;
  return [
    {
      name: "onnxruntime-web",
      async start(network, values) {
        const session = await ort.InferenceSession.create(encodeOnnx(network, values), {
          executionProviders: ["wasm"],
        });
        return async (x, batch) =>
          (await session.run({ x: new ort.Tensor("float32", x, [batch, network.widths[0]]) })).y.data;
      },
    },
  ];
}
