// Models that functions over nodes are part of: custom losses, metrics and layers, in files, on engines, with bad input.
import { describe, expect, it } from "vitest";
import {
  ArgumentError,
  FormatError,
  gradientCheck,
  input,
  layers,
  loadModel,
  losses,
  metrics,
  model,
  type Node,
  ops,
  sequential,
  ShapeError,
} from "../../src/index";
import { loadModel as loadForInference } from "../../src/inference/index";
import { deriveKey, uniform } from "../../src/numeric/random";
import { differenceInBits, relativeError } from "../ops/harness";

const random = (rows: number, columns: number, seed: number, from = -1, to = 1) =>
  Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => from + (to - from) * uniform(deriveKey(seed), i * columns + j)),
  );

const mean = (x: Node) => ops.mean(x, { axis: -1 });
const sum = (x: Node) => ops.sum(x, { axis: -1 });
const difference = (y: Node, x: Node) => ops.subtract(x, y);
const log1p = (x: Node) => ops.log(ops.add(x, 1));

/** Losses of the library as functions over nodes, from the formulas of Keras 3; targets y, predictions x within (0, 1). */
const rebuilt: Record<string, (y: Node, x: Node) => Node> = {
  meanSquaredError: (y, x) => mean(ops.square(difference(y, x))),
  meanAbsoluteError: (y, x) => mean(ops.abs(difference(y, x))),
  meanAbsolutePercentageError: (y, x) =>
    ops.multiply(100, mean(ops.divide(ops.abs(difference(y, x)), ops.maximum(ops.abs(y), 1e-7)))),
  meanSquaredLogarithmicError: (y, x) =>
    mean(ops.square(ops.subtract(log1p(ops.maximum(x, 1e-7)), log1p(ops.maximum(y, 1e-7))))),
  huber: (y, x) => {
    const error = ops.abs(difference(y, x));
    return mean(ops.where(ops.lessEqual(error, 1), ops.multiply(0.5, ops.square(error)), ops.subtract(error, 0.5)));
  },
  logCosh: (y, x) => {
    const error = difference(y, x);
    return mean(ops.subtract(ops.add(error, ops.softplus(ops.multiply(-2, error))), Math.LN2));
  },
  binaryCrossentropy: (y, x) =>
    ops.negative(
      mean(ops.add(ops.multiply(y, ops.log(x)), ops.multiply(ops.subtract(1, y), ops.log(ops.subtract(1, x))))),
    ),
  categoricalCrossentropy: (y, x) =>
    ops.negative(sum(ops.multiply(y, ops.log(ops.divide(x, ops.sum(x, { axis: -1, keepDims: true })))))),
  kullbackLeiblerDivergence: (y, x) => sum(ops.multiply(y, ops.log(ops.divide(y, x)))),
  poisson: (y, x) => mean(ops.subtract(x, ops.multiply(y, ops.log(ops.add(x, 1e-7))))),
  hinge: (y, x) => mean(ops.maximum(ops.subtract(1, ops.multiply(y, x)), 0)),
  squaredHinge: (y, x) => mean(ops.square(ops.maximum(ops.subtract(1, ops.multiply(y, x)), 0))),
  cosineSimilarity: (y, x) => ops.negative(sum(ops.multiply(ops.l2Normalize(y), ops.l2Normalize(x)))),
};

const signs = new Set(["hinge", "squaredHinge"]);

describe("losses of the library, written as functions over nodes", () => {
  it.each(Object.keys(rebuilt))("%s has the same value and gradients", async (name) => {
    const x = random(13, 5, 1);
    const y = random(13, 3, 2, 0.05, 0.95).map((row) =>
      signs.has(name)
        ? row.map((value) => (value > 0.5 ? 1 : -1))
        : row.map((value) => value / row.reduce((a, b) => a + b)),
    );
    const results = [];
    for (const loss of [name, losses.custom(rebuilt[name])] as const) {
      // A lambda layer ends the model, so that no loss is computed from logits.
      const ending = layers.lambda((node) => ops.multiply(node, 1));
      const net = sequential({
        seed: 3,
        layers: [layers.dense({ units: 3, activation: "sigmoid", inputShape: [5] }), ending],
      });
      net.compile({ optimizer: "sgd", loss: loss as "meanSquaredError" });
      results.push(await net.gradients(x, y));
    }
    const [built, custom] = results;
    expect(Math.abs(custom.loss / built.loss - 1)).toBeLessThanOrEqual(1e-6);
    for (const [weight, { data }] of Object.entries(built.weights)) {
      expect(relativeError(custom.weights[weight].data, data), weight).toBeLessThanOrEqual(1e-6);
    }
  });
});

