// Parts of one's own, layers with several outputs and added losses in models with an open length, beside models of the fixed
// length that each batch has: all bits are equal, and functions are called when models are made and never for a length.
import { afterAll, describe, expect, it } from "vitest";
import {
  activations,
  input,
  layers,
  loadModel,
  losses,
  metrics,
  model as functional,
  type Node,
  ops,
  regularizers,
  sequential,
  type Tensor,
  tensor,
} from "../../src/index";
import { loadModel as loadForInference } from "../../src/inference/index";
import type { CompileOptions } from "../../src/model/compileOptions";
import type { Model } from "../../src/model/model";
import { describeTrace } from "../../src/saving/describeTrace";
import { withDescription } from "./modelFile";
import { noise } from "./twins";

const SAMPLES = 5;
const LENGTHS = [7, 12, 4, 33, 7];

type Size = number | null;

/** Counts how often functions over nodes are called. */
let calls = 0;
const counted = <Arguments extends unknown[], Result>(call: (...given: Arguments) => Result) => {
  return (...given: Arguments): Result => {
    calls++;
    return call(...given);
  };
};

/** A layer with a weight, a state, noise in training and a loss. Its numbers depend on all places of a sequence. */
const centred = (units: number, name?: string) =>
  layers.custom({
    name,
    weights: ([, features]) => ({
      kernel: {
        shape: [features, units],
        regularizer: regularizers.custom(counted((w) => ops.multiply(0.01, ops.sum(ops.power(ops.abs(w), 1.5))))),
      },
      seen: { shape: [], isState: true },
      average: { shape: [units], isState: true },
    }),
    call: ([x], { kernel, seen, average }, { training }) => {
      calls++;
      const y = ops.matmul(x, kernel);
      const mean = ops.mean(y, { axis: 1, keepDims: true });
      const outputs = ops.subtract(y, mean);
      const noisy = ops.multiply(outputs, ops.randomUniform([null, 1, units], { low: 0.5, high: 1.5 }));
      return {
        outputs: training ? noisy : outputs,
        state: { seen: ops.add(seen, 1), average: ops.add(ops.multiply(0.9, average), ops.mean(y, { axis: [0, 1] })) },
        losses: [ops.mean(ops.square(outputs), { axis: [1, 2] }), ops.multiply(0.1, ops.abs(outputs))],
      };
    },
  });

/** Another place in front of each sequence. */
const ONE_MORE = [
  [0, 0],
  [1, 0],
  [0, 0],
] as const;

/** Weighs places by a softmax over all of them. */
const overPlaces = () => activations.custom(counted((x) => ops.multiply(x, ops.softmax(x, { axis: 1 }))));

/** Two outputs of other lengths than its input. */
const parts = () =>
  layers.lambda(counted((x: Node) => [ops.pad(ops.sin(x), ONE_MORE), ops.concatenate([x, x], { axis: 1 })] as const));

const pooled = (x: Node) => layers.globalAveragePooling1d().apply(x);

function allInOne(length: Size) {
  const x = input({ shape: [length, 3] });
  const [one, other] = parts().apply(centred(3).apply(x));
  return functional({
    name: "inner",
    inputs: x,
    outputs: [layers.dense({ units: 3, activation: overPlaces() }).apply(one), other],
    losses: [ops.multiply(0.1, ops.square(one))],
  });
}

