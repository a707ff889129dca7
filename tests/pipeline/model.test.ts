import { beforeAll, describe, expect, test } from "vitest";
import { loadModel as loadPredictor } from "../../src/inference/index";
import {
  data,
  layers,
  loadModel,
  type Model,
  type Pipeline,
  pipeline,
  sequential,
  type Tensor,
  tableModel,
} from "../../src/index";
import { encodeSafetensors } from "../../src/formats/safetensors/encode";
import { decodeSafetensors } from "../../src/formats/safetensors/decode";
import type { Table } from "../../src/table/table";

const rows = Array.from({ length: 60 }, (_, i) => ({
  size: i % 3 === 0 ? null : (i * 7) % 23,
  town: ["Ulm", "Köln", "Bonn"][i % 3],
  when: new Date(Date.UTC(2020, 0, 1 + 9 * i)),
  kind: (i * 7) % 23 > 11 ? "large" : "small",
  price: 1000 * ((i * 7) % 23) + 5,
}));

let table: Table;
let steps: Pipeline;
let model: Model<Tensor | Tensor[]>;
beforeAll(async () => {
  table = await data.table(rows, {
    target: ["kind", "price"],
    columns: { price: { type: "number", unit: "EUR" }, town: "category" },
  });
  steps = await pipeline(table);
  model = tableModel(steps, { hidden: [11], seed: 3 });
  const { x, y } = await steps.apply(table);
  await model.fit(x, y, { epochs: 60 });
});

const bare = rows.map(({ size, town, when }) => ({ size, town, when }));

describe("a model with a pipeline", () => {
  test("answers rows in words and units", async () => {
    const answers = await model.predict(bare);
    const [classes, quantities] = (await model.predict<Tensor[]>((await steps.inputs(bare)) as Tensor)) as Tensor[];
    expect(answers).toHaveLength(60);
    const prices = rows.map(({ price }) => price);
    const mean = prices.reduce((a, b) => a + b) / 60;
    const deviation = Math.sqrt(prices.reduce((sum, price) => sum + (price - mean) ** 2, 0) / 60);
    for (const [i, { kind, price }] of answers.entries()) {
      const [large, small] = classes.data.subarray(2 * i, 2 * i + 2);
      expect(kind.value).toBe(large >= small ? "large" : "small");
      expect(kind.probability).toBe(Math.max(large, small));
      expect(kind.probabilities).toEqual({ large, small });
      expect(Object.keys(kind.probabilities!)[0]).toBe(kind.value);
      expect(price.unit).toBe("EUR");
      expect(price.value).toBeCloseTo(quantities.data[i] * deviation + mean, 6);
    }
  });

  test("answers one object with one answer, and a table with as many", async () => {
    const [first] = await model.predict(bare);
    expect(await model.predict(bare[0])).toEqual(first);
    expect((await model.predict(table))[0]).toEqual(first);
  });

  test("still predicts from numbers", async () => {
    const outputs = await model.predict<Tensor[]>((await steps.inputs(bare)) as Tensor);
    expect(outputs.map(({ shape }) => shape)).toEqual([
      [60, 2],
      [60, 1],
    ]);
  });

  test("is the same after saving, in both entries", async () => {
    const bytes = model.toBytes();
    const want = await model.predict(bare);
    const loaded = await loadModel(bytes);
    expect(await loaded.predict(bare)).toEqual(want);
    expect(loaded.pipeline?.toJSON()).toEqual(steps.toJSON());
    const predictor = await loadPredictor(bytes);
    expect(await predictor.predict(bare)).toEqual(want);
    expect(await predictor.predict(bare[7])).toEqual(want[7]);
    // And what was loaded can be saved.
    expect(await (await loadModel(loaded.toBytes())).predict(bare[7])).toEqual(want[7]);
  });

  test("takes learningRate · weightDecay of every weight in a step, and refuses what is no decay", async () => {
    const { x, y } = await steps.apply(table);
    const afterOneStep = async (weightDecay: number | undefined) => {
      const made = tableModel(steps, { hidden: [4], seed: 1, learningRate: 0.5, weightDecay });
      const before = (await made.getWeights())["dense/kernel"].data;
      await made.trainOnBatch(x, y);
      return { before, after: (await made.getWeights())["dense/kernel"].data };
    };
    const [plain, held] = [await afterOneStep(undefined), await afterOneStep(0.2)];
    // The same gradients move both; what is left over is the decay.
    for (const [i, weight] of plain.before.entries()) {
      expect(held.after[i]).toBeCloseTo(plain.after[i] - 0.5 * 0.2 * weight, 5);
    }
    for (const wrong of [-1, Number.NaN, "0.1"]) {
      expect(() => tableModel(steps, { weightDecay: wrong as number })).toThrow(/weightDecay/);
    }
  });

  test("refuses a pipeline for another model, and what is none", async () => {
    const other = sequential({ layers: [layers.dense({ units: 2, inputShape: [5] })] });
    expect(() => (other.pipeline = steps)).toThrow(/inputs \[\d+\].*\[5\]/);
    expect(() => (other.pipeline = {} as never)).toThrow(/must be what pipeline\(\) gives/);
    await expect(tableModelOf({})).rejects.toThrow(/expects what pipeline\(\) gives/);
    expect(() => tableModel(steps, { hidden: [0] })).toThrow(/hidden/);
    expect(() => tableModel(steps, { units: 3 } as never)).toThrow(/units/);
  });

  test("without one, rows are refused as before", async () => {
    const other = sequential({ layers: [layers.dense({ units: 2, inputShape: [1] })] });
    other.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    await expect(other.predict({ size: 1 } as never)).rejects.toThrow();
  });
});