/** A model with everything: functions between layers, a lambda, a custom loss and metric. */
function makeModel(engine: object = {}) {
  const x = input({ shape: [4] });
  const hidden = layers.dense({ units: 7, activation: "tanh" }).apply(x);
  const scaled = ops.divide(hidden, ops.add(ops.mean(ops.abs(hidden), { axis: -1, keepDims: true }), 0.1));
  const doubled = layers.lambda((a, b) => ops.concatenate([ops.multiply(a, 2), b])).apply([scaled, x]);
  const outputs = layers.dense({ units: 3, activation: "softmax" }).apply(doubled);
  const made = model({ inputs: x, outputs, seed: 5 });
  made.compile({
    optimizer: "adam",
    loss: losses.custom(rebuilt.categoricalCrossentropy),
    metrics: [
      metrics.custom((y, p) => ops.equal(ops.argMax(y, { axis: -1 }), ops.argMax(p, { axis: -1 })), {
        name: "right",
        better: "max",
      }),
      "accuracy",
    ],
    ...engine,
  });
  return made;
}

const data = random(37, 4, 7);
const classes = data.map((row) => [0, 1, 2].map((k) => (row.indexOf(Math.max(...row.slice(0, 3))) === k ? 1 : 0)));
const bytesOf = async (made: Awaited<ReturnType<typeof loadModel>>) =>
  Float32Array.from(Object.values(await made.getWeights()).flatMap((tensor) => Array.from(tensor.data)));

describe("a model with functions over nodes", () => {
  it("learns, and its metric is that of the library", async () => {
    const made = makeModel();
    const { history } = await made.fit(data, classes, { epochs: 60, batchSize: 8 });
    expect(history.loss.at(-1)!).toBeLessThan(0.6 * history.loss[0]);
    expect(history.right).toEqual(history.accuracy);
    expect(await made.evaluate(data, classes)).toMatchObject({ right: history.accuracy && expect.any(Number) });
  });

  it("has the gradients of central differences", async () => {
    const check = await gradientCheck(makeModel(), data.slice(0, 5), classes.slice(0, 5));
    expect(check.ok).toBe(true);
    expect(check.worst.relativeError).toBeLessThan(1e-5);
  });

  it("trains to the same bits on one, two and three threads, and in a worker", async () => {
    const weights = [];
    for (const engine of [{}, { threads: 2 }, { threads: 3 }, { worker: true }]) {
      const made = makeModel(engine);
      await made.fit(data, classes, { epochs: 3, batchSize: 8 });
      weights.push(await bytesOf(made));
      made.dispose();
    }
    for (const other of weights.slice(1)) expect(differenceInBits(other, weights[0])).toBeUndefined();
  });

  it("trains on the readable kernels", async () => {
    const made = makeModel({ engine: "js" });
    const fast = makeModel();
    const options = { epochs: 3, batchSize: 8 };
    const [a, b] = [await made.fit(data, classes, options), await fast.fit(data, classes, options)];
    expect(relativeError(a.history.loss, b.history.loss)).toBeLessThan(1e-5);
  });

  it("is kept in a file without its functions: goes on bit for bit, and predicts in wasmgrad/inference", async () => {
    const made = makeModel();
    await made.fit(data, classes, { epochs: 2, batchSize: 8 });
    const file = await made.toBytes();
    const loaded = await loadModel(file);
    const options = { epochs: 2, batchSize: 8 };
    const [a, b] = [await made.fit(data, classes, options), await loaded.fit(data, classes, options)];
    expect(b.history).toEqual(a.history);
    expect(differenceInBits(await bytesOf(loaded), await bytesOf(made))).toBeUndefined();
    const again = await loadForInference(await loaded.toBytes());
    const [expected, got] = [await made.predict(data), await again.predict(data)];
    expect(differenceInBits((got as typeof expected).data, expected.data)).toBeUndefined();
  });

  it("ranks in a batch: two towers, a softmax over all pairs", async () => {
    const pair = input({ shape: [6] });
    const [user, item] = ops.split(pair, 2, { axis: 1 });
    const towers = [user, item].map((node) => layers.dense({ units: 4 }).apply(node));
    const net = model({ inputs: pair, outputs: ops.concatenate(towers), seed: 1 });
    const ranking = losses.custom(
      (_, both) => {
        const [a, b] = ops.split(both, 2, { axis: 1 });
        const logits = ops.matmul(a, b, { transposeB: true });
        return ops.subtract(ops.logSumExp(logits, { axis: 1 }), ops.sum(ops.multiply(a, b), { axis: 1 }));
      },
      { targetShape: [1] },
    );
    net.compile({ optimizer: "adam", loss: ranking });
    const x = random(64, 3, 9).map((row) => [...row, ...row.map((value) => -value)]);
    // The last batch is smaller.
    const { history } = await net.fit(
      x,
      x.map(() => [0]),
      { epochs: 200, batchSize: 20 },
    );
    expect(history.loss.at(-1)!).toBeLessThan(history.loss[0] - 0.5);
  });

  it("draws random numbers that depend on seed and step only", async () => {
    const make = (seed: number) => {
      const x = input({ shape: [5] });
      const noisy = ops.add(x, ops.randomNormal([null, 5], { stddev: 0.5 }));
      const net = model({ inputs: x, outputs: layers.dense({ units: 1 }).apply(noisy), seed });
      net.compile({ optimizer: "sgd", loss: "mse" });
      return net;
    };
    const x = random(9, 5, 4);
    const losses = [];
    for (const seed of [1, 1, 2])
      losses.push(
        (
          await make(seed).fit(
            x,
            x.map(() => [1]),
            { epochs: 3 },
          )
        ).history.loss,
      );
    expect(losses[1]).toEqual(losses[0]);
    expect(losses[2]).not.toEqual(losses[0]);
  });
});

