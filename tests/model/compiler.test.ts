import { describe, expect, it } from "vitest";
import {
  gradientCheck,
  input,
  layers,
  model as functional,
  type Node,
  optimizers,
  regularizers,
  sequential,
  type Tensor,
  tensor,
} from "../../src/index";
import type { Bases } from "../../src/compiler/assemble";
import { lowerFor, type Recipe } from "../../src/compiler/compile";
import { type Differentiation, differentiate } from "../../src/compiler/differentiate";
import { tensorBytes } from "../../src/program/layout";
import { Lowerings, placeholderFeeds } from "../../src/compiler/lowerings";
import { mapMemory, NO_CAPACITY, SLICE_STEPS } from "../../src/runtime/memoryMap";
import { type Plan, planMemory } from "../../src/compiler/plan";
import { updateRows } from "../../src/compiler/updates";
import { Graph, type Operation, storageOf, type Value } from "../../src/graph/graph";
import type { Model } from "../../src/model/model";
import { RandomStream } from "../../src/numeric/random";
import { defineOp } from "../../src/ops/op";
import { noise } from "./twins";

const nothing = () => {};
const ops = {
  /** y over x, and dx over dy. */
  inPlace: defineOp({
    name: "inPlace",
    inputs: ["x"],
    outputs: ["y"],
    saves: ["y"],
    inPlace: true,
    forward: nothing,
    backward: nothing,
  }),
  copy: defineOp({ name: "copy", inputs: ["x"], outputs: ["y"], inPlace: true, forward: nothing, backward: nothing }),
  product: defineOp({
    name: "product",
    inputs: ["a", "b"],
    outputs: ["y"],
    saves: ["a", "b"],
    forward: nothing,
    backward: nothing,
  }),
  sum: defineOp({ name: "sum", inputs: ["a", "b"], outputs: ["y"], forward: nothing, backward: nothing }),
  dense: defineOp({
    name: "dense",
    inputs: ["x", "w"],
    outputs: ["y"],
    tensors: ["workspace"],
    counts: ["scratch"],
    saves: ["x", "w"],
    workspace: ({ scratch }) => scratch,
    forward: nothing,
    backward: nothing,
  }),
  detached: defineOp({ name: "detached", inputs: ["x"], outputs: ["y"], forward: nothing }),
  loss: defineOp({ name: "loss", inputs: ["x"], totals: ["loss"], saves: ["x"], forward: nothing, backward: nothing }),
  source: defineOp({ name: "source", outputs: ["y"], forward: nothing }),
};

/** A random net of up to 25 operations over a few values, some used often, some never. */
function randomGraph(seed: number, batch: number): { graph: Graph; kept: Value[]; keptGradients: Value[] } {
  const random = new RandomStream(seed);
  const graph = new Graph(batch, true, 0);
  const width = () => 1 + random.integer(40);
  const source = graph.emit(ops.source, "input", {}, [batch, width()]);
  const values = [source];
  const pick = () => values[values.length - 1 - random.integer(Math.min(values.length, 5))];
  const count = 3 + random.integer(22);
  for (let i = 0; i < count; i++) {
    const x = pick();
    const kind = random.integer(8);
    const alike = values.filter(({ shape }) => shape[1] === x.shape[1]);
    const b = alike[random.integer(alike.length)];
    if (kind < 2) values.push(graph.emit(ops.inPlace, `${i}`, { x }, x.shape));
    else if (kind === 2) values.push(graph.emit(ops.copy, `${i}`, { x }, x.shape));
    else if (kind === 3) values.push(graph.emit(ops.product, `${i}`, { a: x, b }, x.shape));
    else if (kind === 4) values.push(graph.emit(ops.sum, `${i}`, { a: x, b }, x.shape));
    else if (kind === 5) values.push(graph.view(x, [...x.shape, 1].slice(0, 2), "view"));
    else if (kind === 6 && random.integer(3) === 0) values.push(graph.emit(ops.detached, `${i}`, { x }, x.shape));
    else {
      const units = width();
      const w = graph.value(`w${i}`, [x.shape[1], units], {
        place: { region: "weights", offset: 0 },
        trainable: random.integer(3) > 0,
      });
      const counts = { scratch: batch * random.integer(30) };
      values.push(graph.emit(ops.dense, `${i}`, { x, w }, [batch, units], { counts }));
    }
  }
  const kept = random.integer(2) ? [pick()] : [];
  const loss = graph.value("loss", [], { place: { region: "totals", offset: 0 } });
  for (let i = 0; i <= random.integer(2); i++) graph.emitSink(ops.loss, "loss", { x: pick(), loss });
  return { graph, kept, keptGradients: random.integer(2) ? [source] : [] };
}

