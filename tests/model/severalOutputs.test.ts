// A layer may have several outputs: a function over nodes that returns an array, a model with several as a layer of another, and
// layers of one's own.
import { describe, expect, it } from "vitest";
import {
  FormatError,
  input,
  layers,
  loadModel,
  model as functional,
  type Node,
  ops,
  sequential,
  ShapeError,
} from "../../src/index";
import { loadModel as loadForInference } from "../../src/inference/index";
import { Layer } from "../../src/graph/layer";
import type { Graph, Value } from "../../src/graph/graph";
import { lowerFor } from "../../src/compiler/compile";
import { placeholderFeeds } from "../../src/compiler/lowerings";
import { differentiate } from "../../src/compiler/differentiate";
import { planMemory } from "../../src/compiler/plan";
import { defineOp } from "../../src/ops/op";
import { storageOf } from "../../src/graph/graph";
import { tensor } from "../../src/tensor/tensor";
import type { Shape } from "../../src/tensor/shape";
import { descriptionOf, withDescription } from "./modelFile";
import { noise } from "./twins";

const x = tensor(noise(24, 3), [6, 4]);
const y = tensor(noise(12, 4), [6, 2]);

/** [batch, 4] to its first and its last two columns, the last ones twice as large. */
const halves = () =>
  layers.lambda((node) => {
    const [front, back] = ops.split(node, 2, { axis: -1 });
    return [front, ops.multiply(back, 2)];
  });

/** 4 → two heads of 3 and 2. */
function heads() {
  const a = input({ shape: [4] });
  const trunk = layers.dense({ units: 5, activation: "tanh" }).apply(a);
  const outputs = [layers.dense({ units: 3 }).apply(trunk), layers.dense({ units: 2 }).apply(trunk)] as const;
  return functional({ inputs: a, outputs, name: "heads", seed: 3 });
}

describe("a layer with several outputs", () => {
  it("gives a node for each, which know their use", () => {
    const layer = halves();
    const outputs = layer.apply(input({ shape: [4] }));
    expect(outputs.map(({ shape }) => shape)).toEqual([[2], [2]]);
    expect(outputs.map(({ outputIndex }) => outputIndex)).toEqual([0, 1]);
    expect(outputs[0].call).toBe(outputs[1].call);
    expect(layer.output).toBe(outputs);
    expect(Object.isFrozen(outputs)).toBe(true);
    expect(layer.apply(input({ shape: [6] })).map(({ shape }) => shape)).toEqual([[3], [3]]);
    expect(layer.output).toBe(outputs);
  });

  it("of one in an array gives a node", () => {
    const node: Node = layers.lambda((a) => [ops.negative(a)]).apply(input({ shape: [4] }));
    expect(node.shape).toEqual([4]);
  });

  it("computes each, whichever and in whatever order they are used", async () => {
    const a = input({ shape: [4] });
    const [front, back] = halves().apply(a);
    const rows = [0, 1, 2, 3, 4, 5];
    const columns = (from: number, factor: number) =>
      Float32Array.from(rows.flatMap((i) => [x.data[4 * i + from] * factor, x.data[4 * i + from + 1] * factor]));
    const [f, b] = await functional({ inputs: a, outputs: [front, back] }).predict(x);
    expect(f.data).toEqual(columns(0, 1));
    expect(b.data).toEqual(columns(2, 2));
    const [second, first] = await functional({ inputs: a, outputs: [back, front] }).predict(x);
    expect([first.data, second.data]).toEqual([f.data, b.data]);
    expect((await functional({ inputs: a, outputs: back }).predict(x)).data).toEqual(b.data);
  });

  it("is emitted once for all its outputs", async () => {
    const a = input({ shape: [4] });
    const dropped = layers.dropout({ rate: 0.5 }).apply(layers.dense({ units: 4 }).apply(a));
    const [front, back] = heads().apply(dropped);
    const both = functional({ inputs: a, outputs: layers.concatenate().apply([front, back, front]) });
    expect(both.program().match(/heads|dense /g)).toBeTruthy();
    const rows = both
      .program()
      .split("\n")
      .filter((row) => /^\s*\d+\s+dense/.test(row));
    expect(rows.length).toBe(4);
  });

  it("an output that nobody uses has no row and no gradient", () => {
    const a = input({ shape: [4] });
    const [front] = heads().apply(a);
    const model = functional({ inputs: a, outputs: front });
    model.compile({ optimizer: "sgd", loss: "mse" });
    const rows = model
      .program({ batchSize: 2 })
      .split("\n")
      .filter((row) => /^\s*\d+\s+dense/.test(row));
    expect(rows.length).toBe(2);
  });

  it("and without a gradient of some has address 0 for it", () => {
    const pair = defineOp({
      name: "pair",
      inputs: ["x"],
      outputs: ["y", "z"],
      counts: ["count"],
      forward() {},
      backward() {},
    });
    class Pair extends Layer<readonly [Node, Node]> {
      constructor() {
        super("pair", {});
      }
      outputShape(shape: Shape): readonly Shape[] {
        return [shape, shape];
      }
      emit(graph: Graph, [x]: Value[]): readonly Value[] {
        const values = { x, y: graph.value(this.name, x.shape), z: graph.value(this.name, x.shape) };
        graph.emitSink(pair, this.name, values, { counts: { count: 8 } });
        return [values.y, values.z];
      }
    }
    const a = input({ shape: [4] });
    const [, z] = new Pair().apply(layers.dense({ units: 4 }).apply(a));
    const model = functional({ inputs: a, outputs: z });
    model.compile({ optimizer: "sgd", loss: "mse" });
    const { recipe } = model.internals("test");
    const { graph } = lowerFor(recipe, "train", 2, placeholderFeeds(recipe));
    const differentiation = differentiate(graph);
    const { values } = graph.operations.find(({ op }) => op === pair)!;
    const { gradients } = planMemory(graph, differentiation);
    expect(gradients.has(storageOf(values.z).id)).toBe(true);
    expect(gradients.has(storageOf(values.y).id)).toBe(false);
  });

  it("is named in messages with the number of the output, in results by its layer", async () => {
    const a = input({ shape: [4] });
    const [front, back] = halves().apply(a);
    const model = functional({ inputs: a, outputs: [front, back] });
    model.compile({ optimizer: "sgd", loss: "mse" });
    expect(Object.keys(await model.evaluate(x, [y, y]))).toEqual(["loss", "lambda/loss", "lambda_1/loss"]);
    expect(model.summary()).toMatch(/lambda \(lambda\) +\[batch, 2\], \[batch, 2\] +0/);
    expect(() => layers.conv1d({ filters: 1, kernelSize: 1 }).apply(back)).toThrow(
      /lambda \(output 1\) \[batch, 2\] → /,
    );
  });

  it("cannot stand in a sequential model", () => {
    expect(() => sequential({ layers: [layers.dense({ units: 4, inputShape: [4] }), heads()] })).toThrow(
      new ShapeError(
        "sequential: heads has 2 outputs, a layer of a sequential model has one. Write model({ inputs, outputs }).",
      ),
    );
  });
});

