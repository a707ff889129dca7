// Parts of one's own: bad input, hostile files, and situations from public reports of other libraries.
import { describe, expect, it } from "vitest";
import {
  activations,
  ArgumentError,
  FormatError,
  input,
  layers,
  loadModel,
  losses,
  model,
  type Node,
  ops,
  optimizers,
  regularizers,
  sequential,
  ShapeError,
  StateError,
} from "../../src/index";
import { createCore } from "../../src/core/index";
import { loadModel as loadForInference } from "../../src/inference/index";
import { type Description, descriptionOf, withDescription } from "../model/modelFile";

const x = (size = 4) => input({ shape: [size] });
const train = { optimizer: "sgd", loss: "mse" } as const;

describe("functions that are none, or return what they must not", () => {
  const weights = { w: { shape: [4] }, s: { shape: [4], isState: true } };
  // biome-ignore lint/suspicious/noExplicitAny: what JavaScript passes.
  const apply = (call: any, options: object = {}) => layers.custom({ weights, call, ...options } as never).apply(x());

  it.each<[string, () => unknown, new (message: string) => Error, RegExp]>([
    [
      "no call",
      () => layers.custom({} as never),
      ArgumentError,
      /layers\.custom: call must be a function over nodes, got undefined/,
    ],
    ["no options", () => layers.custom(undefined as never), ArgumentError, /call must be a function/],
    ["a function as options", () => layers.custom((() => 1) as never), ArgumentError, /expects an object of options/],
    ["an unknown option", () => apply(() => 1, { weight: {} }), ArgumentError, /Did you mean "weights"/],
    [
      "a number",
      () => apply(() => 3),
      ArgumentError,
      /custom: the function must return a node, got 3\. Use the functions of ops/,
    ],
    ["nothing", () => apply(() => {}), ArgumentError, /must return a node, got undefined/],
    ["a promise", () => apply(async ([a]: Node[]) => a), ArgumentError, /It must not be async/],
    [
      "arithmetic",
      () => apply(([a]: Node[], { w }: { w: Node }) => (a as never as number) + (w as never as number)),
      ArgumentError,
      /ops\.add\(a, b\)/,
    ],
    [
      "a layer within",
      () => apply(([a]: Node[]) => layers.dense({ units: 1 }).apply(a)),
      ArgumentError,
      /uses the layer dense/,
    ],
    [
      "a node of elsewhere",
      () => apply(([a]: Node[]) => ops.add(a, input({ shape: [4], name: "other" }))),
      ArgumentError,
      /uses other of another model/,
    ],
    [
      "a weight as output",
      () => apply((_: Node[], { w }: { w: Node }) => w),
      ShapeError,
      /first axis is the batch, got \[4\]/,
    ],
    [
      "whole numbers",
      () => apply(([a]: Node[]) => ops.argMax(a, { axis: -1, keepDims: true })),
      ArgumentError,
      /ops\.cast/,
    ],
    ["no outputs", () => apply(() => ({ state: {} })), ArgumentError, /must return a node, got undefined/],
    [
      "an unknown member",
      () => apply(([a]: Node[]) => ({ output: a })),
      ArgumentError,
      /what call returns: unknown option "output"\. Did you mean "outputs"/,
    ],
    [
      "an unknown state",
      () => apply(([a]: Node[]) => ({ outputs: a, state: { t: a } })),
      ArgumentError,
      /there is no state "t"\. States, which have isState: true: s/,
    ],
    [
      "a weight as state",
      () => apply(([a]: Node[], { w }: { w: Node }) => ({ outputs: a, state: { w } })),
      ArgumentError,
      /there is no state "w"/,
    ],
    [
      "a state of another shape",
      () => apply(([a]: Node[]) => ({ outputs: a, state: { s: a } })),
      ShapeError,
      /state s has shape \[4\], its new value \[batch, 4\]/,
    ],
    [
      "a number as state",
      () => apply(([a]: Node[]) => ({ outputs: a, state: { s: 1 } })),
      ArgumentError,
      /state s must be a node, got 1/,
    ],
    [
      "states in an array",
      () => apply(([a]: Node[]) => ({ outputs: a, state: [a] })),
      ArgumentError,
      /state must be an object of nodes by name/,
    ],
    [
      "a number as loss",
      () => apply(([a]: Node[]) => ({ outputs: a, losses: [1] })),
      ArgumentError,
      /losses: the function must return a node/,
    ],
    [
      "a loss that is no array",
      () => apply(([a]: Node[]) => ({ outputs: a, losses: a })),
      ArgumentError,
      /losses must be an array of nodes/,
    ],
    [
      "a loss of the columns",
      () => apply(([a]: Node[]) => ({ outputs: a, losses: [ops.mean(a, { axis: 0 })] })),
      ShapeError,
      /a loss must be one number or more for each sample.*got \[4\]/,
    ],
    [
      "other outputs in training",
      () =>
        apply(([a]: Node[], _: object, { training }: { training: boolean }) =>
          training ? a : ops.sum(a, { axis: 1, keepDims: true }),
        ),
      ArgumentError,
      /the same outputs for training and the rest, got \[1\] for one, for the other \[4\]/,
    ],
    [
      "more outputs in training",
      () => apply(([a]: Node[], _: object, { training }: { training: boolean }) => (training ? [a, a] : a)),
      ArgumentError,
      /got \[4\] for one, for the other \[4\] and \[4\]/,
    ],
    [
      "weights without shape",
      () => layers.custom({ weights: { w: {} }, call: ([a]: Node[]) => a } as never).apply(x()),
      ArgumentError,
      /weight "w": shape must be an array of sizes, got undefined/,
    ],
    [
      "weights of size 0",
      () => layers.custom({ weights: { w: { shape: [0] } }, call: ([a]) => a }).apply(x()),
      ArgumentError,
      /shape\[0\] must be an integer/,
    ],
    [
      "weights larger than memory",
      () => layers.custom({ weights: { w: { shape: [2 ** 20, 2 ** 20] } }, call: ([a]) => a }).apply(x()),
      ArgumentError,
      /more than any memory holds/,
    ],
    [
      "a name with a slash",
      () => layers.custom({ weights: { "a/b": { shape: [1] } }, call: ([a]) => a }).apply(x()),
      ArgumentError,
      /letters, digits and underscores/,
    ],
    [
      "an initializer that is not there",
      () =>
        layers
          .custom({ weights: { w: { shape: [1], initializer: "glorot" as "zeros" } }, call: ([a]) => a })
          .apply(x()),
      ArgumentError,
      /initializer cannot be "glorot"/,
    ],
    [
      "a regularizer of a state",
      () =>
        layers
          .custom({ weights: { w: { shape: [1], isState: true, regularizer: "l2" } }, call: ([a]) => a })
          .apply(x()),
      ArgumentError,
      /no regularizer pulls/,
    ],
    [
      "an unknown part of a weight",
      () => layers.custom({ weights: { w: { shape: [1], dtype: "int32" } as never }, call: ([a]) => a }).apply(x()),
      ArgumentError,
      /unknown option "dtype"/,
    ],
    [
      "weights that are a promise",
      () => layers.custom({ weights: (async () => ({})) as never, call: ([a]) => a }).apply(x()),
      ArgumentError,
      /weights must be \{ name: \{ shape \} \}/,
    ],
    [
      "an activation that is no function",
      () => activations.custom(3 as never),
      ArgumentError,
      /activations\.custom: expects a function over nodes, got 3/,
    ],
    [
      "no activation",
      () => activations.custom(undefined as never),
      ArgumentError,
      /activations\.custom: expects a function over nodes, got undefined/,
    ],
    [
      "no regularizer",
      () => regularizers.custom(undefined as never),
      ArgumentError,
      /regularizers\.custom: expects a function over nodes, got undefined/,
    ],
    [
      "no loss",
      () => losses.custom(undefined as never),
      ArgumentError,
      /losses\.custom: expects a function over nodes, got undefined/,
    ],
    [
      "a function as activation",
      () => layers.dense({ units: 1, activation: ((a: Node) => a) as never }),
      ArgumentError,
      /A function of your own: activations\.custom/,
    ],
    [
      "a function as regularizer",
      () => layers.dense({ units: 1, kernelRegularizer: ((a: Node) => a) as never }),
      ArgumentError,
      /A function of your own: regularizers\.custom/,
    ],
    [
      "an activation of another shape",
      () => layers.dense({ units: 3, activation: activations.custom((a) => ops.sum(a, { axis: -1 })) }).apply(x()),
      ShapeError,
      /must return a node of the shape of x, \[batch, 3\], got \[batch\]/,
    ],
    [
      "an activation that returns two",
      () => layers.dense({ units: 3, activation: activations.custom(((a: Node) => [a, a]) as never) }).apply(x()),
      ShapeError,
      /got \[batch, 3\] and \[batch, 3\]/,
    ],
    [
      "a regularizer that returns many",
      () => layers.dense({ units: 3, kernelRegularizer: regularizers.custom((w) => ops.abs(w)) }).apply(x()),
      ShapeError,
      /must return one number, \[\], such as an ops\.sum, got \[4, 3\]/,
    ],
    [
      "an activation by the name custom",
      () => layers.dense({ units: 1, activation: "custom" as "relu" }),
      ArgumentError,
      /activation cannot be "custom"/,
    ],
    [
      "JSON of an activation",
      () => layers.dense({ units: 1, activation: JSON.parse(JSON.stringify(activations.custom((a) => a))) }),
      ArgumentError,
      /activation cannot be "custom"/,
    ],
    [
      "addLoss of no function",
      () => layers.dense({ units: 1 }).addLoss(1 as never),
      ArgumentError,
      /addLoss: expects a function over nodes, got 1/,
    ],
    [
      "addLoss of nothing",
      () => layers.dense({ units: 1 }).addLoss(undefined as never),
      ArgumentError,
      /got undefined/,
    ],
    [
      "addLoss of columns",
      () =>
        layers
          .dense({ units: 2 })
          .addLoss((y) => ops.mean(y, { axis: 0 }))
          .apply(x()),
      ShapeError,
      /addLoss: a loss must be one number or more/,
    ],
    [
      "losses of a model that are none",
      () => {
        const a = x();
        return model({ inputs: a, outputs: a, losses: [1 as never] });
      },
      ArgumentError,
      /model: losses must be/,
    ],
    [
      "one loss of a model",
      () => {
        const a = x();
        return model({ inputs: a, outputs: a, losses: 3 as never });
      },
      ArgumentError,
      /model: losses must be/,
    ],
    [
      "losses of a model of columns",
      () => {
        const a = x();
        return model({ inputs: a, outputs: a, losses: [ops.mean(a, { axis: 0 })] });
      },
      ShapeError,
      /model: losses\[0\]: a loss must be/,
    ],
    [
      "losses of a model of other inputs",
      () => {
        const a = x();
        return model({ inputs: a, outputs: a, losses: [ops.mean(x())] });
      },
      ArgumentError,
      /depends on an input that is not among the inputs/,
    ],
  ])("%s", (_, make, kind, message) => {
    let error: unknown;
    try {
      make();
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toMatch(message);
  });

  it("addLoss after the layer was applied", () => {
    const layer = layers.dense({ units: 1 });
    layer.apply(x());
    expect(() => layer.addLoss((y) => ops.mean(y))).toThrow(StateError);
    expect(() => layer.addLoss((y) => ops.mean(y))).toThrow(/model\(\{ inputs, outputs, losses \}\)/);
  });

  it("what a function throws comes out as it is, and the layer can be used when it is mended", () => {
    let isMended = false;
    const layer = layers.custom({
      call: ([a]) => {
        if (!isMended) throw new RangeError("mine");
        return a;
      },
    });
    expect(() => layer.apply(x())).toThrow(RangeError);
    isMended = true;
    expect(layer.apply(x()).shape).toEqual([4]);
  });
});

describe("files", () => {
  function make() {
    const a = x();
    const own = layers.custom({
      weights: {
        w: { shape: [4], regularizer: regularizers.custom((w) => ops.sum(ops.abs(w))) },
        s: { shape: [], isState: true },
      },
      call: ([b], { w, s }, { training }) => ({
        outputs: training ? ops.multiply(b, ops.multiply(w, ops.randomBernoulli([null, 4]))) : ops.multiply(b, w),
        state: { s: ops.add(s, 1) },
        losses: [ops.mean(ops.square(b))],
      }),
    });
    const dense = layers
      .dense({ units: 2, activation: activations.custom((h) => ops.sin(h)) })
      .addLoss((h) => ops.mean(ops.abs(h)));
    const outputs = dense.apply(own.apply(a));
    const made = model({ inputs: a, outputs, losses: [ops.mean(ops.square(outputs))] });
    made.compile(train);
    return made;
  }
  const file = make().toBytes();
  const own = (d: Description) => d.layers.find(({ kind }: { kind: string }) => kind === "custom");
  const dense = (d: Description) => d.layers.find(({ kind }: { kind: string }) => kind === "dense");

  it("an unchanged one is read, by both entries", async () => {
    await expect(loadModel(withDescription(file, () => {}))).resolves.toBeDefined();
    await expect(loadForInference(withDescription(file, () => {}))).resolves.toBeDefined();
    const { graphs, weights } = own(descriptionOf(file));
    expect(graphs.map(({ training, states, losses: count }: Description) => [training, states, count])).toEqual([
      [false, undefined, 1],
      [true, ["s"], 1],
    ]);
    expect(weights.map(({ name }: { name: string }) => name)).toEqual(["w", "s"]);
  });

  it.each<[string, (d: Description) => void]>([
    ["a custom layer without graphs", (d) => delete own(d).graphs],
    ["no graph at all", (d) => (own(d).graphs = [])],
    ["a graph that is for training only", (d) => own(d).graphs.shift()],
    ["a graph that is for prediction only", (d) => own(d).graphs.pop()],
    ["two graphs for the same", (d) => own(d).graphs.push(own(d).graphs[1])],
    [
      "graphs of different outputs",
      (d) => {
        const [, graph] = own(d).graphs;
        graph.nodes.push({ op: "reshape", options: { newShape: [null, 2, 2] }, inputs: [graph.outputs[0]] });
        graph.outputs[0] = graph.inputs.length + graph.nodes.length - 1;
      },
    ],
    ["a weight that is not there", (d) => own(d).weights.pop()],
    ["a weight more", (d) => own(d).weights.push({ name: "v", shape: [1] })],
    ["a weight of another shape", (d) => (own(d).weights[0].shape = [5])],
    ["a weight of size 0", (d) => (own(d).weights[0].shape = [0])],
    ["a weight of terabytes", (d) => (own(d).weights[0].shape = [2 ** 20, 2 ** 20])],
    ["a weight of two names", (d) => (own(d).weights[1].name = "w")],
    ["a weight of no name", (d) => (own(d).weights[1].name = "a/b")],
    ["a state that is a weight", (d) => (own(d).graphs[1].states = ["w"])],
    ["a state that is not there", (d) => (own(d).graphs[1].states = ["constructor"])],
    ["more states than outputs", (d) => (own(d).graphs[1].states = ["s", "s", "s", "s", "s"])],
    ["a number of losses beyond the outputs", (d) => (own(d).graphs[1].losses = 7)],
    ["a number of losses below 0", (d) => (own(d).graphs[1].losses = -1)],
    ["a training that is no truth value", (d) => (own(d).graphs[1].training = 1)],
    ["a weight with an unknown member", (d) => (own(d).weights[0].fill = 1)],
    ["a regularizer of another shape", (d) => (own(d).weights[0].regularizer.graphs[0].inputs[0].dimensions = [9])],
    ["a regularizer of graphs that return no number", (d) => (own(d).weights[0].regularizer.graphs[0].outputs = [0])],
    ["a regularizer without graphs", (d) => (own(d).weights[0].regularizer = { name: "custom", options: {} })],
    ["an activation without graphs", (d) => (dense(d).options.activation.graphs = [])],
    [
      "an activation of another name with graphs only",
      (d) => (dense(d).options.activation = { name: "own", options: {}, graphs: [] }),
    ],
    ["an activation of a cycle", (d) => (dense(d).options.activation.graphs[0].nodes[0].inputs = [5])],
    [
      "an activation of another shape",
      (d) => (dense(d).options.activation.graphs[0].inputs[0].dimensions = [[1, 1], 3]),
    ],
    ["an activation of options", (d) => (dense(d).options.activation.options = { a: 1 })],
    ["an added loss of another shape", (d) => (dense(d).addedLosses[0][0].inputs[0].dimensions = [[1, 1], 3])],
    ["an added loss that is no array", (d) => (dense(d).addedLosses = {})],
    ["an added loss of no graph", (d) => (dense(d).addedLosses[0] = [])],
    ["an added loss that is no loss", (d) => (dense(d).addedLosses[0][0].inputs[0].dimensions = [2])],
    ["a loss that is not there", (d) => (d.losses = [99])],
    ["losses that are no array", (d) => (d.losses = 1)],
    ["weights of a lambda", (d) => (own(d).kind = "lambda")],
    ["graphs of a dense layer", (d) => (dense(d).graphs = own(d).graphs)],
  ])("%s is a FormatError", async (_, change) => {
    const changed = withDescription(file, change);
    await expect(loadModel(changed)).rejects.toThrow(FormatError);
    await expect(loadForInference(changed)).rejects.toThrow(FormatError);
  });
});

describe("as public reports had it otherwise:", () => {
  it("an added loss does not grow with the batch, and a last batch that is smaller counts for its samples (keras 22018, tensorflow 25970)", async () => {
    const make = () => {
      const layer = layers.lambda((a) => a).addLoss((a) => ops.sum(ops.square(a), { axis: -1 }));
      const made = sequential({ layers: [input({ shape: [1] }), layer] });
      made.compile(train);
      return made;
    };
    const samples = [[1], [2], [3], [4], [5]];
    for (const batchSize of [1, 2, 3, 5]) {
      expect((await make().evaluate(samples, samples, { batchSize })).loss).toBeCloseTo(11, 6);
    }
  });

  it("a regularizer counts once however often its layer or model is used, an added loss once for every use (keras 8807, 2804)", async () => {
    const ones = (penalty: boolean) => {
      const layer = layers.dense({
        units: 1,
        useBias: false,
        kernelInitializer: "ones",
        kernelRegularizer: penalty ? regularizers.custom((w) => ops.sum(ops.abs(w))) : undefined,
        inputShape: [1],
      });
      return penalty ? layer : layer.addLoss((y) => ops.mean(y));
    };
    for (const [penalty, expected] of [
      [true, 1],
      [false, 2],
    ] as const) {
      for (const asModel of [false, true]) {
        const shared = asModel ? sequential({ layers: [ones(penalty)] }) : ones(penalty);
        const [a, b] = [x(1), x(1)];
        const made = model({ inputs: [a, b], outputs: ops.add(shared.apply(a) as Node, shared.apply(b) as Node) });
        made.compile(train);
        const [one, two] = [1, 1].map((value) => ({ data: Float32Array.of(value), shape: [1, 1] }));
        expect((await made.evaluate([one, two], [[2]])).loss).toBe(expected);
      }
    }
  });

  it("an added loss within a model is of what comes through it there (keras 9267)", async () => {
    const inner = sequential({ layers: [layers.lambda((a) => a, { inputShape: [1] }).addLoss((a) => ops.mean(a))] });
    const a = x(1);
    const made = model({ inputs: a, outputs: inner.apply(inner.apply(ops.multiply(a, 10))) });
    made.compile(train);
    expect((await made.evaluate([[3]], [[30]])).loss).toBe(60);
  });

  it("states of one's own are in the file, with what training made of them (tensorflow 39583, 16102)", async () => {
    const counted = layers.custom({
      weights: { ratio: { shape: [1], isState: true, initializer: "ones" } },
      call: ([a], { ratio }) => ({ outputs: ops.multiply(a, ratio), state: { ratio: ops.multiply(ratio, 0.5) } }),
    });
    const made = sequential({ layers: [input({ shape: [1] }), counted, layers.dense({ units: 1 })] });
    made.compile(train);
    await made.fit([[1], [2], [3]], [[1], [2], [3]], { batchSize: 1, epochs: 2 });
    const loaded = await loadModel(made.toBytes());
    expect(Array.from((await loaded.getWeights())["custom/ratio"].data)).toEqual([0.5 ** 6]);
    await loaded.fit([[1]], [[1]]);
    expect(Array.from((await loaded.getWeights())["custom/ratio"].data)).toEqual([0.5 ** 7]);
  });

  it("a model whose losses are all added ones but one of no weight trains on those (keras 12373, tensorflow 39074)", async () => {
    const a = x(1);
    const outputs = layers.dense({ units: 1, kernelInitializer: "ones", useBias: false }).apply(a);
    const made = model({ inputs: a, outputs, losses: [ops.mean(ops.square(outputs))] });
    made.compile({ optimizer: optimizers.sgd({ learningRate: 0.25 }), loss: "mse", lossWeights: [0] });
    for (const one of [made, await loadModel(made.toBytes())]) {
      const { loss } = await one.trainOnBatch([[1]], [[7]]);
      expect(loss).toBe(1);
      // w − ¼·2·w
      expect((await one.predict([[1]])).toArray()).toEqual([[0.5]]);
    }
  });

  it("weights that no gradient reaches are neither asked for nor decayed (Muon 54, DeepPavlov 443)", async () => {
    const unused = layers.custom({
      weights: { used: { shape: [1], initializer: "ones" }, idle: { shape: [1], initializer: "ones" } },
      call: ([a], { used }) => ops.multiply(a, used),
    });
    const made = sequential({ layers: [input({ shape: [1] }), unused] });
    made.compile({ optimizer: optimizers.sgd({ learningRate: 0.5, weightDecay: 0.5 }), loss: "mse" });
    const { weights } = await made.gradients([[1]], [[1]]);
    expect(Object.keys(weights)).toEqual(["custom/used"]);
    await made.applyGradients(weights);
    const after = await made.getWeights();
    // 1 − ½·½·1, and as it was.
    expect([after["custom/used"].data[0], after["custom/idle"].data[0]]).toEqual([0.75, 1]);
  });
});

it("wasmgrad/core, which has no models, refuses functions over nodes", async () => {
  const core = await createCore({ bytes: 2 ** 20 });
  const own = activations.custom((a) => ops.sin(a));
  expect(() => core.activation(own)).toThrow(/functions over nodes belong into models/);
});