describe("bad input", () => {
  const x = () => input({ shape: [4] });

  it("arithmetic with nodes says what to write", () => {
    expect(() => (x() as unknown as number) + 1).toThrow(/ops\.add\(a, b\)/);
    expect(() => (x() as unknown as number) * 2).toThrow(ArgumentError);
    expect(() => `${x()}`).toThrow(ArgumentError);
  });

  it("shapes that do not fit, axes that are not there", () => {
    expect(() => ops.add(x(), [1, 2, 3])).toThrow(/cannot broadcast \[batch, 4\]/);
    expect(() => ops.matmul(x(), [[1, 2, 3]])).toThrow(ShapeError);
    expect(() => ops.sum(x(), { axis: 2 })).toThrow(/axis must be a whole number from -2 to 1/);
    expect(() => ops.reshape(x(), [null, 3])).toThrow(/cannot make \[null,3\]/);
    expect(() => ops.sum(x(), { axes: 1 } as never)).toThrow(/axis/);
    expect(() => ops.slice(x(), [0, 2], [null, 3])).toThrow(ShapeError);
    expect(() => ops.topK(x(), 5)).toThrow(/k is 5/);
    expect(() => ops.einsum("ij,jk->ik", x())).toThrow(/for 2 nodes, got 1/);
    expect(() => ops.add(undefined as never, 1)).toThrow(/expects a node, a number or a tensor, got undefined/);
  });

  it("layers and outputs take nodes whose first axis is the batch", () => {
    const total = ops.sum(x());
    expect(() => layers.dense({ units: 1 }).apply(total)).toThrow(/whose first axis is the batch/);
    const input_ = x();
    expect(() => model({ inputs: input_, outputs: ops.sum(input_) })).toThrow(ShapeError);
  });

  it("whole numbers, where float32 is read: of outputs, layers, losses and metrics", () => {
    const input_ = x();
    const places = ops.argMax(input_, { axis: -1, keepDims: true });
    expect(() => model({ inputs: input_, outputs: places })).toThrow(/Use ops\.cast\(node, "float32"\)/);
    expect(() => layers.dense({ units: 1 }).apply(places)).toThrow(ArgumentError);
    expect(() => layers.lambda((node) => ops.argMax(node, { axis: -1 })).apply(input_)).toThrow(ArgumentError);
    const net = sequential({ layers: [layers.dense({ units: 3, inputShape: [2] })] });
    const place = metrics.custom((_, p) => ops.argMax(p, { axis: -1 }), { name: "place" });
    expect(() => net.compile({ optimizer: "sgd", loss: "mse", metrics: [place] })).toThrow(ArgumentError);
    expect(model({ inputs: input_, outputs: ops.cast(places, "float32") }).layers).toEqual([]);
  });

  it("arrays that are filled anew after the call change neither the model nor its file", async () => {
    const [shape, numbers, noise] = [[null, 3, 4], Float32Array.of(1, 2, 3, 4), [null, 3, 4]];
    const input_ = x();
    const sum = ops.add(ops.expandDims(input_, 1), { data: numbers, shape: [4] });
    const outputs = ops.add(ops.broadcastTo(sum, shape), ops.multiply(0, ops.randomNormal(noise)));
    const made = model({ inputs: input_, outputs });
    shape[1] = noise[1] = 7;
    numbers.fill(9);
    const loaded = await loadModel(made.toBytes());
    const expected = [1, 2, 3, 4].map((value) => value + 1);
    for (const one of [made, loaded]) {
      const { shape: got, data } = await one.predict([[1, 1, 1, 1]]);
      expect(got).toEqual([1, 3, 4]);
      expect(Array.from(data)).toEqual([...expected, ...expected, ...expected]);
    }
  });

  it("functions that return no node, use layers, or are async", () => {
    const compile = (loss: ReturnType<typeof losses.custom>) =>
      sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] }).compile({ optimizer: "sgd", loss });
    expect(() => compile(losses.custom(() => 3 as never))).toThrow(/must return a node, got 3/);
    expect(() => compile(losses.custom((async (y: Node) => y) as never))).toThrow(/must not be async/);
    expect(() => compile(losses.custom((_, p) => layers.dense({ units: 1 }).apply(p)))).toThrow(/uses the layer/);
    expect(() => compile(losses.custom((_, p) => ops.sum(p, { axis: 0 })))).toThrow(
      /one number or more for each sample/,
    );
    expect(() => losses.custom(7 as never)).toThrow(ArgumentError);
    expect(() => compile(((y: Node) => y) as never)).toThrow(/losses\.custom/);
  });

  it("weights of samples for a loss of the whole batch", async () => {
    const net = sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] });
    net.compile({ optimizer: "sgd", loss: losses.custom((y, p) => ops.mean(ops.square(ops.subtract(y, p)))) });
    const [a, b] = [random(4, 2, 1), random(4, 1, 2)];
    await expect(net.fit(a, b, { sampleWeight: [1, 1, 2, 1] })).rejects.toThrow(/one number for the whole batch/);
    expect((await net.fit(a, b)).history.loss).toHaveLength(1);
  });
});