/**
 * Runs a step on memory that holds only who wrote where, and throws as soon as somebody would read what is not there. Knows
 * nothing of lifetimes: only what each operation reads and writes, and when.
 */
class Simulation {
  readonly #owners = new Map<number, string>();
  #end = 0;

  constructor(
    private readonly graph: Graph,
    private readonly differentiation: Differentiation,
    private readonly plan: Plan,
  ) {}

  /** Returns the highest byte written. */
  run(kept: readonly Value[], keptGradients: readonly Value[]): number {
    this.graph.operations.forEach((operation, position) => {
      this.#forward(operation, position);
    });
    const length = this.graph.operations.length;
    for (let position = length - 1; position >= 0; position--)
      this.#backward(this.graph.operations[position], position);
    for (const value of kept) this.#read("value", value);
    for (const value of keptGradients)
      if (this.differentiation.gradients.has(storageOf(value))) this.#read("gradient", value);
    return this.#end;
  }

  #forward({ op, values, counts }: Operation, position: number): void {
    const sources = [...op.inputs, ...op.tensors].flatMap((name) => (values[name] ? [values[name]] : []));
    for (const value of sources) this.#read("value", value);
    for (const name of op.outputs) {
      for (const value of sources) {
        const isAllowed = op.inPlace && value === values[op.inputs[0]] && this.#sameStart("value", value, values[name]);
        if (!isAllowed) this.#apart(this.#units("value", value), this.#units("value", values[name]), op.name);
      }
    }
    this.#scratch(op.workspace?.(counts), position, [...sources, ...op.outputs.map((name) => values[name])]);
    for (const name of op.outputs) this.#write("value", values[name]);
  }

  #backward(operation: Operation, position: number): void {
    const modes = this.differentiation.operations.get(operation);
    if (!modes) return;
    const { op, values, counts } = operation;
    const saved = op.saves.map((name) => values[name]);
    for (const value of saved) this.#read("value", value);
    const outputs = op.outputs.map((name) => values[name]);
    for (const value of outputs) this.#read("gradient", value);
    this.#scratch(op.workspace?.(counts), position, saved);
    for (const [name, mode] of modes) {
      const value = values[name];
      if (mode === "add") this.#read("gradient", value);
      const own = this.#units("gradient", value);
      for (const other of saved) this.#apart(own, this.#units("value", other), `d${name} of ${op.name}`);
      for (const output of outputs) {
        const isAllowed = op.inPlace && mode === "store" && this.#sameStart("gradient", value, output);
        if (!isAllowed) this.#apart(own, this.#units("gradient", output), `d${name} of ${op.name}`);
      }
      this.#write("gradient", value);
    }
  }

  #start(kind: "value" | "gradient", value: Value): number | undefined {
    const storage = storageOf(value);
    if (storage.place) return undefined;
    return (kind === "value" ? this.plan.activations : this.plan.gradients).get(storage.id)!;
  }

  #sameStart(kind: "value" | "gradient", a: Value, b: Value): boolean {
    return this.#start(kind, a) !== undefined && this.#start(kind, a) === this.#start(kind, b);
  }

  /** Numbers of the 64-byte pieces it occupies. */
  #units(kind: "value" | "gradient", value: Value): number[] {
    const start = this.#start(kind, value);
    if (start === undefined) return [];
    expect(start % 64).toBe(0);
    const bytes = tensorBytes(value.shape.reduce((a, b) => a * b, 1));
    return Array.from({ length: bytes / 64 }, (_, i) => start / 64 + i);
  }

  #read(kind: "value" | "gradient", value: Value): void {
    const owner = `${kind} ${storageOf(value).id}`;
    for (const unit of this.#units(kind, value)) {
      if (this.#owners.get(unit) !== owner) throw new Error(`${owner} was overwritten by ${this.#owners.get(unit)}`);
    }
  }

  #write(kind: "value" | "gradient", value: Value): void {
    for (const unit of this.#units(kind, value)) {
      this.#owners.set(unit, `${kind} ${storageOf(value).id}`);
      this.#end = Math.max(this.#end, 64 * (unit + 1));
    }
  }

  #scratch(elements: number | undefined, position: number, inUse: readonly Value[]): void {
    if (!elements) return;
    const start = this.plan.workspaces.get(position)! / 64;
    const units = Array.from({ length: tensorBytes(elements) / 64 }, (_, i) => start + i);
    for (const value of inUse) this.#apart(units, this.#units("value", value), "workspace");
    for (const unit of units) this.#owners.set(unit, `workspace ${position}`);
    this.#end = Math.max(this.#end, 64 * (units.at(-1)! + 1));
  }

  #apart(a: readonly number[], b: readonly number[], what: string): void {
    if (a.some((unit) => b.includes(unit))) throw new Error(`${what} overwrites what it reads`);
  }
}

