// Options of importModel that a file has no use for are errors: nothing that was said is passed over.
import { expect, test } from "vitest";
import { importModel, exportModel } from "../../src/exchange";
import { layers, sequential } from "../../src/index";

const model = sequential({ layers: [layers.dense({ units: 3, inputShape: [4] })] });

test.each([
  ["channelsLast", { channelsLast: true }],
  ["externalData", { externalData: { "a.bin": new Uint8Array(3) } }],
  ["batchAxis", { batchAxis: 1 }],
])("%s is one of ONNX alone", async (name, options) => {
  const file = await exportModel(model, "keras");
  await expect(importModel(file, options)).rejects.toMatchObject({
    name: "ArgumentError",
    message: `importModel: ${name} is an option for files of ONNX, this is one of keras.`,
  });
  const files = await exportModel(model, "tfjs");
  await expect(importModel({ ...files }, options)).rejects.toThrow("this is one of tfjs");
});

test.each(["onnx", "keras"] as const)("sizes of inputs that are not there, of %s", async (format) => {
  const file = await exportModel(model, format);
  await expect(importModel(file, { shapes: { nothing: [3] } })).rejects.toThrow(
    'shapes has "nothing", which is no input of the model. Its inputs are ',
  );
});

test("batch axes of inputs that are not there", async () => {
  const file = await exportModel(model, "onnx");
  await expect(importModel(file, { batchAxis: { nothing: 1 } })).rejects.toThrow(
    'batchAxis has "nothing", which is no input of the model. Its inputs are ',
  );
});

test("a model of wasmgrad itself is loaded, one of weights alone needs a model", async () => {
  await expect(importModel(model.toBytes())).rejects.toThrow("is a model of wasmgrad itself: loadModel(file).");
  const weights = await exportModel(model, "safetensors");
  await expect(importModel(weights)).rejects.toThrow("Build the model here, then: importWeights(model, file).");
});
