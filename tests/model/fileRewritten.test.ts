// T30: a model file that another tool has written anew is loaded with what is there, and what is not is said.
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  FormatError,
  layers,
  type LoadWarning,
  loadModel,
  type Model,
  optimizers,
  sequential,
  tensor,
} from "../../src";
import { decodeSafetensors } from "../../src/formats/safetensors/decode";
import { encodeSafetensors } from "../../src/formats/safetensors/encode";
import type { StoredData } from "../../src/formats/safetensors/layout";
import { loadModel as loadToPredict } from "../../src/inference/index";
import { fileOf, headerOf } from "../formats/safetensorsFile";

const x = tensor([
  [1, 2],
  [-1, 0.5],
  [0, 3],
]);
const y = tensor([[1], [0], [2]]);

async function trained(optimizer = optimizers.adam({ learningRate: 0.01 })): Promise<Model> {
  const model = sequential({
    seed: 2,
    layers: [layers.dense({ units: 3, activation: "tanh", inputShape: [2] }), layers.dense({ units: 1 })],
  });
  model.compile({ optimizer, loss: "meanSquaredError" });
  await model.fit(x, y, { epochs: 5 });
  return model;
}

/** The file with other tensors. */
function rewritten(
  bytes: Uint8Array,
  change: (tensors: Map<string, { shape: readonly number[]; data: StoredData }>) => void,
): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const changed = new Map<string, { shape: readonly number[]; data: StoredData }>(tensors);
  change(changed);
  return encodeSafetensors(changed, metadata);
}

/** Loads, and returns the warnings by their kind. */
async function load(bytes: Uint8Array): Promise<{ model: Model; warnings: Record<string, readonly string[]> }> {
  const warnings: Record<string, readonly string[]> = {};
  const onWarning = (list: readonly LoadWarning[]) => {
    for (const { kind, tensors, message } of list) {
      warnings[kind] = tensors;
      expect(message).toContain(JSON.stringify(tensors[0]));
    }
  };
  return { model: await loadModel(bytes, { onWarning }), warnings };
}

const weightsOf = async (model: Model) => {
  const entries = Object.entries(await model.getWeights()).map(([name, { data }]) => [name, [...data]]);
  return Object.fromEntries(entries);
};

afterEach(() => vi.restoreAllMocks());

describe("without the optimizer's tensors", () => {
  const withoutState = (bytes: Uint8Array, isLeft: (name: string) => boolean = () => false) =>
    rewritten(bytes, (tensors) => {
      for (const name of [...tensors.keys()]) if (name.startsWith("optimizer/") && !isLeft(name)) tensors.delete(name);
    });

  it.each([
    ["all", () => false],
    ["those of one slot", (name: string) => name.startsWith("optimizer/momentum/")],
    ["one", (name: string) => name !== "optimizer/velocity/dense/bias"],
  ])("%s: the weights are there, the optimizer begins anew", async (_, isLeft) => {
    const original = await trained();
    const { model, warnings } = await load(withoutState(original.toBytes(), isLeft));
    expect(Object.keys(warnings)).toEqual(["missing"]);
    expect(await weightsOf(model)).toEqual(await weightsOf(original));
    // As a model that is compiled anew, whose optimizer begins anew, too. Epochs are counted on, by which orders are drawn.
    const anew = await load(withoutState(original.toBytes()));
    await model.fit(x, y, { epochs: 4, shuffle: false });
    await anew.model.fit(x, y, { epochs: 4, shuffle: false });
    expect(await weightsOf(model)).toEqual(await weightsOf(anew.model));
    original.compile({ optimizer: optimizers.adam({ learningRate: 0.01 }), loss: "meanSquaredError" });
    await original.fit(x, y, { epochs: 4, shuffle: false });
    expect(await weightsOf(model)).toEqual(await weightsOf(original));
  });

  it("slots that begin with other numbers than 0 begin with them", async () => {
    const adagrad = () => optimizers.adagrad({ initialAccumulatorValue: 0.5 });
    const original = await trained(adagrad());
    const { model } = await load(withoutState(original.toBytes()));
    original.compile({ optimizer: adagrad(), loss: "meanSquaredError" });
    for (const each of [model, original]) await each.fit(x, y, { epochs: 3, shuffle: false });
    expect(await weightsOf(model)).toEqual(await weightsOf(original));
  });

  it("names every tensor that is missing", async () => {
    const bytes = (await trained()).toBytes();
    const { warnings } = await load(withoutState(bytes));
    const names = [...decodeSafetensors(bytes).tensors.keys()].filter((name) => name.startsWith("optimizer/"));
    expect(names.length).toBe(8);
    expect([...warnings.missing].sort()).toEqual(names.sort());
  });

  it("is nothing to predict by", async () => {
    const original = await trained();
    const warn = vi.spyOn(console, "warn");
    const predictor = await loadToPredict(withoutState(original.toBytes()));
    expect(await predictor.predict(x)).toEqual(await original.predict(x));
    expect(warn).not.toHaveBeenCalled();
  });

  it("a weight that is missing is an error", async () => {
    const bytes = rewritten((await trained()).toBytes(), (tensors) => tensors.delete("dense/bias"));
    for (const each of [loadModel(bytes), loadToPredict(bytes)]) {
      await expect(each).rejects.toThrow(/tensor "dense\/bias" is missing/);
    }
  });
});

