import { describe, expect, it } from "vitest";
import { input, layers, model as functional, sequential, tensor } from "../../src/index";
import { type Kind, type Lowering, lowerFor } from "../../src/compiler/compile";
import { tensorBytes } from "../../src/program/layout";
import { placeholderFeeds } from "../../src/compiler/lowerings";
import { type Plan, planMemory } from "../../src/compiler/plan";
import { sizeOf } from "../../src/tensor/shape";
import { storageOf, type Value } from "../../src/graph/graph";
import type { CompileOptions } from "../../src/model/compileOptions";
import type { Model } from "../../src/model/model";
import { noise } from "./twins";

/** Something that must be somewhere in the arena from one moment to another. */
interface Life {
  readonly what: string;
  readonly bytes: number;
  /** Bytes from the beginning of the arena, as the plan has it. */
  readonly offset: number;
  first: number;
  last: number;
  /** What it may be written over: the input of an operation in place, or the gradient of its output. */
  over?: string;
}

/**
 * Who needs memory when, from what the rows of a program read and write and nothing else: row i runs at moment i, backward at
 * 2n − 1 − i, the updates and whoever reads results come at 2n. A row that works in place may write an output over its input.
 */
class Lives {
  readonly #lives = new Map<string, Life>();
  readonly #plan: Plan;
  readonly #lowering: Lowering;
  readonly end: number;

  constructor(lowering: Lowering, plan = lowering.plan) {
    this.#plan = plan;
    this.#lowering = lowering;
    this.end = 2 * lowering.graph.operations.length;
    lowering.graph.operations.forEach((_, i) => {
      this.#forward(i);
    });
    for (let i = lowering.graph.operations.length - 1; i >= 0; i--) this.#backward(i);
    const { kind, graph, inputs, outputs } = lowering;
    if (kind === "train") {
      for (const { values } of graph.updates) for (const value of Object.values(values)) this.#use("value", value);
    } else if (kind !== "evaluate") for (const value of outputs) this.#use("value", value);
    if (kind === "gradients") for (const value of inputs) this.#use("gradient", value);
  }

  get all(): Life[] {
    return [...this.#lives.values()];
  }

  #forward(i: number): void {
    const { op, values } = this.#lowering.graph.operations[i];
    for (const value of Object.values(values)) this.#use("value", value, i);
    this.#scratch(i, i);
    if (op.inPlace) this.#allowOver("value", values[op.outputs[0]], values[op.inputs[0]]);
  }

