import { describe, expect, it } from "vitest";
import { FormatError, layers, loadModel, sequential } from "../../src";
import { type Description, descriptionOf, withDescription, withHeader, withText } from "./modelFile";

function network() {
  return sequential({
    layers: [
      layers.dense({ units: 7, activation: "tanh", inputShape: [5] }),
      layers.dropout({ rate: 0.3 }),
      layers.dense({ units: 3 }),
    ],
  });
}
const uncompiled = network();
const compiled = network();
compiled.compile({ optimizer: "adam", loss: "meanSquaredError", metrics: ["mae"] });
const file = compiled.toBytes();

/** Puts a value where a path such as `layers[0].kind` leads; undefined removes what is there. */
function set(path: string, value: unknown): (description: Description) => void {
  return (description) => {
    const steps = path.split(/\]?[.[]|\]/).filter((step) => step !== "");
    const last = steps.pop()!;
    const owner = steps.reduce((at, step) => at[step], description);
    owner[last] = value;
  };
}

describe("hostile files", () => {
  const descriptions: [string, (d: ReturnType<typeof descriptionOf>) => void, RegExp][] = [
    ["a newer version", set("version", 2), /has format version 2.*Update wasmgrad/],
    ["no version", set("version", undefined), /must have format version 1/],
    ["an unknown member", set("extra", 1), /has an unknown member "extra"/],
    ["a missing member", set("nodes", undefined), /lacks "nodes"/],
    ["a name that is no text", set("name", 5), /name must be text, got 5/],
    ["a seed out of range", set("seed", 2 ** 32), /seed must be an integer from 0 to 4294967295/],
    ["an unknown kind", set("layers[0].kind", "dence"), /layers\[0\]\.kind is "dence"/],
    ["a class for a kind", set("layers[0].kind", "Layer"), /is "Layer", which/],
    ["an inherited name for a kind", set("layers[0].kind", "constructor"), /is "constructor", which/],
    ["an unknown layer option", set("layers[0].options.unit", 5), /layers\[0\]: dense: unknown option "unit"/],
    ["an unknown activation", set("layers[0].options.activation", "rellu"), /Did you mean "relu"/],
    ["options that are no object", set("layers[0].options", [1]), /options must be an object/],
    ["10^9 units", set("layers[0].options.units", 1e9), /"dense\/kernel" must have shape \[5, 1000000000\]/],
    ["2^53 units", set("layers[0].options.units", 2 ** 53 - 1), /more than any memory holds/],
    ["a huge input", set("inputs[0].shape", [1e6, 1e6]), /more than any memory holds/],
    ["an input of 16 axes", set("inputs[0].shape", new Array(16).fill(1)), /at most 15/],
    ["two layers of one name", (d) => void d.layers.forEach(nameDense), /two layers are named "dense"/],
    ["a node that reads itself", set("nodes[1].inputs", [2]), /nodes\[1\]\.inputs\[0\] must be an integer/],
    ["a node without inputs", set("nodes[1].inputs", []), /inputs must not be empty/],
    ["a layer that is not there", set("nodes[1].layer", 3), /layer must be an integer from 0 to 2, got 3/],
    ["nodes that lead nowhere", set("outputs", [1]), /lead to no output/],
    ["a layer without use", (d) => void d.layers.push({ ...d.layers[1] }), /are not all used/],
    ["an input without use", (d) => void d.inputs.push(d.inputs[0]), /no output depends on input 0/],
    ["no outputs", set("outputs", []), /outputs must not be empty/],
    ["an unknown optimizer", set("training.optimizer.name", "adamm"), /Did you mean "adam"/],
    ["an optimizer that claims to be made", set("training.optimizer.op", {}), /unknown member "op"/],
    ["an unknown loss", set("training.loss[0].name", "mean"), /loss cannot be "mean"/],
    ["too few losses", set("training.loss", []), /expects a loss for each output \(1\), got 0/],
    ["an unknown metric", set("training.metrics[0][0].name", "x"), /metric cannot be "x"/],
    ["metrics of two outputs", set("training.metrics", [[], []]), /one output, got 2 lists of metrics/],
    ["an unknown engine", set("training.engine", "float64"), /engine cannot be "float64"/],
    ["half a step", set("training.step", 0.5), /step must be an integer/],
    ["a negative rate", set("training.learningRate", -1), /must not be below 0/],
    ["a rate that is no number", set("training.optimizer.options", { learningRate: "1" }), /learningRate must be/],
  ];
  it.each(descriptions)("%s", async (_, change, message) => {
    const error = await loadModel(withDescription(file, change)).catch((caught) => caught);
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
    expect(error.message.length).toBeLessThan(600);
  });

  const headers: [string, (h: Record<string, { shape: number[]; dtype: string }>) => void, RegExp][] = [
    ["no model", set("__metadata__", undefined), /has tensors but no model/],
    ["a tensor of another name", (h) => rename(h, "dense/kernel", "dense/kernels"), /"dense\/kernel" is missing/],
    [
      "a state of another shape",
      (h) => void h["optimizer/velocity/dense/kernel"].shape.reverse(),
      /velocity\/dense\/kernel" must have shape \[5, 7\]/,
    ],
    [
      "a tensor of another shape",
      (h) => void h["dense/kernel"].shape.reverse(),
      /must have shape \[5, 7\], got \[7, 5\]/,
    ],
    ["a tensor of another type", set("dense/bias.dtype", "I32"), /must be F32, F64, F16 or BF16, got I32/],
  ];
  it.each(headers)("%s", async (_, change, message) => {
    await expect(loadModel(withHeader(file, change))).rejects.toThrow(FormatError);
    await expect(loadModel(withHeader(file, change))).rejects.toThrow(message);
  });

  it("numbers that nothing can be computed with", async () => {
    const last = new Uint8Array(file);
    const view = new DataView(last.buffer, last.length - 4);
    for (const [value, fits] of [
      [Number.NaN, false],
      [Number.POSITIVE_INFINITY, true],
    ] as const) {
      view.setFloat32(0, value, true);
      // The last tensor by name is of the optimizer, where infinity may stand.
      if (fits) expect((await loadModel(last)).toBytes()).toEqual(last);
      else await expect(loadModel(last)).rejects.toThrow(/optimizer\/velocity\/dense_1\/kernel" holds NaN/);
    }
    const plain = uncompiled.toBytes();
    new DataView(plain.buffer, plain.length - 4).setFloat32(0, Number.POSITIVE_INFINITY, true);
    await expect(loadModel(plain)).rejects.toThrow(/dense_1\/kernel" holds Infinity/);
  });

  it("text that is no JSON, or too much of it", async () => {
    for (const text of ["", "{", "null", "[]", "5", `${"[".repeat(100)}${"]".repeat(100)}`]) {
      await expect(loadModel(withText(file, text))).rejects.toThrow(FormatError);
    }
    const poisoned = JSON.stringify(descriptionOf(file)).replace('"units"', '"__proto__":{"units":1},"units"');
    await expect(loadModel(withText(file, poisoned))).rejects.toThrow(/"__proto__" is not allowed/);
    expect(({} as { units?: number }).units).toBeUndefined();
  });

  it("a chain longer than the stack is deep, or than any model", async () => {
    const chain = (length: number) =>
      withDescription(sequential({ layers: [layers.relu({ inputShape: [1] })] }).toBytes(), (d) => {
        d.nodes = Array.from({ length }, (_, i) => ({ layer: 0, inputs: [i] }));
        d.outputs = [length];
      });
    const loaded = await loadModel(chain(10_000));
    expect(descriptionOf(loaded.toBytes())).toEqual(descriptionOf(chain(10_000)));
    await expect(loadModel(chain(10_001))).rejects.toThrow(/nodes has 10001 elements, at most 10000/);
  });
});

function nameDense(layer: ReturnType<typeof descriptionOf>): void {
  layer.options.name = "dense";
  layer.isNamedByModel = false;
}

function rename(header: Record<string, unknown>, from: string, to: string): void {
  header[to] = header[from];
  delete header[from];
}