describe("with a tensor more", () => {
  it("passes over it", async () => {
    const original = await trained();
    const bytes = rewritten(original.toBytes(), (tensors) => {
      tensors.set("ema/dense/kernel", { shape: [2], data: Float32Array.of(1, Number.NaN) });
      tensors.set("step", { shape: [], data: Int32Array.of(5) });
    });
    const { model, warnings } = await load(bytes);
    expect(warnings).toEqual({ unknown: ["step", "ema/dense/kernel"].sort() });
    expect(model.toBytes()).toEqual(original.toBytes());
    const heard: LoadWarning[] = [];
    const predictor = await loadToPredict(bytes, { onWarning: (list) => heard.push(...list) });
    expect(heard.map(({ kind }) => kind)).toEqual(["unknown"]);
    expect(await predictor.predict(x)).toEqual(await original.predict(x));
  });

  it("is a warning on the console, once, when nobody asks", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const original = await trained();
    await loadModel(original.toBytes());
    expect(warn).not.toHaveBeenCalled();
    const bytes = rewritten(original.toBytes(), (tensors) => {
      tensors.set("ema", { shape: [1], data: Float32Array.of(1) });
      tensors.delete("optimizer/momentum/dense/bias");
    });
    await loadModel(bytes);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0][0]).toMatch(
      /"optimizer\/momentum\/dense\/bias" is not in the file: the optimizer begins/,
    );
    expect(warn.mock.calls[0][0]).toMatch(/"ema" is not of this model: passed over/);
  });
});

describe("with weights of other types", () => {
  /** The bytes of bfloat16 and float16 of numbers that are exact in both. */
  const halves: Record<string, (value: number) => number> = {
    BF16: (value) => new Uint32Array(Float32Array.of(value).buffer)[0] >>> 16,
    // ±2^e, for e from −14 to 15.
    F16: (value) => (value < 0 ? 0x8000 : 0) | ((Math.log2(Math.abs(value)) + 15) << 10),
  };

  it.each(Object.keys(halves))("%s: every number of it is a float32", async (dtype) => {
    const model = sequential({ layers: [layers.dense({ units: 3, inputShape: [2], useBias: false })] });
    const values = [0.5, -2, 4, -0.125, 1, 1024];
    await model.setWeights({ "dense/kernel": tensor(Float32Array.from(values), [2, 3]) });
    const header = JSON.parse(headerOf(model.toBytes()));
    header["dense/kernel"] = { dtype, shape: [2, 3], data_offsets: [0, 12] };
    const data = new Uint8Array(Uint16Array.from(values, halves[dtype]).buffer);
    const bytes = fileOf(JSON.stringify(header), data);
    const loaded = await load(bytes);
    expect(loaded.warnings).toEqual({});
    expect(await weightsOf(loaded.model)).toEqual({ "dense/kernel": values });
    expect(await (await loadToPredict(bytes)).predict(x)).toEqual(await model.predict(x));
  });

  const inDouble = (bytes: Uint8Array, change: (data: Float64Array) => void = () => {}) =>
    rewritten(bytes, (tensors) => {
      for (const [name, { shape, data }] of tensors) {
        const wide = Float64Array.from(data);
        if (name === "dense/kernel") change(wide);
        tensors.set(name, { shape, data: wide });
      }
    });

  it("F64, of numbers that are float32: nothing is lost, training goes on bit for bit", async () => {
    const original = await trained();
    const { model, warnings } = await load(inDouble(original.toBytes()));
    expect(warnings).toEqual({});
    expect(model.toBytes()).toEqual(original.toBytes());
    for (const each of [model, original]) await each.fit(x, y, { epochs: 3 });
    expect(model.toBytes()).toEqual(original.toBytes());
  });

  it("F64, of others: rounded to the nearest, and said", async () => {
    const bytes = inDouble((await trained()).toBytes(), (data) => data.fill(1 / 3));
    const { model, warnings } = await load(bytes);
    expect(warnings).toEqual({ rounded: ["dense/kernel"] });
    // 11184811 / 2^25, the float32 next to a third.
    expect((await weightsOf(model))["dense/kernel"]).toEqual(new Array(6).fill(11184811 / 33554432));
  });

  it.each([
    [1e300, /"dense\/kernel" holds 1e\+300, which float32 has not/],
    [-3.5e38, /holds -3\.5e\+38, which float32 has not/],
    [Number.NaN, /"dense\/kernel" holds NaN\./],
    [Number.POSITIVE_INFINITY, /holds Infinity\./],
  ])("F64 of %d is an error", async (value, message) => {
    const bytes = inDouble((await trained()).toBytes(), (data) => {
      data[4] = value;
    });
    for (const each of [loadModel(bytes), loadToPredict(bytes)]) {
      await expect(each).rejects.toThrow(message);
    }
    await expect(loadModel(bytes)).rejects.toThrow(FormatError);
  });

  it("F64 of the largest float32 is that", async () => {
    const largest = (2 - 2 ** -23) * 2 ** 127;
    const bytes = inDouble((await trained()).toBytes(), (data) => {
      data[0] = largest;
    });
    const { model } = await load(bytes);
    expect((await weightsOf(model))["dense/kernel"][0]).toBe(largest);
  });
});