function recipeOf(model: Model): Recipe {
  return model.internals("test").recipe;
}

function compiled(list: ReturnType<typeof layers.dense>[], options: object = {}): Model {
  const model = sequential({ layers: list });
  model.compile({ optimizer: "adam", loss: "mse", ...options });
  return model;
}

const typicalNets: [string, () => Model][] = [
  [
    "784-128-10",
    () =>
      compiled(
        [
          layers.dense({ units: 128, activation: "relu", inputShape: [784] }),
          layers.dense({ units: 10, activation: "softmax" }),
        ],
        { loss: "categoricalCrossentropy", metrics: ["accuracy"] },
      ),
  ],
  [
    "deep, every activation",
    () => {
      const names = [
        "relu",
        "gelu",
        "silu",
        "mish",
        "sigmoid",
        "tanh",
        "softplus",
        "elu",
        "hardSigmoid",
        "softsign",
        "selu",
        "leakyRelu",
      ] as const;
      const list = names.flatMap((activation, i) => [
        layers.dense({ units: 30 + 17 * i, activation, inputShape: i ? undefined : [50] }),
        layers.dropout({ rate: 0.2 }),
      ]);
      return compiled([...list, layers.dense({ units: 3, kernelRegularizer: regularizers.l2({ l2: 0.1 }) })]);
    },
  ],
  [
    "an hourglass",
    () =>
      compiled([
        layers.dense({ units: 300, inputShape: [10] }),
        layers.relu(),
        layers.dense({ units: 2 }),
        layers.dense({ units: 300 }),
        layers.softmax(),
        layers.flatten(),
      ]),
  ],
];

