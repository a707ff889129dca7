import { describe, expect, it } from "vitest";
import {
  callbacks,
  input,
  layers,
  loadModel,
  metrics,
  model as functional,
  type Tensor,
  tensor,
} from "../../src/index";
import type { CompileOptions } from "../../src/model/compileOptions";
import type { Model } from "../../src/model/model";
import { noise } from "./twins";

const count = 40;
const x = tensor(noise(count * 4), [count, 4]);
const kinds = Float32Array.from({ length: count }, (_, i) => (i * 7) % 3);
const ages = tensor(noise(count, 1), [count, 1]);
const y = [tensor(kinds, [count]), ages];

/** Outputs `kind`, one class of three, and `age`, a number. */
function build(measured: CompileOptions["metrics"]): Model {
  const start = input({ shape: [4] });
  const shared = layers.dense({ units: 6, activation: "tanh" }).apply(start);
  const outputs = [
    layers.dense({ units: 3, activation: "softmax", name: "kind" }).apply(shared),
    layers.dense({ units: 1, name: "age" }).apply(shared),
  ];
  const model = functional({ inputs: start, outputs, seed: 2 });
  model.compile({ optimizer: "sgd", loss: ["sparseCategoricalCrossentropy", "mse"], metrics: measured });
  return model;
}

/** What the metrics are of, from predictions. */
async function expected(model: Model): Promise<Record<string, number>> {
  const [kind, age] = await model.predict<Tensor[]>(x);
  let right = 0;
  let absolute = 0;
  let squares = 0;
  for (let i = 0; i < count; i++) {
    const row = [...kind.data.subarray(3 * i, 3 * i + 3)];
    if (row.indexOf(Math.max(...row)) === kinds[i]) right++;
    absolute += Math.abs(age.data[i] - ages.data[i]);
    squares += (age.data[i] - ages.data[i]) ** 2;
  }
  return { "kind/accuracy": right / count, "age/mae": absolute / count, "age/rmse": Math.sqrt(squares / count) };
}

describe("metrics of several outputs", () => {
  const forms: [string, CompileOptions["metrics"]][] = [
    ["a list for each", [["accuracy"], ["mae", metrics.rmse()]]],
    ["a list for one, a metric for the other", ["accuracy", ["mae", "rmse"]]],
    ["by name", { kind: "accuracy", age: ["mae", "rmse"] }],
    ["by name, in another order", { age: ["mae", metrics.rmse()], kind: ["acc"] }],
  ];

  it.each(forms)("%s", async (_, form) => {
    const model = build(form);
    const results = await model.evaluate(x, y);
    const names = ["loss", "kind/loss", "kind/accuracy", "age/loss", "age/mae", "age/rmse"];
    expect(Object.keys(results)).toEqual(names);
    for (const [name, value] of Object.entries(await expected(model))) {
      expect(results[name], name).toBeCloseTo(value, 6);
    }
    expect(results["age/loss"]).toBeCloseTo(results["age/rmse"] ** 2, 6);
  });

  it("one list is of every output, and an output may be left out", async () => {
    expect(Object.keys(await build(["accuracy"]).evaluate(x, y))).toEqual([
      "loss",
      "kind/loss",
      "kind/accuracy",
      "age/loss",
      "age/accuracy",
    ]);
    for (const form of [{ age: "mae" }, [[], ["mae"]]] satisfies CompileOptions["metrics"][]) {
      expect(Object.keys(await build(form).evaluate(x, y))).toEqual(["loss", "kind/loss", "age/loss", "age/mae"]);
    }
  });

  it("in a history, of training and validation; a callback can watch one", async () => {
    const model = build({ kind: "accuracy" });
    const stopping = callbacks.earlyStopping({ monitor: "valKind/accuracy", patience: 1 });
    const { history } = await model.fit(x, y, { epochs: 4, validationData: [x, y], callbacks: [stopping] });
    expect(Object.keys(history)).toEqual([
      "loss",
      "kind/loss",
      "kind/accuracy",
      "age/loss",
      "valLoss",
      "valKind/loss",
      "valKind/accuracy",
      "valAge/loss",
    ]);
    const last = history["valKind/accuracy"].at(-1);
    expect(last).toBeCloseTo((await expected(model))["kind/accuracy"], 12);
  });

  it("a file keeps them", async () => {
    for (const form of [{ age: ["mae", "rmse"] }, [[metrics.topKAccuracy({ k: 2 })], []]] as const) {
      const model = build(form as CompileOptions["metrics"]);
      const loaded = await loadModel(model.toBytes());
      expect(await loaded.evaluate(x, y)).toEqual(await model.evaluate(x, y));
    }
  });

  it("one output takes them in every form", async () => {
    for (const form of [["mae"], [["mae"]], { value: "mae" }, { value: ["mae"] }] as CompileOptions["metrics"][]) {
      const start = input({ shape: [4] });
      const model = functional({ inputs: start, outputs: layers.dense({ units: 1, name: "value" }).apply(start) });
      model.compile({ optimizer: "sgd", loss: "mse", metrics: form });
      expect(Object.keys(await model.evaluate(x, ages))).toEqual(["loss", "mae"]);
    }
  });

  it("mistakes say what is wrong", () => {
    const wrong = (value: unknown) => value as CompileOptions["metrics"];
    expect(() => build([["accuracy"], ["mae"], []])).toThrow(
      "compile: the model has 2 outputs, got 3 lists of metrics. Give one for each.",
    );
    expect(() => build({ kin: "accuracy" })).toThrow(
      'compile: metrics: no output is named "kin". Did you mean "kind"?',
    );
    expect(() => build(wrong({ kind: "acuracy" }))).toThrow('Did you mean "accuracy"?');
    expect(() => build({ kind: "mae" })).toThrow("metrics.mae: expects targets like the output");
    expect(() => build(wrong("accuracy"))).toThrow(
      'compile: metrics must be an array, or an object by output, got "accuracy".',
    );
    expect(() => build(wrong(metrics.auc()))).toThrow(/^compile: metrics must be an array, or an object by output/);
    expect(() => build(wrong([["accuracy"], undefined]))).toThrow(/a metric must be a name/);
  });
});
