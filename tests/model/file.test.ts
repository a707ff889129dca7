import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  ArgumentError,
  activations,
  type Callback,
  DataError,
  type Initializer,
  initializers,
  input,
  layers,
  loadModel,
  losses,
  type Model,
  metrics,
  model,
  type Optimizer,
  type OptimizerName,
  optimizers,
  regularizers,
  StateError,
  schedules,
  sequential,
  tensor,
} from "../../src";
import type { Graph, Value } from "../../src/graph/graph";
import type { Shape } from "../../src/tensor/shape";
import { Layer } from "../../src/graph/layer";
import { rescaling } from "../../src/ops/rescaling";
import { plainTensors } from "../formats/safetensorsFile";
import { descriptionOf } from "./modelFile";

const x = tensor(
  Float32Array.from({ length: 37 * 5 }, (_, i) => ((i * 37) % 101) / 50 - 1),
  [37, 5],
);
const y = tensor(
  Float32Array.from({ length: 37 * 3 }, (_, i) => ((i * 53) % 97) / 48 - 1),
  [37, 3],
);

/** 5-7-3 with dropout and a regularizer: everything whose continuation could differ. */
function network(): Model {
  return sequential({
    name: "network",
    seed: 11,
    layers: [
      layers.dense({ units: 7, activation: "tanh", inputShape: [5], kernelRegularizer: regularizers.l2({ l2: 1e-3 }) }),
      layers.dropout({ rate: 0.3 }),
      layers.dense({ units: 3 }),
    ],
  });
}

function compiled(optimizer: Optimizer | OptimizerName = "adam"): Model {
  const result = network();
  result.compile({ optimizer, loss: "meanSquaredError", metrics: ["mae"] });
  return result;
}

async function bits(of: Model): Promise<Record<string, number[]>> {
  const weights = await of.getWeights();
  return Object.fromEntries(
    Object.entries(weights).map(([name, { data }]) => [name, [...new Uint32Array(data.slice().buffer)]]),
  );
}

describe("training goes on bit for bit", () => {
  const decay = schedules.cosineDecay({
    initialLearningRate: 0.01,
    decaySteps: 30,
    warmupTarget: 0.02,
    warmupSteps: 5,
  });
  const cases: Record<string, () => Optimizer> = {
    sgd: () => optimizers.sgd(),
    "sgd with momentum": () => optimizers.sgd({ momentum: 0.9 }),
    "sgd with nesterov momentum": () => optimizers.sgd({ momentum: 0.9, nesterov: true, clipNorm: 0.1 }),
    rmsprop: () => optimizers.rmsprop(),
    "rmsprop, centered, with momentum": () => optimizers.rmsprop({ centered: true, momentum: 0.5 }),
    adagrad: () => optimizers.adagrad({ learningRate: 0.1, initialAccumulatorValue: 0.2 }),
    adadelta: () => optimizers.adadelta({ learningRate: 1 }),
    adam: () => optimizers.adam(),
    "adam with amsgrad": () => optimizers.adam({ amsgrad: true, globalClipNorm: 0.5 }),
    adamW: () => optimizers.adamW({ learningRate: decay }),
    adamax: () => optimizers.adamax({ weightDecay: 0.01 }),
    nadam: () => optimizers.nadam({ clipValue: 0.02 }),
    lion: () => optimizers.lion({ learningRate: 1e-4, weightDecay: 0.1 }),
  };

  it("has a case for every optimizer", () => {
    const covered = new Set(Object.values(cases).map((make) => make().name));
    expect([...covered].sort()).toEqual(Object.keys(optimizers).sort());
  });

  for (const engine of ["wasm", "js"] as const) {
    it.each(Object.keys(cases))(`${engine}: %s`, async (name) => {
      const make = () => {
        const result = network();
        result.compile({ optimizer: cases[name](), loss: "meanSquaredError", engine });
        return result;
      };
      const whole = make();
      await whole.fit(x, y, { epochs: 5, batchSize: 8 });

      const first = make();
      await first.fit(x, y, { epochs: 3, batchSize: 8 });
      const second = await loadModel(first.toBytes());
      const { epoch } = await second.fit(x, y, { initialEpoch: 3, epochs: 5, batchSize: 8 });
      expect(epoch).toEqual([3, 4]);
      expect(await bits(second)).toEqual(await bits(whole));
      expect(second.toBytes()).toEqual(whole.toBytes());
    });
  }

  it("is not what three epochs, or five without the optimizer's state, give", async () => {
    const whole = compiled();
    await whole.fit(x, y, { epochs: 5, batchSize: 8 });
    const forgetful = compiled();
    await forgetful.fit(x, y, { epochs: 3, batchSize: 8 });
    const second = await loadModel(forgetful.toBytes());
    second.compile({ optimizer: "adam", loss: "meanSquaredError" });
    await second.fit(x, y, { initialEpoch: 3, epochs: 5, batchSize: 8 });
    expect(await bits(second)).not.toEqual(await bits(whole));
  });

  it("is saved between two slices while fit runs, whole", async () => {
    const running = compiled();
    const files: Uint8Array[] = [];
    const save = { onEpochEnd: () => void files.push(running.toBytes()) };
    await running.fit(x, y, { epochs: 4, batchSize: 8, callbacks: [save] });
    const resumed = await loadModel(files[1]);
    await resumed.fit(x, y, { initialEpoch: 2, epochs: 4, batchSize: 8 });
    expect(resumed.toBytes()).toEqual(running.toBytes());
  });
});