describe("graphs in hostile files", () => {
  /** A file with its description changed. */
  async function changed(change: (description: Record<string, never>) => void): Promise<Uint8Array> {
    const file = await makeModel().toBytes();
    const view = new DataView(file.buffer, file.byteOffset);
    const length = Number(view.getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
    const key = Object.keys(header.__metadata__)[0];
    const description = JSON.parse(header.__metadata__[key]);
    change(description);
    header.__metadata__[key] = JSON.stringify(description);
    const bytes = new TextEncoder().encode(JSON.stringify(header));
    const padded = Math.ceil(bytes.length / 8) * 8;
    const result = new Uint8Array(8 + padded + file.length - 8 - length);
    new DataView(result.buffer).setBigUint64(0, BigInt(padded), true);
    result.fill(32, 8, 8 + padded);
    result.set(bytes, 8);
    result.set(file.subarray(8 + length), 8 + padded);
    return result;
  }

  type Described = { nodes: { op?: string; inputs: number[]; options: Record<string, unknown> }[] };
  const firstLoss = (description: unknown) => (description as { training: { loss: object[] } }).training.loss[0];
  const lambdaOf = (description: unknown) =>
    (description as { layers: { graphs?: { inputs: object[] }[] }[] }).layers.find(({ graphs }) => graphs)!;
  const firstOp = (description: unknown) => (description as Described).nodes.find(({ op }) => op)!;

  it.each<[string, (description: never) => void]>([
    ["a cycle", (d) => Object.assign(firstOp(d), { inputs: [(d as Described).nodes.length] })],
    ["an unknown operation", (d) => Object.assign(firstOp(d), { op: "launch" })],
    ["a name of Object's", (d) => Object.assign(firstOp(d), { op: "constructor" })],
    ["too few inputs", (d) => Object.assign(firstOp(d), { inputs: [] })],
    ["a number of inputs that does not fit", (d) => Object.assign(firstOp(d), { inputs: [0, 0, 0] })],
    ["terabytes", (d) => Object.assign(firstOp(d), { op: "broadcastTo", options: { shape: [2 ** 20, 2 ** 20, 7] } })],
    ["a wrong rank", (d) => Object.assign(firstOp(d), { op: "transpose", options: { axes: [0, 1, 2] } })],
    ["options of another kind", (d) => Object.assign(firstOp(d), { op: "reshape", options: { newShape: "all" } })],
    [
      "a constant that is not full",
      (d) =>
        Object.assign(firstOp(d), {
          op: "constant",
          inputs: [],
          options: { values: [1], shape: [3], dtype: "float32" },
        }),
    ],
    [
      "a loss whose graph is empty",
      (d) => Object.assign(firstLoss(d), { graphs: [{ inputs: [], nodes: [], outputs: [] }] }),
    ],
    ["a loss without a graph", (d) => Object.assign(firstLoss(d), { graphs: [] })],
    ["a lambda of another shape", (d) => Object.assign(lambdaOf(d).graphs![0].inputs[0], { dimensions: [[1, 1], 3] })],
  ])("%s is a FormatError", async (_, change) => {
    const file = await changed(change as never);
    await expect(loadModel(file)).rejects.toThrow(FormatError);
  });

  it("an unchanged one is read", async () => {
    await expect(loadModel(await changed(() => {}))).resolves.toBeDefined();
  });
});