const builds: Record<string, (length: Size) => Model> = {
  "layers.custom": (length) =>
    sequential({
      seed: 1,
      layers: [
        layers.dense({ units: 6, activation: "tanh", inputShape: [length, 4] }),
        centred(5),
        layers.dense({ units: 3 }),
        layers.globalMaxPooling1d(),
      ],
    }),
  "layers.custom applied twice, to sequences of other lengths": (length) => {
    const x = input({ shape: [length, 4] });
    const layer = centred(4);
    const once = layer.apply(x);
    const shorter = layers.conv1d({ filters: 4, kernelSize: 3, strides: 2 }).apply(once);
    return functional({ inputs: x, outputs: pooled(layer.apply(shorter)), seed: 2 }) as Model;
  },
  "layers.custom of several inputs and outputs": (length) => {
    const [a, b] = [input({ shape: [length, 4] }), input({ shape: [length, 4] })];
    const layer = layers.custom({
      weights: { gain: { shape: [4] } },
      call: ([one, given], { gain }, { training }) => {
        calls++;
        const other = training ? ops.add(given, ops.randomNormal([null, given.shape[0], 4])) : given;
        const scores = ops.matmul(one, ops.multiply(other, gain), { transposeB: true });
        return [ops.matmul(ops.softmax(scores), other), ops.max(scores, { axis: 2, keepDims: true })] as const;
      },
    });
    const [mixed, best] = layer.apply([a, b]);
    return functional({ inputs: [a, b], outputs: [pooled(mixed), best], seed: 3 }) as never;
  },
  "activations.custom": (length) =>
    sequential({
      seed: 4,
      layers: [
        layers.conv1d({ filters: 6, kernelSize: 3, activation: overPlaces(), inputShape: [length, 4] }),
        layers.activation({ activation: overPlaces() }),
        layers.conv1d({ filters: 4, kernelSize: 2, strides: 2, activation: overPlaces() }),
        layers.dense({ units: 3, activation: overPlaces(), kernelRegularizer: "l2" }),
        layers.globalAveragePooling1d(),
        layers.dense({ units: 2, activation: activations.custom(counted((x) => ops.softplus(x))) }),
      ],
    }),
  "addLoss and model losses": (length) => {
    const x = input({ shape: [length, 4] });
    const first = layers
      .conv1d({ filters: 3, kernelSize: 2 })
      .addLoss(counted((y) => ops.multiply(0.1, ops.mean(ops.abs(y), { axis: [1, 2] }))))
      .addLoss(counted((y) => ops.multiply(0.2, ops.max(ops.square(y)))));
    const y = first.apply(x);
    const split = parts().addLoss(counted((one, other) => ops.mean(ops.multiply(ops.sum(one), ops.sum(other)))));
    const [one, other] = split.apply(y) as readonly Node[];
    return functional({
      inputs: x,
      outputs: ops.add(pooled(one), pooled(other)),
      losses: [ops.mean(ops.square(y), { axis: 2 }), ops.multiply(0.3, ops.mean(y))],
      seed: 5,
    }) as Model;
  },
  "layers with several outputs, dropout": (length) => {
    const x = input({ shape: [length, 4] });
    const [one, other] = parts().apply(layers.dropout({ rate: 0.4 }).apply(layers.dense({ units: 3 }).apply(x)));
    const longer = layers.conv1d({ filters: 2, kernelSize: 3, padding: "same" }).apply(other);
    return functional({ inputs: x, outputs: [one, longer, pooled(one)], seed: 6 }) as never;
  },
  "a model of several outputs with all of them, in another": (length) => {
    const x = input({ shape: [length, 4] });
    // Within, sequences are shorter than those of the model.
    const narrow = layers.conv1d({ filters: 3, kernelSize: 2 }).apply(x);
    const [left, right] = allInOne(length && length - 1).apply(narrow);
    return functional({ inputs: x, outputs: [pooled(left), right], seed: 7 }) as never;
  },
  "a model with an open length in another, at several of them": (length) => {
    const x = input({ shape: [length, 3] });
    const inner = allInOne(null);
    const [left, right] = inner.apply(x);
    return functional({ inputs: x, outputs: [pooled(left), pooled(inner.apply(right)[0])], seed: 8 }) as never;
  },
  "masks that layers make, pass on and compute with": (length) => {
    const x = input({ shape: [length, 4] });
    const masked = layers.masking().apply(layers.relu().apply(layers.dense({ units: 2 }).apply(x)));
    const normal = layers.batchNormalization().apply(masked);
    const lambda = layers.lambda(
      counted((a: Node) =>
        ops.withMask(ops.multiply(a, ops.expandDims(ops.mean(a.mask!, { axis: 1, keepDims: true }), 2)), a.mask!),
      ),
    );
    return functional({ inputs: x, outputs: layers.dense({ units: 2 }).apply(lambda.apply(normal)), seed: 9 }) as Model;
  },
  "masks of several inputs, joined, through a model within": (length) => {
    const x = input({ shape: [length, 4] });
    const some = ops.withMask(x, ops.greater(ops.sum(x, { axis: -1 }), -0.3));
    const others = ops.withMask(ops.multiply(x, 2), ops.less(ops.mean(x, { axis: -1 }), 0.2));
    const merged = [layers.multiply(), layers.maximum(), layers.concatenate({ axis: 1 })].map((layer) =>
      layer.apply([some, others]),
    );
    const inside = input({ shape: [length && 4 * length, 4] });
    const kept = layers
      .lambda(
        counted((a: Node) => ops.sin(a)),
        { supportsMasking: true },
      )
      .addLoss(counted((y) => ops.mean(ops.square(y))));
    const inner = functional({
      name: "inner",
      inputs: inside,
      outputs: [layers.batchNormalization().apply(kept.apply(inside)), layers.globalAveragePooling1d().apply(inside)],
      losses: [ops.multiply(0.1, ops.mean(inside, { axis: [1, 2] }))],
    });
    const [places, mean] = inner.apply(layers.concatenate({ axis: 1 }).apply(merged));
    return functional({ inputs: x, outputs: [layers.dense({ units: 3 }).apply(places), mean], seed: 10 }) as never;
  },
  "a lambda of an input and of its mask, and of two inputs of these shapes": (length) => {
    const x = input({ shape: [length, 4] });
    const places = ops.greater(ops.sum(x, { axis: -1 }), 0);
    const layer = layers.lambda(
      counted((a: Node, b?: Node) => ops.multiply(a, ops.expandDims(b ? ops.add(b, 1) : a.mask!, 2))),
      { supportsMasking: false },
    );
    const both = ops.add(layer.apply([x, places]), layer.apply(ops.withMask(x, places)));
    return functional({ inputs: x, outputs: layers.dense({ units: 2 }).apply(both), seed: 11 }) as Model;
  },
};