describe("a model file", () => {
  it("holds weights and optimizer state for any safetensors reader", async () => {
    const trained = compiled(optimizers.adagrad({ initialAccumulatorValue: 0.25 }));
    const untrained = plainTensors(trained.toBytes());
    expect(untrained.get("optimizer/accumulator/dense_1/bias")!.values).toEqual([0.25, 0.25, 0.25]);
    await trained.fit(x, y, { epochs: 2 });

    const tensors = plainTensors(trained.toBytes());
    const weights = await trained.getWeights();
    const slots = Object.keys(weights).map((name) => `optimizer/accumulator/${name}`);
    expect([...tensors.keys()].sort()).toEqual([...Object.keys(weights), ...slots].sort());
    for (const [name, { data, shape }] of Object.entries(weights)) {
      expect(tensors.get(name)).toEqual({ dtype: "F32", shape, values: [...data] });
      expect(tensors.get(`optimizer/accumulator/${name}`)!.shape).toEqual(shape);
    }
    const { values } = tensors.get("optimizer/accumulator/dense/kernel")!;
    expect(Math.min(...values)).toBeGreaterThan(0.25);
  });

  it("holds each moment of the optimizer under its own name", async () => {
    const trained = compiled(optimizers.adam({ beta1: 0.75, beta2: 0.5 }));
    const { weights: gradients } = await trained.gradients(x, y);
    await trained.trainOnBatch(x, y);
    const tensors = plainTensors(trained.toBytes());
    for (const [name, { data }] of Object.entries(gradients)) {
      const [first, second] = ["momentum", "velocity"].map((slot) => tensors.get(`optimizer/${slot}/${name}`)!.values);
      data.forEach((gradient, i) => {
        expect(first[i], name).toBe(Math.fround(gradient / 4));
        expect(second[i], name).toBe(Math.fround(gradient ** 2) / 2);
      });
    }
  });

  it("describes the model in JSON", async () => {
    const trained = compiled(optimizers.sgd({ learningRate: 0.1 + 0.2 }));
    await trained.fit(x, y, { epochs: 1, batchSize: 10 });
    expect(descriptionOf(trained.toBytes())).toEqual({
      version: 1,
      name: "network",
      seed: 11,
      inputs: [{ shape: [5], dtype: "float32", name: null }],
      layers: [
        {
          kind: "dense",
          options: {
            units: 7,
            activation: "tanh",
            inputShape: [5],
            kernelRegularizer: { name: "l2", options: { l2: 1e-3 } },
            name: "dense",
            trainable: true,
          },
          isNamedByModel: true,
        },
        { kind: "dropout", options: { rate: 0.3, name: "dropout", trainable: true }, isNamedByModel: true },
        { kind: "dense", options: { units: 3, name: "dense_1", trainable: true }, isNamedByModel: true },
      ],
      nodes: [
        { layer: 0, inputs: [0] },
        { layer: 1, inputs: [1] },
        { layer: 2, inputs: [2] },
      ],
      outputs: [3],
      training: {
        optimizer: { name: "sgd", options: { learningRate: 0.1 + 0.2 } },
        loss: [{ name: "meanSquaredError", options: { reduction: "sumOverBatchSize" } }],
        lossWeights: [1],
        metrics: [[{ name: "mae", options: {} }]],
        engine: "wasm",
        math: "strict",
        step: 4,
        epoch: 1,
      },
    });
  });

  it("gives the same model again, and that one the same file", async () => {
    const bytes = input({ shape: [5], dtype: "uint8", name: "pixels" });
    const numbers = input({ shape: [5] });
    const shared = layers.dense({
      units: 4,
      activation: activations.leakyRelu({ negativeSlope: 0.05 }),
      kernelInitializer: initializers.varianceScaling({ scale: 2, distribution: "uniform", seed: 5 }),
      biasInitializer: initializers.constant({ value: 0.1 }),
      biasRegularizer: regularizers.l1l2({ l1: 1e-4 }),
      useBias: true,
    });
    const scaled = layers.rescaling({ scale: 1 / 255, offset: -0.5, name: "scaled" }).apply(bytes);
    const frozen = layers.dense({ units: 6, trainable: false, name: "frozen" });
    const left = layers.elu({ alpha: 0.7 }).apply(frozen.apply(shared.apply(scaled)));
    const right = layers.reshape({ targetShape: [2, -1] }).apply(shared.apply(numbers));
    const rows = layers.softmax().apply(layers.leakyRelu({ negativeSlope: 0.1 }).apply(right));
    const flat = layers
      .activation({ activation: activations.gelu({ approximate: true }) })
      .apply(layers.flatten().apply(rows));
    const original = model({
      inputs: [bytes, numbers],
      outputs: [layers.relu().apply(left), layers.dropout({ rate: 0.5, seed: 9 }).apply(flat)],
      name: "two heads",
      seed: 2 ** 32 - 1,
    });
    original.compile({
      optimizer: optimizers.nadam({ clipNorm: 1 }),
      loss: [losses.huber({ delta: 0.3, reduction: "sum" }), "mae"],
      lossWeights: [0.1, 1 / 3],
      metrics: [metrics.binaryAccuracy({ threshold: 0.2 }), "r2"],
    });
    const pixels = tensor(
      Uint8Array.from({ length: 50 }, (_, i) => i * 5),
      [10, 5],
    );
    const others = tensor(x.data.slice(0, 50), [10, 5]);
    const targets = [tensor(x.data.slice(0, 60), [10, 6]), tensor(y.data.slice(0, 40), [10, 4])];
    await original.fit([pixels, others], targets, { epochs: 2 });

    const loaded = await loadModel(original.toBytes());
    expect(loaded.name).toBe("two heads");
    expect(loaded.seed).toBe(2 ** 32 - 1);
    expect(loaded.layers.map(({ name, kind, trainable }) => [name, kind, trainable])).toEqual(
      original.layers.map(({ name, kind, trainable }) => [name, kind, trainable]),
    );
    expect(loaded.toBytes()).toEqual(original.toBytes());
    expect(loaded.summary()).toBe(original.summary());
    expect(loaded.program()).toBe(original.program());
    expect(await loaded.predict([pixels, others])).toEqual(await original.predict([pixels, others]));
    expect(await loaded.evaluate([pixels, others], targets)).toEqual(
      await original.evaluate([pixels, others], targets),
    );
    const step = await original.gradients([pixels, others], targets);
    expect(await loaded.gradients([pixels, others], targets)).toEqual(step);
  });

  it("keeps a model that was never compiled", async () => {
    const original = network();
    const loaded = await loadModel(original.toBytes());
    expect(await bits(loaded)).toEqual(await bits(original));
    expect(await loaded.predict(x)).toEqual(await original.predict(x));
    await expect(loaded.fit(x, y)).rejects.toThrow(StateError);
    loaded.compile({ optimizer: "sgd", loss: "mse" });
    original.compile({ optimizer: "sgd", loss: "mse" });
    await loaded.fit(x, y);
    await original.fit(x, y);
    expect(await bits(loaded)).toEqual(await bits(original));
    await expect(loadModel(network().toBytes(), { learningRate: 1 })).rejects.toThrow(ArgumentError);
  });

  it("makes layers that another model may name anew, where the first was free to", async () => {
    const { layers: loaded } = await loadModel(network().toBytes());
    expect(loaded.map(({ isNamedByModel }) => isNamedByModel)).toEqual([true, true, true]);
    const named = sequential({ layers: [layers.dense({ units: 1, inputShape: [2], name: "mine" })] });
    expect((await loadModel(named.toBytes())).layers[0].isNamedByModel).toBe(false);
  });

  it("keeps what training changed in layers: trainable as it is now", async () => {
    const original = network();
    original.layers[0].trainable = false;
    original.compile({ optimizer: "adam", loss: "mse" });
    const loaded = await loadModel(original.toBytes());
    const before = await bits(loaded);
    await loaded.fit(x, y);
    const after = await bits(loaded);
    expect(after["dense/kernel"]).toEqual(before["dense/kernel"]);
    expect(after["dense_1/kernel"]).not.toEqual(before["dense_1/kernel"]);
  });

  it("needs no initializer of one's own again, and draws no initial values", async () => {
    let calls = 0;
    const own: Initializer = {
      name: "own",
      options: {},
      fill: (target) => {
        calls++;
        target.fill(0.5);
      },
    };
    const original = sequential({ layers: [layers.dense({ units: 2, kernelInitializer: own, inputShape: [3] })] });
    const loaded = await loadModel(original.toBytes());
    expect((await loaded.getWeights())["dense/kernel"].data).toEqual(new Float32Array(6).fill(0.5));
    expect(calls).toBe(1);
  });
});