const tableModelOf = async (given: unknown) => tableModel(given as Pipeline);

interface PipelineFile {
  version: number;
  schema: unknown;
  more?: number;
  steps: { kind: string; column: string; scale: number; words: string[] }[];
  targets: { classes: string[] }[];
}

/** The first step of a kind. */
const step = ({ steps: all }: PipelineFile, kind: string) => all.find((one) => one.kind === kind)!;

describe("a file with another pipeline", () => {
  /** The file of the model with something else in its pipeline. */
  function fileWith(change: (pipeline: PipelineFile) => void): Uint8Array {
    const { tensors, metadata } = decodeSafetensors(model.toBytes());
    const description = JSON.parse(metadata.wasmgrad);
    change(description.pipeline);
    const stored = new Map(
      [...tensors].map(([name, { shape, data }]) => [name, { shape, data: data as Float32Array }]),
    );
    return encodeSafetensors(stored, { wasmgrad: JSON.stringify(description) });
  }

  test("is read when nothing was changed", async () => {
    await expect(loadModel(fileWith(() => {}))).resolves.toBeDefined();
  });

  // biome-ignore format: one case a line
  test.each<[string, (pipeline: PipelineFile) => void, RegExp]>([
    ["another version", (p) => { p.version = 2; }, /another version/],
    ["no schema", (p) => { p.schema = 7; }, /schema/],
    ["a step of an unknown kind", (p) => { p.steps[0].kind = "constructor"; }, /known kind/],
    ["a step for a column that there is not", (p) => { p.steps[0].column = "sighs"; }, /no feature "sighs"/],
    ["a step for a column of another type", (p) => { p.steps[0].column = "town"; }, /"town"/],
    ["a scale of 0", (p) => { step(p, "number").scale = 0; }, /above 0/],
    ["a word twice", (p) => { step(p, "oneHot").words = ["Ulm", "Ulm", "Bonn"]; }, /each word once/],
    ["one word less than the model has inputs", (p) => { step(p, "oneHot").words.pop(); }, /inputs/],
    ["a class more than the model has outputs", (p) => { p.targets[0].classes.push("huge"); }, /outputs/],
    ["no target", (p) => { p.targets = []; }, /target/],
    ["an unknown member", (p) => { p.more = 1; }, /unknown member "more"/],
  ])("%s", async (_name, change, message) => {
    await expect(loadModel(fileWith(change))).rejects.toThrow(message);
    await expect(loadPredictor(fileWith(change))).rejects.toThrow(message);
  });
});