describe("planMemory", () => {
  it("never overwrites what is still to be read, in 400 random graphs", () => {
    for (let seed = 0; seed < 400; seed++) {
      const { graph, kept, keptGradients } = randomGraph(seed, 1 + (seed % 7));
      const differentiation = differentiate(graph, keptGradients);
      const plan = planMemory(graph, differentiation, { kept, keptGradients });
      const end = new Simulation(graph, differentiation, plan).run(kept, keptGradients);
      expect(end).toBeLessThanOrEqual(plan.bytes);
      expect(plan.bytes).toBeGreaterThanOrEqual(plan.bytesAliveAtWorst);
    }
  });

  it("serves smaller batches at the same addresses", () => {
    for (let seed = 0; seed < 100; seed++) {
      const large = randomGraph(seed, 13);
      const differentiation = differentiate(large.graph, large.keptGradients);
      const plan = planMemory(large.graph, differentiation, large);
      for (const batch of [1, 5, 12]) {
        const small = randomGraph(seed, batch);
        const end = new Simulation(small.graph, differentiate(small.graph, small.keptGradients), plan).run(
          small.kept,
          small.keptGradients,
        );
        expect(end).toBeLessThanOrEqual(plan.bytes);
      }
    }
  });

  it.each(typicalNets)("%s: right, and at most 1.5 times what must be alive at once", (_, make) => {
    const recipe = recipeOf(make());
    for (const kind of ["train", "gradients", "evaluate", "predict"] as const) {
      const { graph, differentiation, plan, inputs, outputs } = lowerFor(recipe, kind, 32, placeholderFeeds(recipe));
      const kept = kind === "gradients" || kind === "predict" ? outputs : [];
      new Simulation(graph, differentiation, plan).run(kept, kind === "gradients" ? inputs : []);
      expect(plan.bytes).toBeLessThanOrEqual(1.5 * plan.bytesAliveAtWorst);
      expect(plan.bytesAliveAtWorst).toBeGreaterThan(0);
    }
  });

  it("the simulation notices a plan that shares too much", () => {
    const { graph, kept, keptGradients } = randomGraph(3, 4);
    const differentiation = differentiate(graph, keptGradients);
    const plan = planMemory(graph, differentiation, { kept, keptGradients });
    const everythingAtZero = new Map([...plan.activations.keys()].map((id) => [id, 0]));
    const broken = new Simulation(graph, differentiation, { ...plan, activations: everythingAtZero });
    expect(() => broken.run(kept, keptGradients)).toThrow(/overw/);
  });
});

describe("differentiate", () => {
  function twoUses(options: { trainable: boolean }) {
    const graph = new Graph(1, true, 0);
    const x = graph.emit(ops.source, "x", {}, [1, 4]);
    const w = graph.value("w", [4, 4], { place: { region: "weights", offset: 0 }, ...options });
    const first = graph.emit(ops.dense, "first", { x, w }, [1, 4], { counts: { scratch: 0 } });
    const second = graph.emit(ops.dense, "second", { x: first, w }, [1, 4], { counts: { scratch: 0 } });
    const both = graph.emit(ops.sum, "both", { a: first, b: second }, [1, 4]);
    graph.emitSink(ops.loss, "loss", { x: both });
    const unused = graph.emit(ops.inPlace, "unused", { x: both }, [1, 4]);
    return { graph, x, first, unused };
  }

  const rows = ({ graph }: { graph: Graph }, { operations }: Differentiation) =>
    graph.operations.flatMap((operation) => {
      const modes = operations.get(operation);
      return modes ? [`${operation.owner}: ${[...modes].map((mode) => mode.join(" ")).join(", ")}`] : [];
    });

  it("the first contribution in backward order is stored, the others are added", () => {
    const net = twoUses({ trainable: true });
    expect(rows(net, differentiate(net.graph))).toEqual([
      "first: w add",
      "second: x add, w store",
      "both: a store, b store",
      "loss: x store",
    ]);
  });

  it("a gradient of the input is there when it is wanted", () => {
    const net = twoUses({ trainable: true });
    expect(rows(net, differentiate(net.graph, [net.x]))[0]).toBe("first: x store, w add");
  });

  it("nothing runs backward when nothing is trained, nor what leads to no loss", () => {
    const net = twoUses({ trainable: false });
    const { operations, gradients } = differentiate(net.graph);
    expect([operations.size, gradients.size]).toEqual([0, 0]);
    const trained = twoUses({ trainable: true });
    expect(differentiate(trained.graph).gradients.has(trained.unused)).toBe(false);
  });

  it("below the first trained layer no row runs backward", () => {
    const model = compiled([
      layers.dense({ units: 4, inputShape: [3], trainable: false, name: "frozen" }),
      layers.relu(),
      layers.dense({ units: 2, name: "trained" }),
      layers.dense({ units: 2, trainable: false, name: "head" }),
    ]);
    const recipe = recipeOf(model);
    const { graph, differentiation } = lowerFor(recipe, "train", 8, placeholderFeeds(recipe));
    expect(rows({ graph }, differentiation).slice(0, 2)).toEqual(["trained: w store, b store", "head: x store"]);
  });
});

