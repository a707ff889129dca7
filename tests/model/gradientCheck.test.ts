import { describe, expect, it } from "vitest";
import {
  ArgumentError,
  activations,
  gradientCheck,
  input,
  layers,
  losses,
  type Model,
  model,
  regularizers,
  StateError,
  sequential,
  tensor,
} from "../../src";
import { sizeOf, type Shape } from "../../src/tensor/shape";
import type { Graph, Value } from "../../src/graph/graph";
import { resolveInitializer } from "../../src/initializers/initializers";
import { Layer, type LayerOptions, type WeightSpec } from "../../src/graph/layer";
import { RandomStream } from "../../src/numeric/random";
import { defineOp } from "../../src/ops/op";

function random(shape: number[], key: number) {
  const stream = new RandomStream(key);
  return tensor(
    Float32Array.from({ length: sizeOf(shape) }, () => 2 * stream.uniform() - 1),
    shape,
  );
}

const x = random([13, 5], 1);
const classes = tensor(Int32Array.from({ length: 13 }, (_, i) => (i * 5) % 3));
const values = random([13, 3], 2);
const positive = tensor(values.data.map(Math.abs) as Float32Array, [13, 3]);

function compiled(network: Model, loss: Parameters<Model["compile"]>[0]["loss"] = "mse", engine?: "js"): Model {
  network.compile({ optimizer: "adam", loss, engine });
  return network;
}

function stack(...hidden: Layer[]): Model {
  return sequential({
    seed: 7,
    layers: [layers.dense({ units: 11, inputShape: [5] }), ...hidden, layers.dense({ units: 3 })],
  });
}

