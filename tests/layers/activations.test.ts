import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/errors";
import { Graph } from "../../src/graph/graph";
import { type Activation, activations, emitActivation, resolveActivation } from "../../src/activations/activations";
import { readable } from "../../src/ops/readable";

const points = [-1.25, 0.5, 7];

/** Values at −1.25, 0.5 and 7 by Python's math module, from the formulas in Keras' documentation. */
const reference: Record<string, number[]> = {
  relu: [0, 0.5, 7],
  relu6: [0, 0.5, 6],
  leakyRelu: [-0.25, 0.5, 7],
  elu: [-0.7134952031398099, 0.5, 7],
  selu: [-1.2543954463378648, 0.5253504936777402, 7.354906911488364],
  gelu: [-0.13206221708356913, 0.34573123063700656, 6.999999999991041],
  silu: [-0.27837517353163604, 0.3112296656009273, 6.993622641639196],
  swish: [-0.27837517353163604, 0.3112296656009273, 6.993622641639196],
  mish: [-0.30841396114152775, 0.3752452113048951, 6.999988379809741],
  sigmoid: [0.22270013882530884, 0.6224593312018546, 0.9990889488055994],
  hardSigmoid: [0.2916666666666667, 0.5833333333333334, 1],
  tanh: [-0.8482836399575129, 0.46211715726000974, 0.9999983369439447],
  softplus: [0.2519290813453729, 0.9740769841801067, 7.000911466453774],
  softsign: [-0.5555555555555556, 0.3333333333333333, 0.875],
  exponential: [0.2865047968601901, 1.6487212707001282, 1096.6331584284585],
  softmax: [0.00026079832708059185, 0.0015007907509157917, 0.9982384109220036],
  logSoftmax: [-8.251763142500632, -6.501763142500632, -0.0017631425006325477],
};

/** What an activation makes of the points, twice over: an input of shape [2, 3]. */
function evaluate(activation: Activation): number[] {
  const graph = new Graph(2, true, 0);
  const x = graph.value("input", [2, 3]);
  const y = emitActivation(graph, activation, x, "layer");
  const heap = new Float64Array([0, ...points, ...points, 0, 0, 0, 0, 0, 0]);
  const memory = { heap, totals: new Float64Array(0), integers: new Int32Array(0), bytes: new Uint8Array(0) };
  expect(y.shape).toEqual([2, 3]);
  const [{ op, owner, counts, numbers, values }] = graph.operations;
  expect(owner).toBe("layer");
  expect(values).toEqual({ x, y });
  readable(op).forward(memory, { ...counts, ...numbers, x: 1, y: 7 }, { index: 0, order: 0, learningRate: 0 });
  return Array.from(heap.subarray(7));
}

function expectValues(activation: Activation, values: readonly number[]): void {
  evaluate(activation).forEach((value, i) => {
    expect(value).toBeCloseTo(values[i % 3], 12);
  });
}

describe("activations", () => {
  it.each(Object.keys(reference))("%s has the values of its formula", (name) => {
    expectValues(resolveActivation(name, "dense_1"), reference[name]);
  });

  it("covers every activation there is", () => {
    expect(["custom", "linear", ...Object.keys(reference)].sort()).toEqual(Object.keys(activations).sort());
  });

  it("takes options where there are some", () => {
    // 0.2·x + ½, cut off: what Keras 2 calls hard_sigmoid.
    expectValues(resolveActivation(activations.hardSigmoid({ slope: 0.2 }), "dense_1"), [0.25, 0.6, 1]);
    expect(() => activations.hardSigmoid({ slope: -0.2 })).toThrow(/slope must be/);
    expectValues(activations.leakyRelu({ negativeSlope: 0.01 }), [-0.0125, 0.5, 7]);
    expectValues(activations.elu({ alpha: 2 }), [-1.4269904062796197, 0.5, 7]);
    expectValues(
      activations.gelu({ approximate: true }),
      [-0.13228579703028542, 0.34571400982514394, 6.999999999999997],
    );
  });

  it("linear adds nothing to the graph", () => {
    const graph = new Graph(2, true, 0);
    const x = graph.value("input", [2, 3]);
    for (const nothing of ["linear", undefined, null, activations.linear()]) {
      expect(emitActivation(graph, resolveActivation(nothing, "dense_1"), x, "dense_1")).toBe(x);
    }
    expect(graph.operations).toEqual([]);
  });
});

describe("resolveActivation", () => {
  it("reads what JSON leaves of an activation", () => {
    for (const activation of [activations.leakyRelu({ negativeSlope: 0.1 }), activations.elu(), activations.swish()]) {
      const json = JSON.parse(JSON.stringify({ name: activation.name, options: activation.options }));
      expect(resolveActivation(json, "dense_1")).toEqual(activation);
      expect(resolveActivation(activation, "dense_1")).toEqual(activation);
    }
  });

  it.each([
    ["rellu", /^dense_1: activation cannot be "rellu"\. Did you mean "relu"\?/],
    ["leaky_relu", /Did you mean "leakyRelu"\?/],
    ["__proto__", /^dense_1: activation cannot be "__proto__"/],
    ["constructor", /activation cannot be "constructor"/],
    [{ name: "geluu" }, /Did you mean "gelu"\?/],
    [{ options: {} }, /activation cannot be undefined/],
    [{ name: "gelu", options: { aproximate: true } }, /^activations\.gelu: .*Did you mean "approximate"\?/],
    [{ name: "gelu", options: { approximate: 1 } }, /approximate must be true or false, got 1/],
    [{ name: "elu", options: { alpha: -1 } }, /alpha must be a finite number ≥ 0, got -1/],
    [
      { name: "leakyRelu", options: { negativeSlope: Number.NaN } },
      /negativeSlope must be a finite number ≥ 0, got NaN/,
    ],
    [{ name: "relu", options: { alpha: 1 } }, /^activations\.relu: unknown option "alpha"/],
    [{ name: "relu", options: null }, /^activations\.relu: expects an object of options, got null/],
    [["relu"], /must be a name or made by one of activations, got \["relu"\]/],
    [activations.relu, /must be a name or made by one of activations, got function/],
    [7, /got 7/],
  ])("refuses %j", (value, message) => {
    const resolve = () => resolveActivation(value, "dense_1");
    expect(resolve).toThrow(ArgumentError);
    expect(resolve).toThrow(message);
  });
});