const made: Model[] = [];
const keep = (model: Model): Model => {
  made.push(model);
  return model;
};
afterAll(() => {
  for (const model of made) model.dispose();
});

const graphOf = (model: Model) => model.internals("test").recipe.model;

/** Inputs and targets of a model of a fixed length. */
function dataFor(fixed: Model, salt: number): { x: Tensor | Tensor[]; y: Tensor | Tensor[] } {
  const fill = (shapes: readonly (readonly Size[])[], first: number) => {
    const tensors = shapes.map((shape, i) => {
      const sizes = [SAMPLES, ...(shape as number[])];
      return tensor(
        noise(
          sizes.reduce((a, b) => a * b),
          first + i,
        ),
        sizes,
      );
    });
    return tensors.length === 1 ? tensors[0] : tensors;
  };
  const { inputs, outputs } = graphOf(fixed);
  return {
    x: fill(
      inputs.map(({ shape }) => shape),
      salt,
    ),
    y: fill(
      outputs.map(({ shape }) => shape),
      salt + 50,
    ),
  };
}

const compile = (model: Model, options: Partial<CompileOptions> = {}) =>
  model.compile({
    optimizer: "adam",
    loss: "meanSquaredError",
    metrics: ["mae"],
    weightedMetrics: ["mse"],
    ...options,
  } as CompileOptions);

