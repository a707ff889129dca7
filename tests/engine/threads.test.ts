import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it, vi } from "vitest";
import { BARRIER_BYTES, tensorBytes } from "../../src/program/layout";
import { workerPool } from "../../src/engine/workers/workerPool";
import { startWorker } from "../../src/engine/workers/workers";
import { compileModule } from "../../src/engine/module/modules";
import {
  ArgumentError,
  type CompileOptions,
  type ObjectiveOptions,
  type WasmEngineOptions,
  layers,
  loadModel,
  type Model,
  NonFiniteError,
  optimizers,
  regularizers,
  sequential,
  ThreadError,
  tensor,
} from "../../src/index";
import { deriveKey, uniform } from "../../src/numeric/random";
import { conv2d } from "../../src/ops/conv2d";
import { conv2dTranspose } from "../../src/ops/conv2dTranspose";
import { convolutionExample } from "../../src/ops/convolution";
import { dense } from "../../src/ops/dense";
import { maxPooling2d } from "../../src/ops/maxPooling2d";
import type { Example, Op } from "../../src/ops/op";
import { collectExamples, Fixture, listCases, ThreadsMachine, WasmMachine } from "../ops/harness";

/** Every worker that is started while these tests run. */
const workers: Worker[] = [];
process.on("worker", (worker) => workers.push(worker as unknown as Worker));

const strict = await compileModule();
const shared = await compileModule("threads");

/** Large enough to be shared by rows among two threads, by columns among more. */
const largeDense: Example = {
  shapes: { x: [70, 150], w: [150, 140], b: [140], y: [70, 140] },
  counts: { rows: 70, inputs: 150, units: 140 },
};

/** Of so many samples that threads take parts of each other's shares. */
const manySamples: [label: string, op: Op, example: Example][] = [
  ["tiles", conv2d, convolutionExample({ batch: 37, image: [7, 5, 16], kernel: [3, 3], filters: 32 }, "x")],
  ["tiles, cut", conv2d, convolutionExample({ batch: 21, image: [4, 5, 272], kernel: [3, 3], filters: 48 }, "x")],
  ["tiles", conv2dTranspose, convolutionExample({ batch: 37, image: [5, 6, 32], kernel: [3, 3], filters: 16 }, "y")],
  ["rows", conv2d, convolutionExample({ batch: 19, image: [8, 5, 1], kernel: [3, 3], filters: 16 }, "x")],
  [
    "windows",
    maxPooling2d,
    {
      shapes: { x: [41, 4, 7, 3], y: [41, 2, 3, 3] },
      counts: {
        ...{ batch: 41, height: 4, width: 7, channels: 3, outHeight: 2, outWidth: 3 },
        ...{ poolHeight: 2, poolWidth: 2, strideY: 2, strideX: 2, padTop: 0, padLeft: 0 },
      },
    },
  ],
];

describe("every operation", async () => {
  const collected = await collectExamples();
  const cases = collected.flatMap((examples) =>
    listCases(examples).map(({ label, example }) => ({ label, fixture: new Fixture(examples.op, example), example })),
  );
  cases.push({ label: "a large dense", fixture: new Fixture(dense, largeDense), example: largeDense });
  for (const [label, op, example] of manySamples) {
    cases.push({ label: `${op.name} of many samples: ${label}`, fixture: new Fixture(op, example), example });
  }
  const bytes = Math.max(...cases.map(({ fixture }) => fixture.bytes));
  const workspaceBytes = Math.max(
    ...cases.map(({ fixture: { op }, example }) => tensorBytes(op.workspace?.(example.counts ?? {}) ?? 0)),
  );

  /** The fields after forward and backward. */
  const run = ({ fixture }: (typeof cases)[number], machine: WasmMachine | ThreadsMachine) => {
    const { forward, backward } = fixture.runBoth(machine);
    return [forward, backward].flatMap((values) => Object.entries(values)) as [string, Float32Array][];
  };
  const alone = new WasmMachine(strict, bytes);
  const expected = cases.map((one) => run(one, alone));
  const bitsOf = ({ buffer, byteOffset, byteLength }: Float32Array) => Buffer.from(buffer, byteOffset, byteLength);

  for (const threads of [1, 2, 3, 5]) {
    it(`has the same bits on ${threads} threads as in the strict build`, async () => {
      const machine = new ThreadsMachine(shared, bytes, threads, workspaceBytes);
      await machine.engine.prepare();
      cases.forEach((one, i) => {
        const actual = run(one, machine);
        expect(actual.map(([name]) => name)).toEqual(expected[i].map(([name]) => name));
        const different = actual.filter(([, values], j) => !bitsOf(values).equals(bitsOf(expected[i][j][1])));
        expect(Object.fromEntries(different), one.label).toEqual({});
      });
      machine.engine.dispose();
      expect(cases.length).toBeGreaterThan(400);
    });
  }
});