describe("gradientCheck passes", () => {
  it.each(Object.keys(activations).filter((name) => !/^(custom|linear|swish)$/.test(name)))(
    "%s",
    async (activation) => {
      const network = compiled(stack(layers.activation({ activation: activation as "relu" })));
      const check = await gradientCheck(network, x, values);
      expect(check).toMatchObject({ ok: true, checked: 20 + 11 + 20 + 3, epsilon: 1e-5, tolerance: 1e-3 });
      expect(check.worst.relativeError).toBeLessThan(1e-4);
    },
  );

  const { custom, ...named } = losses;
  it.each(Object.keys(named) as (keyof typeof named)[])("%s", async (name) => {
    const isSparse = name.startsWith("sparse");
    const isCross = name.endsWith("Crossentropy");
    const last = isCross ? layers.softmax() : layers.activation({ activation: "sigmoid" });
    const network = compiled(
      sequential({ seed: 3, layers: [layers.dense({ units: 3, inputShape: [5] }), last] }),
      name,
    );
    const check = await gradientCheck(network, x, isSparse ? classes : positive, { samples: 100 });
    expect(check).toMatchObject({ ok: true, checked: 18 });
    expect(check.worst.relativeError).toBeLessThan(1e-4);
  });

  it("dropout, regularizers, a frozen layer, after some steps", async () => {
    const network = compiled(
      stack(
        layers.dropout({ rate: 0.4 }),
        layers.dense({ units: 6, trainable: false, kernelRegularizer: "l2" }),
        layers.relu(),
        layers.dense({
          units: 7,
          activation: "tanh",
          kernelRegularizer: regularizers.l1l2({ l1: 0.01, l2: 0.1 }),
          biasRegularizer: "l1",
        }),
      ),
    );
    await network.fit(x, values, { epochs: 3, batchSize: 4 });
    const before = network.toBytes();
    const check = await gradientCheck(network, x, values, { samples: 1000 });
    expect(check).toMatchObject({ ok: true, checked: 66 + 49 + 24 });
    expect(check.worst.relativeError).toBeLessThan(1e-4);
    expect(network.toBytes()).toEqual(before);
  });

  it("a layer used twice, two inputs of other types, two outputs", async () => {
    const [pixels, numbers] = [input({ shape: [4], dtype: "uint8" }), input({ shape: [4], dtype: "int32" })];
    const shared = layers.dense({ units: 6, activation: "silu" });
    const left = shared.apply(layers.rescaling({ scale: 1 / 255 }).apply(pixels));
    const right = layers.leakyRelu().apply(shared.apply(numbers));
    const outputs = [
      layers.dense({ units: 2, activation: "softmax" }).apply(left),
      layers.dense({ units: 1 }).apply(right),
    ];
    const network = compiled(model({ inputs: [pixels, numbers], outputs, seed: 2 }), [
      "sparseCategoricalCrossentropy",
      losses.meanSquaredError({ reduction: "sum" }),
    ]);
    const inputs = [
      tensor(
        Uint8Array.from({ length: 28 }, (_, i) => i * 9),
        [7, 4],
      ),
      tensor(
        Int32Array.from({ length: 28 }, (_, i) => (i % 5) - 2),
        [7, 4],
      ),
    ];
    const targets = [tensor(Int32Array.of(0, 1, 1, 0, 1, 0, 0)), random([7, 1], 5)];
    const check = await gradientCheck(network, inputs, targets, { samples: 100 });
    expect(check).toMatchObject({ ok: true, checked: 30 + 14 + 7 });
  });

  it("a tensor that several layers read: its gradients add up", async () => {
    const start = input({ shape: [5] });
    const hidden = layers.dense({ units: 6, activation: "tanh" }).apply(start);
    const outputs = [
      layers.dense({ units: 3 }).apply(hidden),
      layers.dense({ units: 2 }).apply(layers.activation({ activation: "gelu" }).apply(hidden)),
      layers.dense({ units: 1 }).apply(hidden),
    ];
    const network = compiled(model({ inputs: start, outputs, seed: 4 }), ["mse", "mse", "mse"]);
    const check = await gradientCheck(network, x, [values, random([13, 2], 8), random([13, 1], 9)], { samples: 100 });
    expect(check).toMatchObject({ ok: true, checked: 36 + 21 + 14 + 7 });
  });

  it("weights that stand exactly on a kink: l1 at 0, relu at 0", async () => {
    const zeros = { units: 4, inputShape: [5], kernelInitializer: "zeros" } as const;
    const penalised = sequential({
      layers: [layers.dense({ ...zeros, kernelRegularizer: "l1" }), layers.dense({ units: 3 })],
    });
    expect(await gradientCheck(compiled(penalised), x, values)).toMatchObject({ ok: true });
    const bent = sequential({ layers: [layers.dense({ ...zeros, activation: "relu" }), layers.dense({ units: 3 })] });
    expect(await gradientCheck(compiled(bent), random([1, 5], 3), random([1, 3], 4))).toMatchObject({ ok: true });
  });

  it("the primer's table, y = 4x: −120 at w = 2", async () => {
    const ones = layers.dense({
      units: 1,
      useBias: false,
      inputShape: [1],
      kernelInitializer: { name: "constant", options: { value: 2 } },
    });
    const network = compiled(sequential({ layers: [ones] }), losses.meanSquaredError({ reduction: "sum" }));
    const { worst, checked } = await gradientCheck(network, [[0], [1], [2], [3], [4]], [[0], [4], [8], [12], [16]]);
    expect(checked).toBe(1);
    expect(worst).toMatchObject({ weight: "dense/kernel", index: 0, analytic: -120 });
    expect(worst.numeric).toBeCloseTo(-120, 6);
  });
});

/** w·x + w², element by element along the last axis, with a backward pass of w that can be told to be wrong. */
type Mistake = (gradient: number, element: number) => number;

function scaleOp(mistake: Mistake) {
  return defineOp({
    name: "testScale",
    inputs: ["x", "w"],
    outputs: ["y"],
    counts: ["rows", "columns"],
    saves: ["x", "w"],
    forward({ heap }, { x, w, y, rows, columns }) {
      for (let i = 0; i < rows * columns; i++) {
        const weight = heap[w + (i % columns)];
        heap[y + i] = weight * heap[x + i] + weight * weight;
      }
    },
    backward({ heap }, { x, w, dx, dw, dy, rows, columns }) {
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let i = j; i < rows * columns; i += columns) {
          sum += heap[dy + i] * (heap[x + i] + 2 * heap[w + j]);
          if (dx) heap[dx + i] = heap[dy + i] * heap[w + j];
        }
        heap[dw + j] = mistake(sum, j);
      }
    },
  });
}