const hex = ({ data, shape }: Tensor) => `${shape}: ${Buffer.from(data.slice().buffer).toString("hex")}`;
const hexOf = (result: unknown) => (Array.isArray(result) ? result : [result]).map(hex);
const bits = (record: Record<string, Tensor>) =>
  Object.entries(record).map(([name, value]) => [name.split("/").at(-1), hex(value)]);

/** Gives a model all that another has reached: weights, states, the optimizer's moments and the number of steps. */
async function handOver(from: Model, to: Model): Promise<void> {
  const [given, taken] = [from.internals("test"), to.internals("test")];
  await given.runtime.copies.update();
  await taken.runtime.copies.update();
  taken.runtime.persistent.set(given.runtime.persistent);
  taken.runtime.writesSlots();
  taken.runtime.copies.changed("all");
  taken.runtime.changedPersistent();
  Object.assign(taken.state, given.state);
}

const named = (values: Record<string, Tensor>, like: Record<string, Tensor>) =>
  Object.fromEntries(Object.keys(like).map((name, i) => [name, Object.values(values)[i]]));

/** Does everything with both, length by length; the fixed model of each length begins where the open one has come to. */
async function expectTwins(open: Model, build: (length: Size) => Model, options: Partial<CompileOptions> = {}) {
  let predicted = 0;
  for (const length of LENGTHS) {
    const fixed = build(length);
    compile(fixed, options);
    await handOver(open, fixed);
    const { x, y } = dataFor(fixed, length);
    calls = 0;
    const both = async (work: (model: Model) => Promise<unknown>, of: (result: never) => unknown) => {
      const [ofOpen, ofFixed] = [of((await work(open)) as never), of((await work(fixed)) as never)];
      expect(ofOpen).toEqual(ofFixed);
    };
    // What is drawn at random depends on how many batches have been predicted before.
    for (let i = 0; i < predicted; i++) await fixed.predict(x);
    const same = (result: unknown) => result;
    for (const training of [false, true]) {
      await both((each) => each.predict(x, { training, batchSize: 3 }), hexOf);
      await both(async (each) => each.predictSync(x, { training, batchSize: 3 }), hexOf);
      predicted += 4;
    }
    await both((each) => each.evaluate(x, y, { batchSize: 3 }), same);
    const sampleWeight = graphOf(fixed).outputs.length > 1 ? undefined : [1, 0.5, 2, 0, 1];
    await both((each) => each.evaluate(x, y, { batchSize: 3, sampleWeight }), same);
    await both(
      (each) => each.fit(x, y, { epochs: 2, batchSize: 3, sampleWeight }),
      ({ history }: { history: object }) => history,
    );
    await both((each) => each.trainOnBatch(x, y), same);
    await both(
      (each) => each.gradients(x, y),
      ({ weights }) => bits(weights),
    );
    const { weights } = await open.gradients(x, y);
    const ofFixed = (await fixed.gradients(x, y)).weights;
    await open.applyGradients(weights);
    await fixed.applyGradients(named(weights, ofFixed));
    await both((each) => each.trainOnBatch(x, y), same);
    await both((each) => each.getWeights(), bits);
    expect(calls).toBe(0);
    fixed.dispose();
  }
}

const engines: Record<string, Partial<CompileOptions>> = {
  "one thread": {},
  "two threads": { threads: 2 },
  js: { engine: "js" },
};