describe("fuse", () => {
  it("a rescaling behind the input is done by the gather, with the same bits", async () => {
    const x = tensor(
      Uint8Array.from({ length: 5 * 33 }, (_, i) => (i * 91) % 256),
      [5, 33],
    );
    const scaled = layers.rescaling({ scale: 1 / 255, offset: -0.1307, inputShape: [33] });
    const model = compiled([scaled, layers.dense({ units: 7 })]);
    expect(model.program()).not.toContain("rescaling");
    // `gradients` keeps the input as it was gathered, and so cannot fold.
    const { output } = await model.gradients(x, new Array(5).fill(new Array(7).fill(0)));
    expect((await model.predict(x)) as Tensor).toEqual(output);
  });

  it("one whose input is used elsewhere stays", () => {
    const a = input({ shape: [4] });
    const rescaled = layers.dense({ units: 1 }).apply(layers.rescaling({ scale: 2 }).apply(a));
    const model = functional({ inputs: a, outputs: [rescaled, layers.dense({ units: 1 }).apply(a)] });
    model.compile({ optimizer: "sgd", loss: "mse" });
    expect(model.program()).toContain("rescaling");
  });

  it("a dense layer and its activation are one row, with the bits of two", async () => {
    const x = tensor(
      Float32Array.from({ length: 6 * 5 }, (_, i) => ((i * 37) % 19) / 9 - 1),
      [6, 5],
    );
    const y = tensor(
      Float32Array.from({ length: 6 * 3 }, (_, i) => ((i * 7) % 5) / 5),
      [6, 3],
    );
    for (const activation of ["relu", "sigmoid", "tanh"] as const) {
      const op = `dense${activation[0].toUpperCase()}${activation.slice(1)}`;
      const trained = async (outputsOf: (before: Node, after: Node) => Node[]) => {
        const a = input({ shape: [5] });
        const before = layers.dense({ units: 3 }).apply(a);
        const after = layers.activation({ activation }).apply(before);
        const outputs = outputsOf(before, after);
        const model = functional({ inputs: a, outputs, seed: 3 });
        const loss = outputs.map(() => "mse" as const);
        model.compile({ optimizer: "adam", loss, lossWeights: [1, 0].slice(0, outputs.length) });
        await model.fit(
          x,
          outputs.map(() => y),
          { epochs: 5, batchSize: 4 },
        );
        return { program: model.program(), weights: await model.getWeights() };
      };
      const together = await trained((_, after) => [after]);
      // A product that is an output itself has to be there.
      const apart = await trained((before, after) => [after, before]);
      expect(together.program).toContain(op);
      expect(apart.program).not.toContain(op);
      expect(together.weights).toEqual(apart.weights);
    }
  });

  it("a softmax that only its loss needs has no row; with a metric it has, without a gradient", () => {
    const list = () => [layers.dense({ units: 3, activation: "softmax", inputShape: [4] })];
    const loss = "sparseCategoricalCrossentropy";
    const isSoftmax = (line: string) => /^\s*\d+\s+softmax /.test(line);
    expect(compiled(list(), { loss }).program().split("\n").some(isSoftmax)).toBe(false);
    const row = compiled(list(), { loss, metrics: ["accuracy"] })
      .program()
      .split("\n")
      .find(isSoftmax);
    expect(row).toMatch(/softmax/);
    expect(row).not.toMatch(/ dx/);
  });
});

