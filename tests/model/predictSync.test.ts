import { describe, expect, it } from "vitest";
import { ShapeError, StateError, type Tensor, ThreadError, layers, model as graph, input, data } from "../../src/index";
import { loadModel as loadForInference } from "../../src/inference/index";
import { regressionData, regressionModel } from "./twins";

const { x, y } = regressionData(23);

describe("predictSync", () => {
  it.each([1, 5, 32])("gives the bits of predict, in batches of %i", async (batchSize) => {
    for (const engine of ["wasm", "js"] as const) {
      const model = regressionModel({ engine });
      await model.fit(x, y);
      const expected = await model.predict(x, { batchSize });
      expect(model.predictSync(x, { batchSize })).toEqual(expected);
      expect(model.predictSync(x, { batchSize: 1000 })).toEqual(expected);
    }
  });

  it("needs one predict before, of however few samples", async () => {
    const model = regressionModel();
    expect(() => model.predictSync(x)).toThrow(StateError);
    expect(() => model.predictSync(x)).toThrow("Await predict(x) once before");
    await model.predict([[1, 2, 3]]);
    expect(model.predictSync(x)).toEqual(await model.predict(x));
  });

  it("follows the weights", async () => {
    const model = regressionModel();
    await model.predict(x);
    for (let i = 0; i < 3; i++) {
      await model.fit(x, y);
      expect(model.predictSync(x)).toEqual(await model.predict(x));
    }
  });

  it("of several inputs, bytes among them, and outputs gives an array", async () => {
    const nodes = [input({ shape: [3] }), input({ shape: [2], dtype: "uint8" })];
    const both = layers.concatenate().apply(nodes);
    const outputs = [layers.dense({ units: 2 }).apply(both), layers.dense({ units: 1 }).apply(both)];
    const model = graph({ inputs: nodes, outputs });
    const second = { data: Uint8Array.from({ length: 46 }, (_, i) => i), shape: [23, 2] };
    const expected = await model.predict<Tensor<"float32">[]>([x, second], { batchSize: 4 });
    expect(model.predictSync([x, second])).toEqual(expected);
    expect(expected.map(({ shape }) => shape)).toEqual([
      [23, 2],
      [23, 1],
    ]);
  });

  it("says why it cannot be", async () => {
    const away = regressionModel({ worker: true });
    await away.predict(x);
    expect(() => away.predictSync(x)).toThrow(ThreadError);
    away.dispose();
    expect(() => away.predictSync(x)).toThrow("predictSync: the model has been disposed.");
    const model = regressionModel();
    await model.predict(x);
    const predicting = model.predict(x);
    expect(() => model.predictSync(x)).toThrow("predictSync: the model is in use.");
    await predicting;
    const fitting = model.fit(x, y);
    expect(() => model.predictSync(x)).toThrow("predictSync: the model is being trained.");
    await fitting;
    expect(() => model.predictSync([[1, 2]])).toThrow(ShapeError);
    expect(() => model.predictSync(x, { batchsize: 3 } as object)).toThrow('Did you mean "batchSize"?');
    expect(() => model.predictSync(data.fromTensors(x) as never)).toThrow("predictSync: expects tensors.");
  });

  it("is there in wasmgrad/inference", async () => {
    const model = regressionModel();
    await model.fit(x, y);
    const loaded = await loadForInference(model.toBytes());
    expect(() => loaded.predictSync(x)).toThrow("Await predict(x) once before");
    const expected = await model.predict(x);
    expect(await loaded.predict(x, { batchSize: 3 })).toEqual(expected);
    expect(loaded.predictSync(x)).toEqual(expected);
    loaded.dispose();
    expect(() => loaded.predictSync(x)).toThrow("predictSync: the model has been disposed.");
  });
});