describe("models with an open length compute what those of that length do, bit for bit", () => {
  for (const [name, build] of Object.entries(builds)) {
    it.each(Object.entries(engines))(`${name}, %s`, async (_, options) => {
      const open = keep(build(null));
      compile(open, options);
      await expectTwins(open, build, options);
    });

    it(`${name}: called as often as for a fixed length`, () => {
      calls = 0;
      build(9);
      const ofFixed = calls;
      calls = 0;
      build(null);
      expect(calls).toBe(ofFixed);
    });

    it(`${name}: saved and loaded, also for inference alone`, async () => {
      const open = keep(build(null));
      compile(open);
      const { x, y } = dataFor(build(6), 6);
      await open.fit(x, y, { epochs: 1 });
      const bytes = open.toBytes();
      const loaded = keep((await loadModel(bytes)) as Model);
      expect(Buffer.from(loaded.toBytes()).equals(Buffer.from(bytes))).toBe(true);
      const inference = await loadForInference(bytes);
      const fresh = keep((await loadModel(bytes)) as Model);
      for (const length of LENGTHS) {
        const { x: other } = dataFor(build(length), length);
        const expected = hexOf(await fresh.predict(other, { batchSize: 2 }));
        expect(hexOf(await inference.predict(other, { batchSize: 2 }))).toEqual(expected);
        expect(hexOf(inference.predictSync(other, { batchSize: 2 }))).toEqual(
          hexOf(await fresh.predict(other, { batchSize: 2 })),
        );
      }
      calls = 0;
      await expectTwins(loaded, build);
    });
  }
});

describe("losses and metrics of one's own at masked places", () => {
  it("with weights of samples and of places", async () => {
    const build = builds["masks that layers make, pass on and compute with"];
    const ofPlaces = (yTrue: Node, yPred: Node) => ops.mean(ops.abs(ops.subtract(yTrue, yPred)), { axis: -1 });
    const options = {
      loss: losses.custom(ofPlaces),
      metrics: [metrics.custom(ofPlaces)],
      weightedMetrics: [metrics.custom(ofPlaces), "rmse"],
    };
    const open = keep(build(null));
    compile(open, options as Partial<CompileOptions>);
    await expectTwins(open, build, options as Partial<CompileOptions>);
    for (const length of LENGTHS) {
      const fixed = build(length);
      compile(fixed, options as Partial<CompileOptions>);
      await handOver(open, fixed);
      const { x, y } = dataFor(fixed, length);
      const sampleWeight = tensor(noise(SAMPLES * length, 3).map(Math.abs), [SAMPLES, length]);
      const fitting = { epochs: 1, batchSize: 3, sampleWeight };
      expect((await open.fit(x, y, fitting)).history).toEqual((await fixed.fit(x, y, fitting)).history);
      expect(bits(await open.getWeights())).toEqual(bits(await fixed.getWeights()));
      fixed.dispose();
    }
  });
});

describe("a lambda of an input and its mask, and of two inputs of these shapes", () => {
  it.each([null, 3])("has a graph for each, at length %s", async (length) => {
    const x = input({ shape: [length, 2] });
    const places = ops.greater(ops.sum(x, { axis: -1 }), 0);
    const layer = layers.lambda(
      (a: Node, b?: Node) => ops.multiply(a, ops.expandDims(b ? ops.add(b, 5) : ops.multiply(a.mask!, 3), 2)),
      { supportsMasking: false },
    );
    const outputs = [layer.apply([x, places]), layer.apply(ops.withMask(x, places))];
    const model = functional({ inputs: x, outputs });
    const values = [1, 2, -3, 1, 4, -2];
    const [ofTwo, ofMasked] = await model.predict<Tensor<"float32">[]>(tensor(Float32Array.from(values), [1, 3, 2]));
    expect([...ofTwo.data]).toEqual([6, 12, -15, 5, 24, -12]);
    expect([...ofMasked.data]).toEqual([3, 6, -0, 0, 12, -6]);
    model.dispose();
  });
});