class Scale extends Layer {
  readonly #op: ReturnType<typeof scaleOp>;

  constructor(mistake: Mistake, options: LayerOptions = {}) {
    super("scale", { ...options });
    this.#op = scaleOp(mistake);
  }

  outputShape(...inputs: Shape[]): Shape {
    return this.single(inputs);
  }

  override weights(...inputs: Shape[]): WeightSpec[] {
    return [{ name: "factor", shape: inputs[0], initializer: resolveInitializer("ones", "scale") }];
  }

  emit(graph: Graph, [value]: Value[], [w]: Value[]): Value {
    const columns = value.shape.at(-1)!;
    const counts = { rows: sizeOf(value.shape) / columns, columns };
    return graph.emit(this.#op, this.name, { x: value, w }, value.shape, { counts });
  }
}

describe("gradientCheck finds", () => {
  const withScale = (mistake: Mistake) => compiled(stack(new Scale(mistake)), "mse", "js");

  it("nothing in a layer that is right", async () => {
    const check = await gradientCheck(
      withScale((gradient) => gradient),
      x,
      values,
    );
    expect(check).toMatchObject({ ok: true, checked: 20 + 11 + 11 + 20 + 3 });
  });

  const mistakes: [string, Mistake][] = [
    ["a sign", (gradient) => -gradient],
    ["a factor of two", (gradient) => 2 * gradient],
    ["a hundredth too much", (gradient) => 1.01 * gradient],
    ["a forgotten gradient", () => 0],
    ["one wrong element", (gradient, element) => (element === 8 ? gradient + 0.1 : gradient)],
    ["NaN", () => Number.NaN],
  ];
  it.each(mistakes)("%s", async (name, mistake) => {
    const { ok, worst } = await gradientCheck(withScale(mistake), x, values);
    expect(ok).toBe(false);
    expect(worst.weight).toBe("scale/factor");
    expect(worst.relativeError).toBeGreaterThan(9e-3);
    expect(Number.isFinite(worst.numeric)).toBe(true);
    if (name === "one wrong element") expect(worst.index).toBe(8);
  });

  it("the same elements for the same seed, others for another, all when there are few", async () => {
    const network = withScale((gradient, element) => gradient * (1 + element / 100));
    const check = (options: object) => gradientCheck(network, x, values, options);
    expect(await check({ samples: 3 })).toEqual(await check({ samples: 3, seed: 0 }));
    expect((await check({ samples: 1, seed: 1 })).worst).not.toEqual((await check({ samples: 1, seed: 2 })).worst);
    const { checked, worst } = await check({ samples: 11 });
    expect([checked, worst.index]).toEqual([11 + 11 + 11 + 11 + 3, 10]);
    expect(await check({ tolerance: 0.2 })).toMatchObject({ ok: true, tolerance: 0.2 });
  });
});

describe("gradientCheck refuses", () => {
  it("a model that is not ready, wrong options, wrong data", async () => {
    await expect(gradientCheck(stack(), x, values)).rejects.toThrow(StateError);
    const frozen = sequential({ layers: [layers.dense({ units: 3, inputShape: [5], trainable: false })] });
    await expect(gradientCheck(compiled(frozen), x, values)).rejects.toThrow(/no weights that are trained/);
    const network = compiled(stack());
    await expect(gradientCheck(network, x, values, { epsilon: 0 })).rejects.toThrow(ArgumentError);
    await expect(gradientCheck(network, x, values, { sample: 1 } as never)).rejects.toThrow(/Did you mean "samples"/);
    await expect(gradientCheck(network, x, random([12, 3], 1))).rejects.toThrow(/13 inputs but 12 targets/);
  });
});