it("waits in a block of as many bytes as are set aside for it", () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const { barrierBytes } = new WebAssembly.Instance(shared, { env: { memory, othersHaveEnded: () => 0 } }).exports;
  expect((barrierBytes as WebAssembly.Global).value).toBe(BARRIER_BYTES);
});

const SAMPLES = 150;
const FEATURES = 64;
const key = deriveKey(7, 7, 7);
const x = tensor(
  Float32Array.from({ length: SAMPLES * FEATURES }, (_, i) => 2 * uniform(key, i) - 1),
  [SAMPLES, FEATURES],
);
const y = tensor(
  Float32Array.from({ length: SAMPLES }, (_, i) => i % 7),
  [SAMPLES],
);

const models: { dispose(): void }[] = [];
afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
  expect(workerPool.size).toBe(0);
});

/** Large enough to be shared, with a last batch that is not. */
function makeModel(
  threads: CompileOptions["threads"],
  options: Partial<ObjectiveOptions & WasmEngineOptions> = {},
  units = 96,
) {
  const model = makeUncompiled(units);
  models.push(model);
  const loss = "sparseCategoricalCrossentropy";
  model.compile({ optimizer: "adam", loss, metrics: ["accuracy"], threads, ...options });
  return model;
}

function makeUncompiled(units: number) {
  return sequential({
    seed: 11,
    layers: [
      layers.dense({
        units,
        activation: "relu",
        inputShape: [FEATURES],
        kernelRegularizer: regularizers.l1l2({ l1: 1e-4, l2: 1e-3 }),
      }),
      layers.dropout({ rate: 0.3 }),
      layers.dense({ units: 53, activation: "gelu", kernelRegularizer: "l2" }),
      layers.dense({ units: 7, activation: "softmax" }),
    ],
  });
}

const fitOptions = { epochs: 3, batchSize: 37, validationSplit: 0.2 } as const;

async function sha256(model: Model): Promise<string> {
  const hash = createHash("sha256");
  for (const { data } of Object.values(await model.getWeights())) hash.update(data);
  return hash.digest("hex");
}

async function train(threads: number, options?: Partial<ObjectiveOptions>) {
  const model = makeModel(threads, options);
  const { history } = await model.fit(x, y, fitOptions);
  expect(workerPool.size).toBe(threads - 1);
  const result = { history, weights: await sha256(model), evaluation: await model.evaluate(x, y) };
  const prediction = await model.predict(x);
  model.dispose();
  expect(workerPool.size).toBe(0);
  return { ...result, prediction };
}

