// T31: what is no model file is told by its name, with what to do instead.
import { gzipSync } from "node:zlib";
import { strToU8, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { FormatError, layers, loadModel, sequential, StateError } from "../../src";
import { loadModel as loadToPredict } from "../../src/inference/index";

const network = () => sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] });
const bytesOf = (text: string) => new TextEncoder().encode(text);
const json = (value: unknown) => bytesOf(JSON.stringify(value));
const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));

// As JSON.stringify(network.toJSON()) of brain.js 2 begins.
const brain = {
  type: "NeuralNetwork",
  sizes: [2, 3, 1],
  layers: [{ weights: [], biases: [] }],
  inputLookup: null,
  trainOpts: { iterations: 20000 },
};
const tfjs = { format: "layers-model", modelTopology: { keras_version: "tfjs-layers 4.22.0" }, weightsManifest: [] };
const keras = { module: "keras", class_name: "Sequential", config: { name: "sequential" } };

const files: Record<string, [Uint8Array, RegExp]> = {
  "an empty file": [new Uint8Array(0), /is empty/],
  "JSON of brain.js": [json(brain), /is the JSON of a network of brain\.js\..*setWeights\(\)/],
  "JSON of brain.js, of a later network": [json({ type: "LSTMTimeStep", options: {} }), /is JSON\./],
  "JSON of brain.js without a type": [json({ sizes: [2, 1], layers: [] }), /brain\.js/],
  "JSON of TensorFlow.js": [json(tfjs), /is the JSON of a model of TensorFlow\.js\..*setWeights\(\)/],
  "JSON of Keras": [json(keras), /configuration of a Keras model in JSON, without weights/],
  "JSON of Keras with white space": [bytesOf(`\n${JSON.stringify(keras, null, 2)}`), /Keras model in JSON/],
  "any JSON": [json({ a: 1 }), /is JSON\..*model\.save\(path\).*model\.toBytes\(\)/],
  "short JSON": [bytesOf("{}"), /is JSON\./],
  "a JSON array": [bytesOf("[1, 2, 3, 4, 5]"), /is JSON\./],
  "JSON after the mark of UTF-8": [bytesOf('\ufeff{"a": 1}'), /is JSON\./],
  "bytes that became JSON": [json(network().toBytes()), /JSON\.stringify has made text.*Keep toBytes\(\)/],
  "a Buffer that became JSON": [json(Buffer.from(network().toBytes())), /JSON\.stringify has made text/],
  "a page": [bytesOf("<!DOCTYPE html><html><title>404</title></html>"), /is an HTML page, which servers send/],
  "a page with white space": [bytesOf("\r\n  <html lang=en>Not Found</html>"), /is an HTML page/],
  "an answer in XML": [bytesOf('<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>'), /is an HTML page/],
  "a pointer of Git LFS": [bytesOf("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a"), /git lfs pull/],
  "a .keras archive": [zipSync({ "metadata.json": json({}), "config.json": json(keras) }), /\.keras archive of Keras/],
  "a model of PyTorch": [zipSync({ "model/data.pkl": hex("80027d2e") }), /model of PyTorch/],
  "an archive": [zipSync({ "a.txt": strToU8("a") }), /is a ZIP archive\. Unpack/],
  HDF5: [hex("894844460d0a1a0a 0000000000080800"), /is an HDF5 file/],
  "gzip of a model": [gzipSync(network().toBytes()), /is compressed by gzip\..*DecompressionStream/],
  "a pickle": [hex("80027d710028550161 4b01752e"), /is a pickle of Python/],
  "an array of NumPy": [hex("934e554d5059 0100 7600 7b27646573"), /is an array of NumPy/],
  // ir_version 8, then producer_name "pytorch".
  ONNX: [hex("0808 1207 7079746f726368 1a03322e31"), /is a model of ONNX/],
  "TensorFlow Lite": [hex("1c000000 54464c33 14002000"), /is a model of TensorFlow Lite/],
  GGUF: [hex("47475546 03000000 0000000000000000"), /is a GGUF file/],
};

describe.each([
  ["wasmgrad", loadModel as (bytes: Uint8Array) => Promise<unknown>],
  ["wasmgrad/inference", loadToPredict as (bytes: Uint8Array) => Promise<unknown>],
])("loadModel of %s says what it was given", (_, load) => {
  it.each(Object.entries(files))("%s", async (_, [bytes, message]) => {
    const error = await load(bytes).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toMatch(/header/);
  });
});

it("leaves files that begin like others, but are models, alone", async () => {
  // Headers of 0x7b and of 0x0812 bytes: their lengths read as "{" and as the beginning of ONNX.
  for (const length of [0x7b, 0x1208]) {
    const text = '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'.padEnd(length);
    const bytes = new Uint8Array([length & 255, length >> 8, 0, 0, 0, 0, 0, 0, ...bytesOf(text)]);
    await expect(loadModel(bytes)).rejects.toThrow(/has tensors but no model/);
  }
});

describe("JSON.stringify", () => {
  it("of a model says what to call instead", () => {
    const model = network();
    expect(() => JSON.stringify(model)).toThrow(StateError);
    expect(() => JSON.stringify({ nested: [model] })).toThrow(/model\.save\(path\).*model\.toBytes\(\)/);
  });
});