describe("lengths that parts of one's own cannot work on", () => {
  it("weights that depend on the open length are refused when the layer is applied", () => {
    const layer = layers.custom({
      weights: ([length, features]) => ({ table: { shape: [length, features] } }),
      call: ([x], { table }) => ops.add(x, table),
    });
    expect(() => layer.apply(input({ shape: [null, 2] }))).toThrow(
      /custom: its table would depend on the length of \[batch, length, 2\]/,
    );
  });

  it("other lengths in training than in the rest", () => {
    const layer = layers.custom({
      call: ([x], _, { training }) => (training ? x : ops.pad(x, ONE_MORE)),
    });
    expect(() => layer.apply(input({ shape: [null, 2] }))).toThrow(
      /the same outputs for training and the rest, got \[length \+ 1, 2\]/,
    );
  });

  it("an activation that makes another length", () => {
    const activation = activations.custom((x) => ops.pad(x, ONE_MORE));
    expect(() => layers.dense({ units: 3, activation }).apply(input({ shape: [null, 2] }))).toThrow(
      /must return a node of the shape of x, \[batch, length, 3\], got \[batch, length \+ 1, 3\]/,
    );
  });

  it("sequences too short for a layer in front", async () => {
    const model = keep(
      sequential({
        layers: [
          layers
            .conv1d({ filters: 2, kernelSize: 3, activation: overPlaces(), inputShape: [null, 2] })
            .addLoss((y) => ops.mean(y)),
          layers.custom({ call: ([x]) => ops.sum(ops.pad(x, ONE_MORE), { axis: 1 }) }),
        ],
      }),
    );
    compile(model);
    const y = tensor(noise(2), [1, 2]);
    expect((await model.predict(tensor(noise(6), [1, 3, 2]))).shape).toEqual([1, 2]);
    for (const training of [false, true]) {
      await expect(model.predict(tensor(noise(4), [1, 2, 2]), { training })).rejects.toThrow(
        /length 2 do not fit the model/,
      );
    }
    await expect(model.trainOnBatch(tensor(noise(4), [1, 2, 2]), y)).rejects.toThrow(/length 2 do not fit the model/);
    expect(await model.trainOnBatch(tensor(noise(8), [1, 4, 2]), y)).toHaveProperty("loss");
  });

  it("a file whose graph for one length makes other shapes", async () => {
    const build = (layer: ReturnType<typeof layers.lambda>) => {
      const x = input({ shape: [null, 2] });
      return functional({ inputs: x, outputs: layers.dense({ units: 1 }).apply(layer.apply(x)) });
    };
    const wide = (length: Size) =>
      layers.lambda((x) => ops.concatenate([x, x], { axis: 2 })).apply(input({ shape: [length, 2] }));
    const several = layers.lambda((x) => [x, x] as const);
    several.apply(input({ shape: [9, 2] }));
    const bytes = build(layers.lambda((x) => ops.sin(x))).toBytes();
    for (const other of [wide(9).layer!, several]) {
      const file = withDescription(bytes, ({ layers: [{ graphs }] }) => {
        graphs.unshift(...other.graphs!.map(describeTrace));
      });
      for (const load of [loadModel, loadForInference]) {
        const loaded = await load(file);
        expect((await loaded.predict<Tensor>(tensor(noise(8), [1, 4, 2]))).shape).toEqual([1, 4, 1]);
        if (other === several) {
          expect((await loaded.predict<Tensor>(tensor(noise(18), [1, 9, 2]))).shape).toEqual([1, 9, 1]);
          continue;
        }
        await expect(loaded.predict(tensor(noise(18), [1, 9, 2]))).rejects.toThrow(
          /lambda: one of its graphs makes \[1, 9, 4\] in place of \[1, 9, 2\]/,
        );
      }
    }
  });

  it("weights by an update of one's own before any data has come", async () => {
    const build = (length: Size) => builds["layers.custom"](length);
    const [open, fixed] = [build(null), build(6)].map(keep);
    for (const each of [open, fixed]) compile(each, { loss: losses.meanSquaredError() });
    const { x, y } = dataFor(fixed, 1);
    const { weights } = await fixed.gradients(x, y);
    for (const each of [open, fixed]) await each.applyGradients(weights);
    expect(bits(await open.getWeights())).toEqual(bits(await fixed.getWeights()));
  });
});