describe("whole models", () => {
  const plain = Object.entries(optimizers).map(([name, make]) => [name, () => make({ learningRate: 0.01 })] as const);
  const clipped = [
    ["clipNorm", () => optimizers.sgd({ learningRate: 0.5, clipNorm: 0.05 })],
    ["globalClipNorm", () => optimizers.adam({ learningRate: 0.01, globalClipNorm: 0.1 })],
    ["clipValue", () => optimizers.sgd({ learningRate: 0.5, momentum: 0.9, clipValue: 0.001, weightDecay: 0.01 })],
    ["amsgrad", () => optimizers.adam({ learningRate: 0.01, amsgrad: true })],
    ["centered", () => optimizers.rmsprop({ learningRate: 0.01, centered: true, momentum: 0.5 })],
  ] as const;

  it.each([...plain, ...clipped])("trains, evaluates and predicts to the same bits with %s", async (_, optimizer) => {
    const alone = await train(1, { optimizer: optimizer() });
    expect(await train(2, { optimizer: optimizer() })).toEqual(alone);
    expect(await train(3, { optimizer: optimizer() })).toEqual(alone);
  });

  it("trains a convolutional net to the same bits, in whose rows threads take parts of each other's shares", async () => {
    const samples = 80;
    const x = tensor(
      Float32Array.from({ length: samples * 12 * 12 }, (_, i) => uniform(deriveKey(3), i)),
      [samples, 12, 12, 1],
    );
    const y = tensor(
      Int32Array.from({ length: samples }, (_, i) => i % 3),
      [samples],
    );
    const weightsOn = async (threads: number) => {
      const net = sequential({
        seed: 2,
        layers: [
          layers.conv2d({ filters: 16, kernelSize: 3, activation: "relu", inputShape: [12, 12, 1] }),
          layers.maxPooling2d({ poolSize: 2 }),
          layers.conv2d({ filters: 32, kernelSize: 3, activation: "relu" }),
          layers.flatten(),
          layers.dense({ units: 3, activation: "softmax" }),
        ],
      });
      net.compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy", threads });
      await net.fit(x, y, { epochs: 3, batchSize: 40 });
      const weights = Object.values(await net.getWeights()).map(({ data }) => data);
      net.dispose();
      return weights;
    };
    const alone = await weightsOn(1);
    expect(await weightsOn(2)).toEqual(alone);
    expect(await weightsOn(3)).toEqual(alone);
  });

  it("gives the same gradients, and the same result one batch at a time", async () => {
    const [alone, together] = [makeModel(1), makeModel(3)];
    expect(await together.gradients(x, y)).toEqual(await alone.gradients(x, y));
    for (let i = 0; i < 3; i++) expect(await together.trainOnBatch(x, y)).toEqual(await alone.trainOnBatch(x, y));
    expect(await sha256(together)).toBe(await sha256(alone));
  });

  it("stops at the same step when the loss is not finite, with the same weights", async () => {
    const fail = async (threads: number) => {
      const model = makeModel(threads, { optimizer: optimizers.sgd({ learningRate: 1e8 }) });
      const error = await model.fit(x, y, fitOptions).catch((reason) => reason);
      expect(error).toBeInstanceOf(NonFiniteError);
      return { message: error.message, step: error.step, weights: await sha256(model) };
    };
    expect(await fail(2)).toEqual(await fail(1));
  });

  it("lends workers from one model to the other, slice by slice", async () => {
    const first = workers.length;
    const slowly = { ...fitOptions, callbacks: [{ onBatchEnd: () => sleep(1) }] };
    const both = [makeModel(2), makeModel(3, {}, 128)];
    await Promise.all(both.map((model) => model.fit(x, y, slowly)));
    const hashes = await Promise.all(both.map(sha256));
    const alone = [makeModel(1), makeModel(1, {}, 128)];
    for (const model of alone) await model.fit(x, y, fitOptions);
    expect(hashes).toEqual(await Promise.all(alone.map(sha256)));
    expect(workers.length - first).toBe(2);
  });

  it("goes on where a file left off, on any number of threads", async () => {
    const [original, continued] = [makeModel(1), makeModel(1)];
    for (const model of [original, continued]) await model.fit(x, y, fitOptions);
    const loaded = await loadModel(continued.toBytes(), { threads: 2 });
    models.push(loaded);
    for (const model of [original, loaded]) await model.fit(x, y, { ...fitOptions, initialEpoch: 3, epochs: 5 });
    expect(workerPool.size).toBe(1);
    expect(await sha256(loaded)).toBe(await sha256(original));
  });

  it("predicts while it is being trained", async () => {
    const model = makeModel(2);
    const shapes: (readonly number[])[] = [];
    const onBatchEnd = async () => {
      const output = await model.predict(x);
      shapes.push(output.shape);
    };
    await model.fit(x, y, { epochs: 1, batchSize: 37, callbacks: [{ onBatchEnd }] });
    expect(shapes).toEqual(Array(5).fill([SAMPLES, 7]));
    const alone = makeModel(1);
    await alone.fit(x, y, { epochs: 1, batchSize: 37 });
    expect(await sha256(model)).toBe(await sha256(alone));
  });
});