describe("mapMemory", () => {
  it.each(typicalNets)("%s: regions follow each other and end at the total", (_, make) => {
    const recipe = recipeOf(make());
    const capacity = { ...NO_CAPACITY, trainBatch: 33, evaluateBatch: 64, order: 1001, dataBytes: 12_345 };
    const map = mapMemory(new Lowerings(recipe), capacity);
    const { bases, sizes, lowerings } = map;
    const weightBytes = recipe.model.weights.bytes.weights;
    const arena = Math.max(...[...lowerings.values()].map(({ plan }) => plan.bytes));
    const regions: [start: number, bytes: number][] = [
      [bases.weights, weightBytes],
      [bases.state, recipe.model.weights.bytes.state],
      [bases.slots, 2 * weightBytes],
      [bases.gradients, weightBytes],
      [bases.totals, 8],
      [map.learningRates, 8 * SLICE_STEPS],
      [map.losses, 8 * SLICE_STEPS],
      [map.programs, map.programRegionBytes],
      [bases.arena, arena],
      [map.order, 4 * 1001],
      [bases.data, 12_345],
    ];
    regions.forEach(([start, bytes], i) => {
      expect(start % 64).toBe(0);
      const end = i + 1 < regions.length ? regions[i + 1][0] : map.totalBytes;
      expect(start + bytes).toBeLessThanOrEqual(end);
    });
    expect(map.step + 64).toBeLessThanOrEqual(bases.weights);
    expect(sizes).toMatchObject({
      total: map.totalBytes + sizes.checkpoints,
      checkpoints: 2 * (3 * weightBytes + recipe.model.weights.bytes.state),
      weights: weightBytes,
      gradients: weightBytes,
      optimizer: 2 * weightBytes,
      activations: arena,
    });
  });
});

describe("updateRows", () => {
  const bases: Bases = { weights: 0, state: 0, slots: 1e6, gradients: 2e6, totals: 0, data: 0, arena: 0 };

  function rowsOf(frozen: number[], options: object) {
    const model = compiled(
      [5, 6, 7, 8].map((units, i) =>
        layers.dense({ units, trainable: !frozen.includes(i), inputShape: i ? undefined : [4] }),
      ),
    );
    const table = recipeOf(model).model.weights;
    const trained = table.entries.filter(({ isTrained }) => isTrained);
    return { table, trained, rows: updateRows(optimizers.adam(options), table, trained, bases) };
  }

  it.each([[[]], [[1]], [[0, 2]], [[1, 2]], [[3]], [[0, 1, 2]]])(
    "frozen layers %j are in no row, all others once",
    (frozen) => {
      const { table, rows } = rowsOf(frozen, {});
      for (const { offset, size, isTrained } of table.entries) {
        const covering = rows.filter(
          ({ fields }) => fields.w <= offset && offset + tensorBytes(size) <= fields.w + 4 * fields.count,
        );
        const touching = rows.filter(
          ({ fields }) => fields.w < offset + tensorBytes(size) && offset < fields.w + 4 * fields.count,
        );
        expect([covering.length, touching.length]).toEqual(isTrained ? [1, 1] : [0, 0]);
      }
      for (const { fields } of rows) {
        expect(fields.g - bases.gradients).toBe(fields.w);
        expect(fields.m - bases.slots).toBe(fields.w);
        expect(fields.v - bases.slots - table.bytes.weights).toBe(fields.w);
      }
    },
  );

  it("neighbours share a row; clipping by norm has one for each weight", () => {
    expect(rowsOf([], {}).rows.map(({ op }) => op.name)).toEqual(["adam"]);
    expect(rowsOf([1], {}).rows.map(({ op }) => op.name)).toEqual(["adam", "adam"]);
    expect(rowsOf([1], { clipNorm: 1 }).rows.map(({ op }) => op.name)).toEqual([
      ...new Array(6).fill("clipByNorm"),
      "adam",
      "adam",
    ]);
    expect(rowsOf([1], { globalClipNorm: 1 }).rows.map(({ op }) => op.name)).toEqual(["clipByNorm", "adam", "adam"]);
  });
});