describe("learning rates", () => {
  const halving = (step: number) => 0.1 / (1 + step);

  it("keep the rate that a callback has set", async () => {
    const slowDown: Callback = {
      onTrainBegin(context) {
        context.learningRate = 0.003;
      },
    };
    const original = compiled("sgd");
    await original.fit(x, y, { callbacks: [slowDown] });
    const loaded = await loadModel(original.toBytes());
    await original.fit(x, y);
    await loaded.fit(x, y);
    expect(await bits(loaded)).toEqual(await bits(original));
    const other = await loadModel(original.toBytes(), { learningRate: 0.5 });
    await other.fit(x, y, { callbacks: [{ onTrainBegin: ({ learningRate }) => expect(learningRate).toBe(0.5) }] });
  });

  it.each([
    ["a function", halving],
    ["a schedule of one's own", { name: "halving", options: {}, at: halving }],
  ])("%s is asked for, and nothing is lost until then", async (_, learningRate) => {
    const original = compiled(optimizers.adam({ learningRate }));
    await original.fit(x, y, { batchSize: 8 });
    const file = original.toBytes();
    const loaded = await loadModel(file);
    expect(await loaded.predict(x)).toEqual(await original.predict(x));
    expect(await loaded.evaluate(x, y)).toEqual(await original.evaluate(x, y));
    await expect(loaded.fit(x, y)).rejects.toThrow(/loadModel\(source, \{ learningRate \}\)/);
    await expect(loaded.trainOnBatch(x, y)).rejects.toThrow(StateError);
    expect(loaded.toBytes()).toEqual(file);

    const resumed = await loadModel(loaded.toBytes(), { learningRate });
    await resumed.fit(x, y, { initialEpoch: 1, epochs: 2, batchSize: 8 });
    await original.fit(x, y, { initialEpoch: 1, epochs: 2, batchSize: 8 });
    expect(resumed.toBytes()).toEqual(original.toBytes());
  });

  it("are checked when given anew", async () => {
    await expect(loadModel(compiled().toBytes(), { learningRate: -1 })).rejects.toThrow(ArgumentError);
    await expect(loadModel(compiled().toBytes(), { learningRat: 1 } as never)).rejects.toThrow(/Did you mean/);
  });
});