/** Until the garbage collector has taken all engines that nobody has any more, and their workers with them. */
async function collectAll(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  for (let i = 0; i < 3000 && workerPool.size > 0; i++) {
    collectGarbage();
    await sleep(10);
  }
  expect(workerPool.size).toBe(0);
}

describe("workers", () => {
  it("are not started for what is too small to share", async () => {
    const first = workers.length;
    const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] });
    model.compile({ optimizer: "sgd", loss: "meanSquaredError", threads: 2 });
    await model.fit([[0, 1]], [[1]]);
    expect(workers.length).toBe(first);
  });

  it("do not become more with the number of models, and end with the last", async () => {
    const first = workers.length;
    const trainOne = async () => {
      const model = makeUncompiled(96);
      model.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy", threads: 2 });
      await model.fit(x, y, { epochs: 1, batchSize: 75 });
      expect(workerPool.size).toBe(1);
    };
    for (let i = 0; i < 50; i++) await trainOne();
    await collectAll();
    // A collection in between may have taken all models there were, and the worker with them.
    expect(workers.length - first).toBeLessThan(5);
  });

  it("leave the memory of models that nobody has any more to the garbage collector", { timeout: 600_000 }, async () => {
    // Most of a model's memory is its copy of these, which takes less time than weights to be drawn.
    const large = { x: tensor(new Float32Array(2 ** 23), [64, 2 ** 17]), y: tensor(new Float32Array(64), [64, 1]) };
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 40; i++) {
      const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [2 ** 17] })] });
      model.compile({ optimizer: "adam", loss: "meanSquaredError", threads: 2 });
      await model.fit(large.x, large.y, { batchSize: 64 });
      if (i === 39) model.dispose();
    }
    // Each has 34 MB.
    expect(process.memoryUsage().rss - before).toBeLessThan(700 * 2 ** 20);
    await collectAll();
  });

  it("sleep while there is nothing to do", async () => {
    const model = makeModel(3);
    await model.fit(x, y, fitOptions);
    // Threads that spin use all that they get of a processor, always. What else there is to do in a process ends by and by.
    const used: number[] = [];
    while (used.length < 50 && !(used.at(-1)! < 20)) {
      const before = process.cpuUsage();
      await sleep(200);
      const { user, system } = process.cpuUsage(before);
      used.push((user + system) / 1000);
    }
    expect(Math.min(...used), `milliseconds of work in 200: ${used}`).toBeLessThan(20);
  });

  it("do not keep a process alive", () => {
    const script = `
      import { layers, sequential, tensor } from "./src/index";
      const model = sequential({ layers: [layers.dense({ units: 300, inputShape: [300] })] });
      model.compile({ optimizer: "sgd", loss: "meanSquaredError", threads: 3 });
      const x = tensor(new Float32Array(64 * 300), [64, 300]);
      model.fit(x, x).then(({ history }) => console.log(history.loss.length));`;
    const options = ["--import", "tsx", "--input-type=module", "--eval", script];
    const { status, stdout, stderr } = spawnSync(process.execPath, options, { encoding: "utf8", timeout: 100_000 });
    expect({ status, stdout, stderr }).toMatchObject({ status: 0, stdout: "1\n" });
  });
});

