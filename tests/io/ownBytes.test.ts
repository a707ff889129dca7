// Bytes in memory count as they are at the call: their giver may fill that memory anew while they are read.
import { expect, test } from "vitest";
import { data, layers, loadModel, sequential, Tensor, tensor } from "../../src/index";
import { exportModel, importModel, importWeights, readTensors } from "../../src/exchange";
import * as inference from "../../src/inference";

const inputShape = [4, 4, 1];
const x = new Tensor(
  Float32Array.from({ length: 16 }, (_, i) => (i % 5) - 2),
  [1, ...inputShape],
);
const network = (seed: number) =>
  sequential({
    seed,
    layers: [layers.conv2d({ filters: 2, kernelSize: 3, inputShape }), layers.flatten(), layers.dense({ units: 3 })],
  });
const model = network(3);
const chain = sequential({ seed: 3, layers: [layers.dense({ units: 3, inputShape: [4] })] });

/** In memory as people have it: plain, of Node, in the middle of more, and without a view. */
const kinds: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array | ArrayBuffer>> = {
  Uint8Array: (bytes) => bytes.slice(),
  Buffer: (bytes) => Buffer.from(bytes),
  "part of another": (bytes) => {
    const whole = new Uint8Array(bytes.length + 7);
    whole.set(bytes, 3);
    return whole.subarray(3, 3 + bytes.length);
  },
  ArrayBuffer: (bytes) => bytes.slice().buffer as ArrayBuffer,
};

/** Fills the memory as soon as the call has returned. */
async function refilled<Result>(
  source: Uint8Array | ArrayBuffer,
  read: (source: never) => Promise<Result>,
): Promise<Result> {
  const reading = read(source as never);
  (source instanceof ArrayBuffer ? new Uint8Array(source) : source).fill(55);
  return reading;
}

const outputsOf = async (made: { predict(x: never): Promise<unknown> }, given = x) => [
  ...((await made.predict(given as never)) as Tensor).data,
];

for (const [kind, make] of Object.entries(kinds)) {
  test(`${kind}: models of here`, async () => {
    expect(await outputsOf(await refilled(make(model.toBytes()), loadModel))).toEqual(await outputsOf(model));
    expect(await outputsOf(await refilled(make(model.toBytes()), inference.loadModel))).toEqual(await outputsOf(model));
    const row = tensor([[1, 2, 3, 4]]);
    const loaded = await refilled(make(chain.toBytes()), inference.loadModel);
    expect(await outputsOf(loaded, row as never)).toEqual(await outputsOf(chain, row as never));
  });

  test.each(["onnx", "keras"] as const)(`${kind}: models of %s`, async (format) => {
    const { model: made } = await refilled(make((await exportModel(model, format)) as Uint8Array), importModel);
    const wanted = await outputsOf(model);
    (await outputsOf(made)).forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i], 6);
    });
  });

  test(`${kind}: files of a model by their names`, async () => {
    const files = await exportModel(model, "tfjs");
    const [json, weights] = [make(files["model.json"]), make(files["weights.bin"])];
    const reading = importModel({ "model.json": json as Uint8Array, "weights.bin": weights as Uint8Array });
    for (const part of [json, weights]) (part instanceof ArrayBuffer ? new Uint8Array(part) : part).fill(55);
    const wanted = await outputsOf(model);
    (await outputsOf((await reading).model)).forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i], 6);
    });
  });

  test(`${kind}: weights`, async () => {
    const bytes = await exportModel(model, "safetensors");
    const other = network(4);
    await refilled(make(bytes), (source) => importWeights(other, source));
    expect(await outputsOf(other)).toEqual(await outputsOf(model));
    const tensors = await refilled(make(bytes), (source) => readTensors(source));
    const { data: kernel } = (await model.getWeights())["conv2d/kernel"];
    expect(tensors.get("conv2d/kernel")!.data).toEqual(kernel);
  });

  test(`${kind}: tables`, async () => {
    const text = new TextEncoder().encode("size,species\n1,cat\n2,dog\n");
    expect([...(await refilled(make(text), (source) => data.table(source))).column("species")]).toEqual(["cat", "dog"]);
    const parts: unknown[] = [];
    const source = make(text);
    const stream = data.tableStream(source as Uint8Array);
    (source instanceof ArrayBuffer ? new Uint8Array(source) : source).fill(55);
    for await (const part of stream) parts.push(...part.column("species"));
    expect(parts).toEqual(["cat", "dog"]);
    const rows = await refilled(make(text), (source) => data.csv(source, { target: "species" }));
    expect(rows.classNames).toEqual(["cat", "dog"]);
  });
}

test("files beside a model of ONNX", async () => {
  const bytes = await exportModel(chain, "onnx");
  await expect(importModel(bytes, { externalData: { "a.bin": "text" as never } })).rejects.toThrow(
    'importModel: externalData "a.bin" must be bytes, got "text".',
  );
});
