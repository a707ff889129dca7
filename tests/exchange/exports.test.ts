import { describe, expect, it } from "vitest";
import { input, layers, model, sequential } from "../../src/index";
import type { TfjsFiles } from "../../src/exchange/export/tfjs/exportTfjs";
import { exportModel } from "../../src/exchange/exportModel";
import { decodeSafetensors } from "../../src/formats/safetensors/decode";
import { encodeHdf5 } from "../../src/formats/hdf5/encode";
import { datasetsOf, type Hdf5Dataset, type Hdf5Group, memberAt, readHdf5 } from "../../src/formats/hdf5/decode";
import { nets, withWeights } from "./exportCases";

const small = () => {
  const x = input({ shape: [3] });
  return model({ inputs: x, outputs: layers.dense({ units: 2 }).apply(x) });
};

describe("exportModel", () => {
  it("gives each format its kind of result", async () => {
    const made = small() as never;
    expect(await exportModel(made, "onnx")).toBeInstanceOf(Uint8Array);
    expect(await exportModel(made, "keras")).toBeInstanceOf(Uint8Array);
    expect(await exportModel(made, "safetensors")).toBeInstanceOf(Uint8Array);
    expect(Object.keys(await exportModel(made, "tfjs"))).toEqual(["model.json", "weights.bin"]);
    expect(typeof (await exportModel(made, "javascript"))).toBe("string");
  });

  it("refuses formats, options and models that there are not", async () => {
    const made = small() as never;
    await expect(exportModel(made, "coreml" as never)).rejects.toThrow(/exportModel: format cannot be "coreml"/);
    await expect(exportModel(made, "keras", { channelsFirst: true } as never)).rejects.toThrow(/channelsFirst/);
    await expect(exportModel(made, "onnx", { channelsFirst: 1 } as never)).rejects.toThrow(/channelsFirst must be/);
    await expect(exportModel({} as never, "onnx")).rejects.toThrow(/exportModel: expects a model/);
  });

  it("refuses weights that are not finite", async () => {
    const made = small();
    const weights = await made.getWeights();
    weights["dense/kernel"].data[2] = Number.POSITIVE_INFINITY;
    made.getWeights = async () => weights;
    await expect(exportModel(made, "safetensors")).rejects.toThrow(/dense\/kernel holds Infinity/);
  });

  it("needs of a tokenizer of the user's own only what the format has", async () => {
    const made = small();
    made.tokenizer = { encode: () => [0], decode: () => "", vocabularySize: 1 } as never;
    await expect(exportModel(made, "onnx")).rejects.toThrow(/tokenizer/);
    expect((await exportModel(made, "keras")).length).toBeGreaterThan(0);
    expect(await exportModel(made, "javascript")).toContain("predict");
  });

  it("leaves the model as it was", async () => {
    const made = await withWeights(nets[0].make());
    const before = made.toBytes();
    for (const format of ["onnx", "keras", "tfjs", "safetensors", "javascript"] as const) {
      await exportModel(made as never, format);
    }
    expect(Buffer.compare(made.toBytes(), before)).toBe(0);
  });
});

describe("safetensors", () => {
  it("have all weights under the names of the model, or of the user", async () => {
    const made = await withWeights(nets[0].make());
    const weights = await made.getWeights();
    const plain = decodeSafetensors(await exportModel(made as never, "safetensors")).tensors;
    expect([...plain.keys()].sort()).toEqual(Object.keys(weights).sort());
    for (const [name, { shape, data }] of Object.entries(weights)) {
      expect(plain.get(name)).toMatchObject({ dtype: "F32", shape });
      expect(plain.get(name)!.data).toEqual(data);
    }
    const named = await exportModel(made as never, "safetensors", { names: { "dense/kernel": "head.weight" } });
    expect([...decodeSafetensors(named).tensors.keys()]).toContain("head.weight");
    const all = await exportModel(made as never, "safetensors", { names: (name) => name.replaceAll("/", ".") });
    expect([...decodeSafetensors(all).tensors.keys()]).toContain("dense.kernel");
  });

  it("refuse names that no weight has, or two have", async () => {
    const made = small() as never;
    const named = (names: unknown) => exportModel(made, "safetensors", { names } as never);
    await expect(named({ "dense/weight": "w" })).rejects.toThrow(/names.dense\/weight: the model has no such weight/);
    await expect(named(() => "w")).rejects.toThrow(/give two weights the name "w"/);
    await expect(named(() => 3)).rejects.toThrow(/must give each weight a name, got 3/);
    await expect(named("w")).rejects.toThrow(/names must be a record or a function/);
  });
});

describe("the HDF5 writer", () => {
  it("begins as superblock 0 says, and ends where it says", () => {
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    const members = new Map(Array.from({ length: 300 }, (_, i) => [`d${i}`, { shape: [2, 3], data }] as const));
    const group = { attributes: { name: "häuser" }, members };
    const bytes = encodeHdf5({ members: new Map([["layers", group]]) });
    expect([...bytes.subarray(0, 9)]).toEqual([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0]);
    expect(Number(new DataView(bytes.buffer).getBigUint64(40, true))).toBe(bytes.length);
    const read = readHdf5(bytes, "test");
    expect([...datasetsOf(read)].map(([path]) => path).sort()).toEqual(
      [...members.keys()].map((name) => `layers/${name}`).sort(),
    );
    expect((memberAt(read, "layers") as Hdf5Group).attributes.get("name")).toBe("häuser");
    const dataset = memberAt(read, "layers/d299") as Hdf5Dataset;
    expect(dataset).toMatchObject({ shape: [2, 3], dtype: "float32" });
    expect(dataset.read()).toEqual(data);
  });
});

it("is typed by its format", async () => {
  const made = small();
  const onnx: Uint8Array = await exportModel(made, "onnx", { channelsFirst: true });
  const text: string = await exportModel(made, "javascript");
  const { "weights.bin": weights }: TfjsFiles = await exportModel(made, "tfjs");
  const renamed = await exportModel(made, "safetensors", { names: (name) => `model.${name}` });
  // @ts-expect-error: other formats have no such option
  await expect(exportModel(made, "safetensors", { channelsFirst: true })).rejects.toThrow(/unknown option/);
  const chain = sequential({ layers: [layers.dense({ units: 2, inputShape: [3] })] });
  const keras: Uint8Array = await exportModel(chain, "keras");
  for (const bytes of [onnx, weights, renamed, keras]) expect(bytes.length).toBeGreaterThan(0);
  expect(text).toContain("export function predict(input)");
});