describe("a worker that dies", () => {
  it("ends fit with a ThreadError, after which the model trains on", async () => {
    const model = makeModel(2);
    await model.fit(x, y, { epochs: 1, batchSize: 37 });
    let isFirst = true;
    const onBatchEnd = async () => {
      if (isFirst) await Promise.all(workers.map((worker) => worker.terminate()));
      isFirst = false;
    };
    const fitting = model.fit(x, y, { ...fitOptions, callbacks: [{ onBatchEnd }] });
    await expect(fitting).rejects.toThrow(ThreadError);
    await expect(fitting).rejects.toThrow(/^fit: a worker thread has ended\. The model is at step 6, /);
    await model.fit(x, y, fitOptions);
    expect(workerPool.size).toBe(1);
    model.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy", threads: 1 });
    const { history } = await model.fit(x, y, fitOptions);
    expect(history.loss.every(Number.isFinite)).toBe(true);
    expect(workerPool.size).toBe(0);
  });

  it("is known to have ended at once and for good, also when its port is closing or closed (R3)", async () => {
    const member = await startWorker({ onMessage: () => {}, onEnd: () => {} });
    expect(member.hasEnded()).toBe(false);
    const ended = workers.at(-1)!.terminate();
    // Asked in every turn of the event loop, as slices of a run do: while the port closes Node answers neither true nor false.
    const answers: boolean[] = [];
    for (let turn = 0; turn < 50; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      answers.push(member.hasEnded());
    }
    await ended;
    await sleep(20);
    answers.push(member.hasEnded());
    expect(answers.slice(answers.indexOf(true))).not.toContain(false);
    expect(answers.at(-1)).toBe(true);
  });

  it("is noticed within two seconds by a run that waits for it (R3)", async () => {
    const model = makeModel(3);
    await model.fit(x, y, { epochs: 2, batchSize: 37 });
    let terminated = 0;
    let start = Number.POSITIVE_INFINITY;
    const onBatchEnd = () => {
      // Not awaited: the next slice begins before this thread can hear of it.
      if (terminated++ !== 2) return;
      start = performance.now();
      void workers.at(-1)!.terminate();
    };
    await expect(model.fit(x, y, { ...fitOptions, callbacks: [{ onBatchEnd }] })).rejects.toThrow(ThreadError);
    expect(performance.now() - start).toBeLessThan(2000);
    expect(Object.values(await model.getWeights()).every(({ data }) => data.every(Number.isFinite))).toBe(true);
    const { history } = await model.fit(x, y, fitOptions);
    expect(history.loss.every(Number.isFinite)).toBe(true);
  });
});

describe("the option", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it.each([0, 1.5, -2, 65, Number.NaN, "many", null, true])("threads cannot be %s", (threads) => {
    expect(() => makeModel(threads as number)).toThrow(ArgumentError);
    expect(() => makeModel(threads as number)).toThrow(
      /^compile: threads must be a whole number from 1 to 64 or "auto", got /,
    );
  });

  it("is not for the js engine", () => {
    expect(() => makeModel(2, { engine: "js" as "wasm" })).toThrow(ArgumentError);
    expect(() => makeModel("auto", { engine: "js" as "wasm" })).not.toThrow();
  });

  it("may be auto", async () => {
    const model = makeModel("auto");
    await model.fit(x, y, fitOptions);
    expect(workerPool.size).toBeLessThan(8);
    const alone = makeModel(1);
    await alone.fit(x, y, fitOptions);
    expect(await sha256(model)).toBe(await sha256(alone));
  });

  it("falls back to one thread where memory cannot be shared, and says so once", async () => {
    vi.stubGlobal("SharedArrayBuffer", undefined);
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    for (const threads of [2, 4, "auto"] as const) await makeModel(threads).fit(x, y, fitOptions);
    expect(workerPool.size).toBe(0);
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.calls[0][0]).toMatch(/^wasmgrad: one thread instead of 2: memory cannot be shared/);
  });
});