  #backward(i: number): void {
    const operation = this.#lowering.graph.operations[i];
    const modes = this.#lowering.differentiation.operations.get(operation);
    if (!modes) return;
    const { op, values } = operation;
    const time = this.end - 1 - i;
    for (const name of [...op.saves, ...op.tensors]) if (values[name]) this.#use("value", values[name], time);
    for (const name of [...op.outputs, ...modes.keys()]) if (values[name]) this.#use("gradient", values[name], time);
    this.#scratch(i, time);
    const [x] = op.inputs;
    if (op.inPlace && modes.get(x) === "store") this.#allowOver("gradient", values[x], values[op.outputs[0]]);
  }

  #use(kind: "value" | "gradient", value: Value, time = this.end): void {
    const { id, place, shape } = storageOf(value);
    if (place) return;
    const offset = (kind === "value" ? this.#plan.activations : this.#plan.gradients).get(id)!;
    this.#extend(`${kind} ${id}`, tensorBytes(sizeOf(shape)), offset, time);
  }

  #scratch(position: number, time: number): void {
    const { op, counts } = this.#lowering.graph.operations[position];
    const bytes = tensorBytes(op.workspace?.(counts) ?? 0);
    if (bytes) this.#extend(`scratch ${position} at ${time}`, bytes, this.#plan.workspaces.get(position)!, time);
  }

  #extend(what: string, bytes: number, offset: number, time: number): void {
    const life = this.#lives.get(what);
    if (life) life.last = time;
    else this.#lives.set(what, { what, bytes, offset, first: time, last: time });
  }

  #allowOver(kind: "value" | "gradient", value: Value, over: Value): void {
    const life = this.#lives.get(`${kind} ${storageOf(value).id}`);
    const other = `${kind} ${storageOf(over).id}`;
    if (life && life.what !== other) life.over = other;
  }

  /** Whether one ends in the moment in which the other begins in its place. */
  #succeeds(life: Life, other: Life): boolean {
    return life.over === other.what && life.first === other.last && life.bytes === other.bytes;
  }

  /** The most bytes that are needed at one moment: no plan can do with fewer. */
  get bytesAtWorst(): number {
    let worst = 0;
    for (let time = 0; time <= this.end; time++) {
      const alive = this.all.filter(({ first, last }) => first <= time && time <= last);
      const counted = alive.filter((other) => !alive.some((life) => this.#succeeds(life, other)));
      worst = Math.max(
        worst,
        counted.reduce((sum, { bytes }) => sum + bytes, 0),
      );
    }
    return worst;
  }

  /** Pairs that the plan lets stand in the same bytes at the same time. */
  get conflicts(): string[] {
    return this.all.flatMap((a, i) =>
      this.all
        .slice(i + 1)
        .filter((b) => a.first <= b.last && b.first <= a.last)
        .filter((b) => a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes)
        .filter((b) => !((this.#succeeds(a, b) || this.#succeeds(b, a)) && a.offset === b.offset))
        .map((b) => `${a.what} and ${b.what}`),
    );
  }
}

function compiled(model: Model, options: Partial<CompileOptions> = {}): Model {
  model.compile({ optimizer: "adam", loss: "mse", ...options });
  return model;
}

function lowering(model: Model, kind: Kind, batchSize: number): Lowering {
  const { recipe } = model.internals("test");
  return lowerFor(recipe, kind, batchSize, placeholderFeeds(recipe));
}

/** The network of the issue: 28×28 pictures of digits. */
function digitsCnn(options: Partial<CompileOptions> = {}): Model {
  const model = sequential({
    layers: [
      layers.conv2d({ filters: 16, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
      layers.maxPooling2d(),
      layers.conv2d({ filters: 32, kernelSize: 3, activation: "relu" }),
      layers.maxPooling2d(),
      layers.flatten(),
      layers.dense({ units: 128, activation: "relu" }),
      layers.dense({ units: 10, activation: "softmax" }),
    ],
  });
  return compiled(model, { loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"], ...options });
}

function mlp(...[first, ...units]: number[]): Model {
  const list = units.map((count, i) =>
    layers.dense({ units: count, activation: "relu", inputShape: i ? undefined : [first] }),
  );
  return compiled(sequential({ layers: list }));
}

function residual(): Model {
  const image = input({ shape: [16, 16, 3] });
  let node = layers.conv2d({ filters: 12, kernelSize: 3, padding: "same" }).apply(image);
  for (let block = 0; block < 4; block++) {
    let branch = layers.batchNormalization().apply(node);
    branch = layers.conv2d({ filters: 12, kernelSize: 3, padding: "same" }).apply(layers.relu().apply(branch));
    branch = layers.batchNormalization().apply(branch);
    branch = layers.conv2d({ filters: 12, kernelSize: 3, padding: "same" }).apply(layers.relu().apply(branch));
    node = layers.add().apply([node, branch]);
  }
  const outputs = layers.dense({ units: 5 }).apply(layers.globalAveragePooling2d().apply(node));
  return compiled(functional({ inputs: image, outputs }));
}

function sharedTowers(): Model {
  const [a, b] = [input({ shape: [64] }), input({ shape: [64] })];
  const tower = [layers.dense({ units: 200, activation: "tanh" }), layers.dense({ units: 50, activation: "gelu" })];
  const [left, right] = [a, b].map((node) => tower.reduce((from, layer) => layer.apply(from), node));
  const both = layers.concatenate().apply([left, layers.multiply().apply([left, right])]);
  const outputs = [layers.dense({ units: 3 }).apply(both), layers.dense({ units: 1 }).apply(right)];
  return compiled(functional({ inputs: [a, b], outputs }));
}

function normalizedCnn(): Model {
  const block = (filters: number, options: object = {}) => [
    layers.separableConv2d({ filters, kernelSize: 3, padding: "same", ...options }),
    layers.batchNormalization(),
    layers.activation({ activation: "silu" }),
    layers.dropout({ rate: 0.2 }),
  ];
  const list = [
    ...block(8, { inputShape: [20, 20, 3] }),
    layers.averagePooling2d(),
    ...block(16),
    layers.globalMaxPooling2d(),
    layers.dense({ units: 4 }),
  ];
  return compiled(sequential({ layers: list }));
}

function autoencoder(): Model {
  const convolution = { kernelSize: 3, strides: 2, padding: "same", activation: "relu" } as const;
  const list = [
    layers.conv2d({ filters: 8, ...convolution, inputShape: [24, 24, 2] }),
    layers.conv2d({ filters: 16, ...convolution }),
    layers.conv2dTranspose({ filters: 8, ...convolution }),
    layers.conv2dTranspose({ filters: 2, ...convolution }),
  ];
  return compiled(sequential({ layers: list }));
}

const networks: [name: string, make: () => Model, batchSize: number][] = [
  ["conv, pool, conv, pool, dense, dense", digitsCnn, 128],
  ["784-512-512-10", () => mlp(784, 512, 512, 10), 128],
  ["784-128-10", () => mlp(784, 128, 10), 32],
  ["2-8-1", () => mlp(2, 8, 1), 4],
  ["an hourglass", () => mlp(300, 200, 2, 200, 300), 64],
  ["residual blocks with batch normalisation", residual, 16],
  ["shared towers, two inputs, two outputs", sharedTowers, 48],
  ["separable convolutions with batch normalisation and dropout", normalizedCnn, 32],
  ["an autoencoder with transposed convolutions", autoencoder, 16],
];
const kinds = ["train", "gradients", "evaluate", "predict"] as const;

describe.each(networks)("the plan of %s", (_, make, batchSize) => {
  it.each(kinds)("%s: nothing overwrites what is needed, in at most 1.5 times the least memory", (kind) => {
    const lowered = lowering(make(), kind, batchSize);
    const lives = new Lives(lowered);
    expect(lives.conflicts).toEqual([]);
    const worst = lives.bytesAtWorst;
    expect(lowered.plan.bytes).toBeGreaterThanOrEqual(worst);
    expect(lowered.plan.bytes).toBeLessThanOrEqual(1.5 * worst);
    // What model.program() says.
    expect(lowered.plan.bytesAliveAtWorst).toBe(worst);
  });
});

describe("memory()", () => {
  it("the digits network trains in at most 1.5 times what it needs at the worst moment, with all that lasts", () => {
    const model = digitsCnn();
    const { total, weights, gradients, optimizer, activations, checkpoints } = model.memory({ batchSize: 128 });
    const worst = new Lives(lowering(model, "train", 128)).bytesAtWorst;
    expect(activations).toBeLessThanOrEqual(1.5 * worst);
    expect(total - checkpoints).toBeLessThanOrEqual(1.5 * (worst + weights + gradients + optimizer));
  });

  /** Bytes of the largest value that the layers of a network make. */
  function largestActivation(model: Model, batchSize: number): number {
    const { graph } = lowering(model, "train", batchSize);
    return Math.max(...graph.values.map(({ place, shape }) => (place ? 0 : 4 * sizeOf(shape))));
  }

  const images: [name: string, make: (options: Partial<CompileOptions>) => Model][] = [
    ["the digits network", digitsCnn],
    ...[
      { image: [28, 28, 32], filters: 64, kernelSize: 3 },
      { image: [28, 28, 64], filters: 64, kernelSize: 1 },
      { image: [32, 32, 3], filters: 32, kernelSize: 7 },
      { image: [14, 14, 128], filters: 128, kernelSize: 5 },
      { image: [16, 16, 48], filters: 96, kernelSize: 3, groups: 4, strides: 2 },
    ].map(({ image, ...convolution }): (typeof images)[number] => [
      `${image.join("×")} to ${convolution.filters} filters of ${convolution.kernelSize}×${convolution.kernelSize}`,
      (options) =>
        compiled(
          sequential({
            layers: [
              layers.conv2d({ ...convolution, padding: "same", activation: "relu", inputShape: image }),
              layers.globalAveragePooling2d(),
            ],
          }),
          options,
        ),
    ]),
  ];

  it.each(images)(
    "%s: scratch memory of all threads is below twice the largest activation and the weights",
    (_, make) => {
      for (const threads of [1, 2, 4]) {
        for (const batchSize of [32, 64, 128]) {
          const model = make({ threads });
          const { workspace, weights } = model.memory({ batchSize });
          expect(workspace).toBeGreaterThan(0);
          // Sums over many pixels are added up in segments (T12): each thread has room for one segment of the weights' gradient.
          expect(workspace).toBeLessThan(2 * largestActivation(model, batchSize) + threads * weights);
        }
      }
    },
  );

  it.each([1, 2, 3, 4, 8, 16])("the digits network's is on one thread, and for %i images at a time", (batchSize) => {
    const model = digitsCnn({ threads: 1 });
    expect(model.memory({ batchSize }).workspace).toBeLessThan(2 * largestActivation(model, batchSize));
  });

  it("counts scratch memory once for every thread, the first thread's among the activations", () => {
    const [one, four] = [1, 4].map((threads) => digitsCnn({ threads }).memory({ batchSize: 64 }));
    expect(four.workspace).toBe(4 * one.workspace);
    expect(four.activations).toBe(one.activations);
    expect(four.total - one.total).toBeGreaterThanOrEqual(3 * one.workspace);
    expect(four.total - one.total).toBeLessThan(3.01 * one.workspace);
  });
});

describe("batch moments live until the averages have been moved", () => {
  /** Much happens backward behind the normalisation, in memory of the size of its moments. */
  function deepBelow(): Model {
    const list = [32, 32, 32, 32].map((units, i) =>
      layers.dense({ units, activation: "tanh", inputShape: i ? undefined : [32] }),
    );
    const norm = layers.batchNormalization({ momentum: 0.5, name: "norm" });
    return compiled(sequential({ layers: [...list, norm, layers.dense({ units: 1 })], seed: 3 }), { optimizer: "sgd" });
  }

  it("a plan that lets them go after their last row collides with later ones", () => {
    const lowered = lowering(deepBelow(), "train", 1);
    expect(lowered.graph.updates).toHaveLength(2);
    const careless = planMemory(lowered.graph, lowered.differentiation);
    const ids = lowered.graph.updates.map(({ values }) => `value ${values.value.id}`);
    for (const id of ids) expect(new Lives(lowered, careless).conflicts.join()).toMatch(new RegExp(`${id}\\b`));
    expect(new Lives(lowered).conflicts).toEqual([]);
  });

  it.each(["wasm", "js"] as const)("%s: the moving mean is that of what came in", async (engine) => {
    const model = deepBelow();
    model.compile({ optimizer: "sgd", loss: "mse", engine });
    const x = tensor(noise(32), [1, 32]);
    const inputs = input({ shape: [32] });
    const outputs = model.layers.slice(0, 4).reduce((node, layer) => layer.apply(node), inputs);
    const below = functional({ inputs, outputs });
    const { data: means } = await below.predict(x);
    await model.trainOnBatch(x, [[1]]);
    const { "norm/moving_mean": moved, "norm/moving_variance": variance } = await model.getWeights();
    moved.data.forEach((value, i) => {
      expect(value).toBeCloseTo(0.5 * means[i], 6);
    });
    // One sample: the variance of the batch is 0.
    expect([...variance.data]).toEqual(new Array(32).fill(0.5));
  });
});