/** `scale · x`: stands for a layer that a user has written. */
class Scale extends Layer {
  constructor(options: Record<string, unknown>) {
    super("scale", { ...options }, ["by"]);
  }

  outputShape(...inputs: Shape[]): Shape {
    return this.single(inputs);
  }

  emit(graph: Graph, [value]: Value[]): Value {
    const counts = { count: value.shape.reduce((a, b) => a * b) };
    return graph.emit(rescaling, this.name, { x: value }, value.shape, {
      counts,
      numbers: { scale: this.options.by as number, offset: 0 },
    });
  }
}

describe("parts of one's own", () => {
  it("loads a layer whose factory is given", async () => {
    const original = sequential({ layers: [new Scale({ by: 3, inputShape: [5] }), layers.dense({ units: 1 })] });
    const file = original.toBytes();
    await expect(loadModel(file)).rejects.toThrow(/layers\[0\]\.kind is "scale", which this version/);
    const loaded = await loadModel(file, { layers: { scale: (options) => new Scale(options) } });
    expect(await loaded.predict(x)).toEqual(await original.predict(x));
  });

  it("says at saving what a file cannot keep", () => {
    const withFunction = sequential({ layers: [new Scale({ by: () => 3, inputShape: [5] })] });
    expect(() => withFunction.toBytes()).toThrow(/save: scale: by cannot be kept in a file, got function by/);
    const own = { ...optimizers.sgd(), name: "mySgd" };
    expect(() => compiled(own).toBytes()).toThrow(/optimizer "mySgd" is of your own/);
  });

  it("refuses to save weights that no model can be made of", async () => {
    const broken = compiled();
    await broken.fit(x, y);
    broken.internals("test").runtime.persistent[0] = Number.NaN;
    expect(() => broken.toBytes()).toThrow(DataError);
    expect(() => broken.toBytes()).toThrow(/dense\/kernel holds NaN/);
  });

  it("refuses to save after dispose", () => {
    const gone = compiled();
    gone.dispose();
    expect(() => gone.toBytes()).toThrow(StateError);
  });
});