describe("a model with several outputs as a layer", () => {
  const around = () => {
    const a = input({ shape: [4] });
    const [first, second] = heads().apply(a);
    const output = layers.dense({ units: 2, name: "end" }).apply(layers.concatenate().apply([second, first]));
    return functional({ inputs: a, outputs: [output, second], seed: 5 });
  };

  it("computes and trains as its layers would", async () => {
    const inner = heads();
    const a = input({ shape: [4] });
    const [first, second] = inner.apply(a);
    const outer = functional({ inputs: a, outputs: [second, first] });
    const [own, nested] = [await inner.predict(x), await outer.predict(x)];
    expect(nested).toEqual(own.toReversed());
    const targets = [tensor(noise(12, 5), [6, 2]), tensor(noise(18, 6), [6, 3])];
    for (const [model, given] of [
      [outer, targets],
      [inner, targets.toReversed()],
    ] as const) {
      (model as typeof outer).compile({ optimizer: "sgd", loss: "mse" });
      await model.trainOnBatch(x, given);
    }
    expect(Object.values(await outer.getWeights())).toEqual(Object.values(await inner.getWeights()));
  });

  it.each(["wasm", "js"] as const)(
    "is kept in files, trains on and predicts by the inference entry (%s)",
    async (engine) => {
      const model = around();
      model.compile({ optimizer: "adam", loss: "mse", engine });
      await model.trainOnBatch(x, [y, y]);
      const bytes = model.toBytes();
      const loaded = await loadModel(bytes);
      expect(loaded.toBytes()).toEqual(bytes);
      for (const one of [model, loaded]) await one.trainOnBatch(x, [y, y]);
      expect(await loaded.getWeights()).toEqual(await model.getWeights());
      const predictor = await loadForInference(model.toBytes());
      const expected = await (await loadModel(model.toBytes(), { engine: "wasm" })).predict(x);
      expect((await predictor.predict(x)) as unknown).toEqual(expected);
    },
  );

  it("of which only the second is used comes back from a file", async () => {
    const a = input({ shape: [4] });
    const [, back] = halves().apply(a);
    const model = functional({ inputs: a, outputs: back });
    const loaded = await loadModel(model.toBytes());
    expect(await loaded.predict(x)).toEqual(await model.predict(x));
    expect(loaded.toBytes()).toEqual(model.toBytes());
  });

  it.each([
    ["a use that is an input", { use: 0, output: 1 }, /nodes\[2\]\.use is no use of a layer/],
    ["a use of itself", { use: 3, output: 1 }, /use/],
    ["an output that there is not", { use: 2, output: 2 }, /output/],
    ["an output that stands twice", { use: 2, output: 1 }, /stands twice/],
    ["no output", { use: 2 }, /output/],
    ["half an output", { use: 2, output: 0.5 }, /output/],
  ])("refuses in a file %s", async (_, node, message) => {
    const a = input({ shape: [4] });
    const [front, back] = halves().apply(layers.relu().apply(a));
    const model = functional({ inputs: a, outputs: [back, front] });
    const bytes = model.toBytes();
    expect(descriptionOf(bytes).nodes).toEqual([
      { layer: 0, inputs: [0] },
      { layer: 1, inputs: [1], output: 1 },
      { use: 2, output: 0 },
    ]);
    const hostile = withDescription(bytes, ({ nodes }) => {
      nodes[2] = node;
    });
    const failure = await loadModel(hostile).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(FormatError);
    expect((failure as Error).message).toMatch(message);
  });
});