describe("functional models", () => {
  it("a layer that two inputs share: the gradient by hand", async () => {
    const [a, b] = [input({ shape: [1] }), input({ shape: [1] })];
    const shared = layers.dense({ units: 1, useBias: false });
    const model = functional({ inputs: [a, b], outputs: [shared.apply(a), shared.apply(b)] });
    model.compile({ optimizer: "sgd", loss: "mse", lossWeights: [1, 2], metrics: ["mae"] });
    await model.setWeights({ "dense/kernel": [[3]] });
    const x = [tensor([[2]]), tensor([[5]])];
    const y = [tensor([[7]]), tensor([[13]])];
    // loss = (3·2 − 7)² + 2·(3·5 − 13)² = 9;  dw = 2·(−1)·2 + 2·2·2·5 = 36
    const { loss, weights, inputs } = await model.gradients(x, y);
    expect(loss).toBe(9);
    expect([...weights["dense/kernel"].data]).toEqual([36]);
    expect(inputs.map(({ data }) => data[0])).toEqual([-6, 24]);
    const results = await model.evaluate(x, y);
    expect(results).toEqual({ loss: 9, "dense/loss": 1, "dense/mae": 1, "dense_1/loss": 4, "dense_1/mae": 2 });
    expect(((await model.predict(x)) as Tensor[]).map(({ data }) => data[0])).toEqual([6, 15]);
  });

  it("branches that meet and part again: gradients equal differences in float64", async () => {
    const [a, b] = [input({ shape: [3] }), input({ shape: [2, 2] })];
    const shared = layers.dense({ units: 4, activation: "tanh", name: "shared" });
    const left = shared.apply(a);
    const lifted = layers.dense({ units: 3, name: "lift" }).apply(layers.flatten().apply(b));
    const right = shared.apply(lifted);
    const outputs = [
      layers.dense({ units: 2, activation: "softmax", name: "classes" }).apply(left),
      layers.dense({ units: 1, name: "value" }).apply(right),
      left,
    ];
    const model = functional({ inputs: [a, b], outputs, seed: 5 });
    model.compile({
      optimizer: "sgd",
      loss: ["sparseCategoricalCrossentropy", "huber", "mse"],
      lossWeights: [1, 0.5, 2],
    });
    const x = [tensor(noise(21), [7, 3]), tensor(noise(28, 1), [7, 2, 2])];
    const y = [tensor([0, 1, 1, 0, 1, 0, 0]), tensor(noise(7, 2), [7, 1]), tensor(noise(28, 3), [7, 4])];
    const { ok, worst, checked } = await gradientCheck(model, x, y);
    expect(worst.relativeError).toBeLessThan(1e-4);
    expect([ok, checked]).toEqual([true, 12 + 4 + 12 + 3 + 8 + 2 + 4 + 1]);
    const { history } = await model.fit(x, y, { batchSize: 3, epochs: 30 });
    expect(history.loss[29]).toBeLessThan(history.loss[0]);
  });

  it("an output that is also an inner value, and one listed twice", async () => {
    const a = input({ shape: [1] });
    const inner = layers.dense({ units: 1, useBias: false, name: "inner" }).apply(a);
    const outer = layers.dense({ units: 1, useBias: false, name: "outer" }).apply(inner);
    const model = functional({ inputs: a, outputs: [inner, outer, outer] });
    model.compile({ optimizer: "sgd", loss: "mse" });
    await model.setWeights({ "inner/kernel": [[2]], "outer/kernel": [[3]] });
    const zero = tensor([[0]]);
    // loss = (2x)² + 2·(6x)² at x = 1
    const { loss, weights, inputs } = await model.gradients([1], [zero, zero, zero]);
    expect(loss).toBe(4 + 36 + 36);
    expect([weights["inner/kernel"].data[0], weights["outer/kernel"].data[0]]).toEqual([4 + 2 * 36, 2 * 24]);
    expect(inputs[0].data[0]).toBe(8 + 2 * 72);
  });
});
