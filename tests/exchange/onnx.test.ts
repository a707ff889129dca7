import { describe, expect, it } from "vitest";
import { FormatError } from "../../src/errors";
import { importModel, type ImportResult } from "../../src/exchange/index";
import { loadModel as loadForInference } from "../../src/inference/index";
import { loadModel } from "../../src/model/loadModel";
import { Tensor } from "../../src/tensor/tensor";
import { exchangeFolder } from "./exchangeFiles";
import { bytesOf, differenceOf, expectedOf, filesIn, inputsOf } from "./onnxFiles";

/** What is refused, and what the error must say. */
const REFUSED: Readonly<Record<string, readonly RegExp[]>> = {
  "onnx/keras_tensorflow_embedding_mask_lstm.onnx": [
    /Loop "functional_5_1\/lstm/,
    /Loop "functional_5_1\/gru/,
    /\.keras is the right road/,
  ],
  "onnx/real_silero_vad_16k_op15.onnx": [
    /If "\/model\/If"/,
    /If "\/model\/decoder\/If"/,
    /Pad "\/model\/stft/,
    /input "sr"/,
  ],
};

async function outputsOf({ model }: ImportResult, inputs: readonly Tensor[]): Promise<Tensor[]> {
  const made = await model.predict((inputs.length === 1 ? inputs[0] : inputs) as never);
  return (Array.isArray(made) ? made : [made]) as Tensor[];
}

/** The first sample of a batch. */
function firstOf({ data, shape }: Tensor): Tensor {
  return new Tensor(data.slice(0, data.length / shape[0]) as Float32Array, [1, ...shape.slice(1)]);
}

describe.skipIf(!exchangeFolder)("models of ONNX", () => {
  for (const { file } of filesIn("onnx")) {
    if (REFUSED[file]) {
      it(`${file} is refused with all reasons`, async () => {
        const error = await importModel(bytesOf(file)).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(FormatError);
        for (const pattern of REFUSED[file]) expect((error as Error).message).toMatch(pattern);
      });
      continue;
    }
    it(`${file} gives the outputs of onnxruntime`, async () => {
      const expected = expectedOf(file);
      const result = await importModel(bytesOf(file));
      const outputs = await outputsOf(result, inputsOf(expected));
      expect(outputs.map(({ shape }) => [...shape])).toEqual(expected.outputs.map(({ shape }) => shape));
      const limit = file.includes("float16") ? 1e-2 : 1e-5;
      outputs.forEach((output, i) => {
        expect(differenceOf(output, expected.outputs[i])).toBeLessThan(limit);
      });
      const inputs = inputsOf(expected);
      if (inputs[0].shape[0] > 1) {
        // The batch of the export is no size of the model: the first sample by itself gives the same.
        const [alone] = await outputsOf(result, inputs.map(firstOf));
        const { shape, data } = firstOf(outputs[0]);
        expect(alone.shape).toEqual(shape);
        expect(differenceOf(alone, { ...expected.outputs[0], data: Array.from(data) })).toBeLessThan(limit);
      }
      result.model.dispose();
    });
  }

  const saved = [
    "torch_depthwise_ts",
    "torch_unet_ts",
    "torch_gpt_tied_dynamo",
    "torch_lstm_ts",
    "hf_vit_dynamo",
    "keras_torch_cnn_functional",
  ];
  for (const name of saved) {
    it(`${name} is saved, loaded, and runs in wasmgrad/inference`, async () => {
      const file = `onnx/${name}.onnx`;
      const expected = expectedOf(file);
      const inputs = inputsOf(expected);
      const result = await importModel(bytesOf(file));
      const [before] = await outputsOf(result, inputs);
      const bytes = result.model.toBytes();
      const loaded = await loadModel(bytes as never);
      const [after] = (await outputsOf({ model: loaded } as never, inputs)) as Tensor[];
      expect(Array.from(after.data)).toEqual(Array.from(before.data));
      const network = await loadForInference(bytes as never);
      const run = await network.predict((inputs.length === 1 ? inputs[0] : inputs) as never);
      const [inferred] = [run].flat() as unknown as Tensor[];
      expect(differenceOf(inferred, { ...expected.outputs[0], data: Array.from(before.data) })).toBeLessThan(1e-5);
    });
  }

  const trained = [
    "torch_cnn_flatten_dynamo",
    "torch_resnet_small_dynamo",
    "torch_gru_ts",
    "hf_vit_ts",
    "hf_bert_dynamo",
  ];
  for (const name of trained) {
    it(`${name} trains on`, async () => {
      const file = `onnx/${name}.onnx`;
      const expected = expectedOf(file);
      const { model } = await importModel(bytesOf(file));
      const [x] = inputsOf(expected);
      const y = expected.outputs.map(
        ({ shape }) => new Tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape),
      );
      model.compile({ optimizer: "adam", loss: "meanSquaredError" } as never);
      const before = await model.getWeights();
      const history = await model.fit(
        x as never,
        (y.length === 1 ? y[0] : y) as never,
        { epochs: 8, batchSize: x.shape[0], verbose: 0 } as never,
      );
      const losses = (history as unknown as { history: { loss: number[] } }).history.loss;
      expect(losses.at(-1)!).toBeLessThan(losses[0]);
      const after = await model.getWeights();
      const moved = Object.keys(before).filter((key) =>
        before[key].data.some((value, i) => value !== after[key].data[i]),
      );
      expect(moved.length).toBeGreaterThan(Object.keys(before).length / 2);
    });
  }

  it("weights that stand in another file are given by its name", async () => {
    const file = "onnx/torch_cnn_flatten_dynamo.onnx";
    const { model } = await importModel({ "model.onnx": bytesOf(file), "other.bin": new Uint8Array(3) } as never);
    expect(model.layers.map(({ name }) => name)).toContain("0");
  });
});