describe("where a model is saved to and loaded from", () => {
  let folder: string;
  const original = compiled();
  let file: Uint8Array<ArrayBuffer>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "wasmgrad-file-"));
    await original.fit(x, y);
    file = original.toBytes() as Uint8Array<ArrayBuffer>;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("a path, a file: URL and its text", async () => {
    const path = join(folder, "näme with spaces.safetensors");
    const url = pathToFileURL(path);
    for (const target of [path, url, url.href]) {
      await original.save(target);
      expect(new Uint8Array(readFileSync(path))).toEqual(file);
      expect((await loadModel(target)).toBytes()).toEqual(file);
      rmSync(path);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it("a file that is there is replaced at once, behind a link, too", async () => {
    const [path, link] = [join(folder, "old"), join(folder, "link")];
    writeFileSync(path, "old");
    symlinkSync(path, link);
    await original.save(link);
    expect(new Uint8Array(readFileSync(path))).toEqual(file);
    expect(readdirSync(folder).sort()).toEqual(["link", "old"]);
    expect((await loadModel(link)).toBytes()).toEqual(file);
  });

  it("a failure says what the file system says and leaves nothing behind", async () => {
    const before = readdirSync(folder);
    await expect(original.save(join(folder, "missing", "file"))).rejects.toMatchObject({ code: "ENOENT" });
    await expect(original.save(folder)).rejects.toThrow();
    await expect(loadModel(join(folder, "missing"))).rejects.toMatchObject({ code: "ENOENT" });
    expect(readdirSync(folder)).toEqual(before);
    expect(readdirSync(join(folder, "..")).filter((name) => name.startsWith(`${folder}.`))).toEqual([]);
  });

  it("a file handle of a browser", async () => {
    const chunks: Uint8Array[] = [];
    const calls: string[] = [];
    const handle = {
      createWritable: async () => ({
        write: async (data: Uint8Array) => void chunks.push(data),
        close: async () => void calls.push("close"),
        abort: async () => void calls.push("abort"),
      }),
      getFile: async () => new Blob(chunks as Uint8Array<ArrayBuffer>[]),
    };
    await original.save(handle);
    expect(calls).toEqual(["close"]);
    expect((await loadModel(handle)).toBytes()).toEqual(file);

    const full = {
      createWritable: async () => ({
        ...(await handle.createWritable()),
        write: () => Promise.reject(new Error("full")),
      }),
    };
    await expect(original.save(full)).rejects.toThrow("full");
    expect(calls).toEqual(["close", "abort"]);
  });

  it("bytes, a buffer, a Blob, a Response", async () => {
    const odd = new Uint8Array(file.length + 1);
    odd.set(file, 1);
    const sources = [
      file,
      file.slice().buffer,
      odd.subarray(1),
      Buffer.from(file),
      new Blob([file]),
      new Response(file),
    ];
    for (const source of sources) expect((await loadModel(source)).toBytes()).toEqual(file);
  });

  it("an address", async () => {
    const server = createServer((request, response) => {
      response.statusCode = request.url === "/model" ? 200 : 404;
      response.end(request.url === "/model" ? file : "nothing");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      expect((await loadModel(`${address}/model`)).toBytes()).toEqual(file);
      expect((await loadModel(new URL(`${address}/model`))).toBytes()).toEqual(file);
      await expect(loadModel(`${address}/other`)).rejects.toThrow(/status 404/);
    } finally {
      server.close();
    }
  });

  it("nothing else", async () => {
    await expect(original.save("https://example.org/model")).rejects.toThrow(ArgumentError);
    for (const target of [undefined, null, 5, {}])
      await expect(original.save(target as never)).rejects.toThrow(ArgumentError);
    for (const source of [undefined, null, 5, {}, [1]])
      await expect(loadModel(source as never)).rejects.toThrow(ArgumentError);
  });
});
