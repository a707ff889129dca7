import { it } from "vitest";
import {
  activations,
  callbacks,
  data,
  initializers,
  input,
  layers,
  losses,
  metrics,
  model as functional,
  optimizers,
  regularizers,
  schedules,
  sequential,
  tensor,
} from "../../src/index";
const any = (v: unknown) => v as never;
const f = (n: number) => new Float32Array(n);
const classes = () => {
  const m = sequential({ layers: [layers.dense({ units: 3, activation: "softmax", inputShape: [4] })] });
  m.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
  return m;
};
const reg = () => {
  const m = sequential({ layers: [layers.dense({ units: 1, inputShape: [4] })] });
  m.compile({ optimizer: "adam", loss: "mse" });
  return m;
};
const two = () => {
  const a = input({ shape: [2], name: "a" });
  const b = input({ shape: [3], name: "b" });
  const h = layers.dense({ units: 2 });
  const o1 = h.apply(a);
  const o2 = layers.dense({ units: 1 }).apply(b);
  const m = functional({ inputs: [a, b], outputs: [o1, o2] });
  m.compile({ optimizer: "sgd", loss: ["mse", "mse"] });
  return m;
};
const x = (n = 3) => tensor(f(n * 4), [n, 4]);
const xs = (v: number) => {
  const t = x();
  t.data[5] = v;
  return t;
};
const cases: [string, () => unknown][] = [
  ["wrong features", () => classes().fit(tensor(f(15), [3, 5]), [0, 1, 2])],
  ["images", () => classes().fit(tensor(f(12), [3, 2, 2]), [0, 1, 2])],
  ["single sample", () => classes().fit([1, 2, 3, 4], [0])],
  ["single sample predict", () => classes().predict([1, 2, 3, 4])],
  ["number", () => classes().predict(5)],
  ["60000/59999", () => classes().fit(tensor(f(240000), [60000, 4]), new Uint8Array(59999))],
  ["1/2", () => classes().fit(x(1), [0, 1])],
  ["label too high", () => classes().fit(x(), [0, 1, 3])],
  ["label neg", () => classes().fit(x(), [0, -1, 2])],
  ["label frac", () => classes().fit(x(), [0, 0.5, 2])],
  [
    "one-hot for sparse",
    () =>
      classes().fit(x(), [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ]),
  ],
  ["N vs N1", () => reg().fit(x(), [1, 2, 3])],
  ["N1 sparse ok", () => classes().fit(x(), [[0], [1], [2]])],
  [
    "N vs N1 b",
    () => {
      const m = sequential({
        layers: [layers.dense({ units: 1, inputShape: [4] }), layers.reshape({ targetShape: [] })],
      });
      m.compile({ optimizer: "adam", loss: "mse" });
      return m.fit(x(), [[1], [2], [3]]);
    },
  ],
  ["NaN x", () => classes().fit(xs(NaN), [0, 1, 2])],
  ["Inf x", () => classes().fit(xs(-Infinity), [0, 1, 2])],
  ["NaN y", () => reg().fit(x(), [[1], [NaN], [3]])],
  ["NaN label", () => classes().fit(x(), [0, NaN, 1])],
  ["NaN w", () => classes().fit(x(), [0, 1, 2], { sampleWeight: [1, NaN, 1] })],
  ["short w", () => classes().fit(x(), [0, 1, 2], { sampleWeight: [1, 1] })],
  ["w number", () => classes().fit(x(), [0, 1, 2], { sampleWeight: 3 })],
  ["optimizer", () => reg().compile({ optimizer: "adm", loss: "mse" })],
  ["optimizer missing", () => reg().compile(any({ loss: "mse" }))],
  ["optimizer far", () => reg().compile({ optimizer: "gradientdescent", loss: "mse" })],
  ["optimizer fn", () => reg().compile(any({ optimizer: optimizers.adam, loss: "mse" }))],
  ["loss", () => reg().compile({ optimizer: "adam", loss: "meanSquareError" })],
  ["loss missing", () => reg().compile(any({ optimizer: "adam" }))],
  ["loss fn", () => reg().compile(any({ optimizer: "adam", loss: losses.huber }))],
  ["metric", () => reg().compile({ optimizer: "adam", loss: "mse", metrics: ["acuracy"] })],
  ["metric fn", () => reg().compile(any({ optimizer: "adam", loss: "mse", metrics: [metrics.mae] }))],
  ["metrics not array", () => reg().compile(any({ optimizer: "adam", loss: "mse", metrics: "accuracy" }))],
  ["engine", () => reg().compile(any({ optimizer: "adam", loss: "mse", engine: "webgpu" }))],
  ["compile option", () => reg().compile(any({ optimzer: "adam", loss: "mse" }))],
  ["compile nothing", () => (reg() as never as { compile(): void }).compile()],
  ["activation", () => layers.dense({ units: 2, activation: any("Relu6x") })],
  ["activation snake", () => layers.dense({ units: 2, activation: any("leaky_relu") })],
  ["layer option", () => layers.dense(any({ unit: 2 }))],
  ["layer no option", () => layers.dense(any(undefined))],
  ["dropout no option", () => layers.dropout(any(undefined))],
  ["reshape no option", () => layers.reshape(any(undefined))],
  ["rescaling no option", () => layers.rescaling(any(undefined))],
  ["layer numbers", () => layers.dense(any(128))],
  ["units 0", () => layers.dense({ units: 0 })],
  ["units str", () => layers.dense(any({ units: "128" }))],
  ["init", () => layers.dense({ units: 1, kernelInitializer: any("heNorm") })],
  ["regularizer", () => layers.dense({ units: 1, kernelRegularizer: any("l3") })],
  ["dropout rate", () => layers.dropout({ rate: 1 })],
  ["dropout seed", () => layers.dropout({ rate: 0.5, seed: 2 ** 32 })],
  ["optimizer option", () => optimizers.adam(any({ lr: 1 }))],
  ["optimizer option2", () => optimizers.adam(any({ learning_rate: 1 }))],
  ["optimizer neg", () => optimizers.adam({ learningRate: -1 })],
  ["fit option", () => reg().fit(x(), [[1], [2], [3]], any({ epoch: 5 }))],
  ["fit option2", () => reg().fit(x(), [[1], [2], [3]], any({ batch_size: 5 }))],
  ["fit options number", () => reg().fit(x(), [[1], [2], [3]], any(5))],
  ...[0, -1, 1.5, "32", NaN, Infinity].map((b): [string, () => unknown] => [
    "batch " + b,
    () => reg().fit(x(), [[1], [2], [3]], { batchSize: any(b) }),
  ]),
  ["epochs", () => reg().fit(x(), [[1], [2], [3]], { epochs: -1 })],
  ["initialEpoch", () => reg().fit(x(), [[1], [2], [3]], { initialEpoch: 0.5 })],
  ["shuffle", () => reg().fit(x(), [[1], [2], [3]], { shuffle: any("batch") })],
  ["empty x", () => reg().fit([], [])],
  ["empty both", () => reg().fit(tensor(f(0), [0, 4]), tensor(f(0), [0, 1]))],
  ["empty nested", () => reg().fit([[]], [[1]])],
  [
    "ragged",
    () =>
      reg().fit(
        [
          [1, 2, 3, 4],
          [1, 2, 3],
        ],
        [[1], [2]],
      ),
  ],
  ["ragged deep", () => reg().fit(any([[1, 2, 3, 4], 5]), [[1], [2]])],
  ["string", () => reg().fit(any([["1", 2, 3, 4]]), [[1]])],
  ["null", () => reg().fit(any([[null, 2, 3, 4]]), [[1]])],
  ["undefined x", () => reg().fit(any(undefined), [[1]])],
  ["bool", () => reg().fit(any([[true, 2, 3, 4]]), [[1]])],
  ["y missing", () => reg().fit(x(), any(undefined))],
  ["y is options", () => reg().fit(x(), any({ epochs: 5 }))],
  ["dataset no y", () => reg().fit(data.fromTensors(x()))],
  ["dataset with y", () => reg().fit(any(data.fromTensors(x(), [[1], [2], [3]])), any([[1], [2], [3]]))],
  ["predict dataset", () => reg().predict(any(data.fromTensors(x())))],
  ["dataset shuffle opt", () => reg().fit(data.fromTensors(x(), [[1], [2], [3]]), { shuffle: true })],
  ["dataset sampleWeight", () => reg().fit(data.fromTensors(x(), [[1], [2], [3]]), { sampleWeight: [1, 2, 3] })],
  ["losses count", () => reg().compile({ optimizer: "adam", loss: ["mse", "mse"] })],
  ["losses count2", () => two().compile({ optimizer: "adam", loss: ["mse"] })],
  ["lossWeights", () => two().compile({ optimizer: "adam", loss: "mse", lossWeights: [1] })],
  ["lossWeights2", () => two().compile({ optimizer: "adam", loss: "mse", lossWeights: any([1, "2"]) })],
  ["inputs count", () => two().fit(tensor(f(6), [3, 2]), [tensor(f(6), [3, 2]), tensor(f(3), [3, 1])])],
  ["outputs count", () => two().fit([tensor(f(6), [3, 2]), tensor(f(9), [3, 3])], tensor(f(6), [3, 2]))],
  ["two nested", () => two().fit(any([[[1, 2]], [[1, 2, 3]]]), tensor(f(6), [3, 2]))],
  [
    "second input count",
    () => two().fit([tensor(f(6), [3, 2]), tensor(f(6), [2, 3])], [tensor(f(6), [3, 2]), tensor(f(3), [3, 1])]),
  ],
  [
    "second input shape",
    () => two().fit([tensor(f(6), [3, 2]), tensor(f(6), [3, 2])], [tensor(f(6), [3, 2]), tensor(f(3), [3, 1])]),
  ],
  [
    "second target",
    () => two().fit([tensor(f(6), [3, 2]), tensor(f(9), [3, 3])], [tensor(f(6), [3, 2]), tensor(f(3), [3])]),
  ],
  [
    "not compiled",
    () => sequential({ layers: [layers.dense({ units: 1, inputShape: [4] })] }).fit(x(), [[1], [2], [3]]),
  ],
  [
    "not compiled evaluate",
    () => sequential({ layers: [layers.dense({ units: 1, inputShape: [4] })] }).evaluate(x(), [[1], [2], [3]]),
  ],
  ["callbacks object", () => reg().fit(x(), [[1], [2], [3]], { callbacks: any({ onEpochEnd() {} }) })],
  ["callbacks fn", () => reg().fit(x(), [[1], [2], [3]], { callbacks: any([() => {}]) })],
  ["callbacks typo", () => reg().fit(x(), [[1], [2], [3]], { callbacks: any([{ onEpocEnd() {} }]) })],
  ["callbacks keras", () => reg().fit(x(), [[1], [2], [3]], { callbacks: any([{ onTrainBatchEnd() {} }]) })],
  ["callbacks value", () => reg().fit(x(), [[1], [2], [3]], { callbacks: any([{ onEpochEnd: 5 }]) })],
  ["callback factory", () => reg().fit(x(), [[1], [2], [3]], { callbacks: any([callbacks.earlyStopping]) })],
  ["signal", () => reg().fit(x(), [[1], [2], [3]], { signal: any(new AbortController()) })],
  ...[0, 1, 2, -0.1, "0.1"].map((v): [string, () => unknown] => [
    "split " + v,
    () => reg().fit(x(), [[1], [2], [3]], { validationSplit: any(v) }),
  ]),
  ["split tiny", () => reg().fit(x(1), [[1]], { validationSplit: 0.5 })],
  [
    "split both",
    () => reg().fit(x(), [[1], [2], [3]], { validationSplit: 0.5, validationData: [x(), [[1], [2], [3]]] }),
  ],
  ["validationData", () => reg().fit(x(), [[1], [2], [3]], { validationData: any(x()) })],
  ["validationData shape", () => reg().fit(x(), [[1], [2], [3]], { validationData: [x(), [1, 2, 3]] })],
  ["classWeight str", () => classes().fit(x(), [0, 1, 2], { classWeight: any("balanced") })],
  ["classWeight name", () => classes().fit(x(), [0, 1, 2], { classWeight: any({ cat: 2 }) })],
  ["classWeight neg", () => classes().fit(x(), [0, 1, 2], { classWeight: { 0: -1 } })],
  ["classWeight nan", () => classes().fit(x(), [0, 1, 2], { classWeight: { 0: NaN } })],
  ["classWeight map", () => classes().fit(x(), [0, 1, 2], { classWeight: any(new Map([[0, 1]])) })],
  ["classWeight class", () => classes().fit(x(), [0, 1, 2], { classWeight: { 7: 1 } })],
  ["classWeight null", () => classes().fit(x(), [0, 1, 2], { classWeight: any(null) })],
  [
    "classWeight two",
    () =>
      two().fit([tensor(f(6), [3, 2]), tensor(f(9), [3, 3])], [tensor(f(6), [3, 2]), tensor(f(3), [3, 1])], {
        classWeight: { 0: 1 },
      }),
  ],
  ...[-1, 1.5, 2 ** 32, "7", NaN].map((s): [string, () => unknown] => [
    "seed " + s,
    () => sequential({ seed: any(s) }),
  ]),
  [
    "dup names",
    () =>
      sequential({
        layers: [layers.dense({ units: 1, name: "a", inputShape: [1] }), layers.dense({ units: 1, name: "a" })],
      }),
  ],
  ["bad name", () => layers.dense({ units: 1, name: "a/b" })],
  ["no layers", () => sequential().predict([1])],
  ["no layers compile", () => sequential().compile({ optimizer: "sgd", loss: "mse" })],
  ["rank", () => sequential({ layers: [layers.dense({ units: 1, inputShape: [] })] })],
  ["reshape", () => sequential({ layers: [layers.reshape({ targetShape: [3, 5], inputShape: [4, 4] })] })],
  ["reshape-1", () => sequential({ layers: [layers.reshape({ targetShape: [-1, 5], inputShape: [4, 4] })] })],
  ["reshape -1-1", () => layers.reshape({ targetShape: [-1, -1] })],
  ["no inputShape", () => sequential({ layers: [layers.dense({ units: 1 })] })],
  ["inputShape number", () => layers.dense({ units: 1, inputShape: any(4) })],
  ["inputShape batch", () => layers.dense({ units: 1, inputShape: any([null, 4]) })],
  [
    "inputShape later",
    () =>
      sequential({
        layers: [layers.dense({ units: 2, inputShape: [4] }), layers.dense({ units: 1, inputShape: [7] })],
      }),
  ],
  ["not a layer", () => sequential({ layers: any([layers.dense]) })],
  ["layers not array", () => sequential({ layers: any(layers.dense({ units: 1, inputShape: [1] })) })],
  ["input twice", () => sequential({ layers: [input({ shape: [1] }), input({ shape: [1] })] })],
  [
    "add late",
    () => {
      const m = reg();
      m.add(layers.dense({ units: 1 }));
    },
  ],
  ["getLayer", () => reg().getLayer("dens")],
  ["weights unknown", () => reg().setWeights({ "dense/kernl": [[1], [1], [1], [1]], "dense/bias": [1] })],
  ["weights missing", () => reg().setWeights({ "dense/kernel": [[1], [1], [1], [1]] })],
  ["weights shape", () => reg().setWeights({ "dense/kernel": [1, 1, 1, 1], "dense/bias": [1] })],
  ["weights NaN", () => reg().setWeights({ "dense/kernel": [[1], [1], [NaN], [1]], "dense/bias": [1] })],
  ["weights not record", () => reg().setWeights(any(null))],
  [
    "softmax on one",
    () => {
      const m = sequential({ layers: [layers.dense({ units: 1, activation: "softmax", inputShape: [4] })] });
      m.compile({ optimizer: "sgd", loss: "sparseCategoricalCrossentropy" });
      return m.fit(x(), [0, 0, 0]);
    },
  ],
  [
    "binary range",
    () => {
      const m = sequential({ layers: [layers.dense({ units: 1, activation: "sigmoid", inputShape: [4] })] });
      m.compile({ optimizer: "sgd", loss: "binaryCrossentropy" });
      return m.fit(x(), [[0], [1], [2]]);
    },
  ],
  ["dataset endless", () => reg().fit(data.fromTensors(x(), [[1], [2], [3]]).repeat())],
  ["predict batch", () => reg().predict(x(), { batchSize: 0 })],
  ["evaluate option", () => reg().evaluate(x(), [[1], [2], [3]], any({ batchsize: 1 }))],
  ["memory", () => reg().memory({ batchSize: 0 })],
  ["program option", () => reg().program(any({ batch: 1 }))],
  [
    "wiring",
    () => {
      const a = input({ shape: [2], name: "a" }),
        b = input({ shape: [2], name: "b" });
      return functional({ inputs: a, outputs: layers.dense({ units: 1 }).apply(layers.relu().apply(b)) });
    },
  ],
  [
    "wiring unused",
    () => {
      const a = input({ shape: [2], name: "a" }),
        b = input({ shape: [2], name: "b" });
      return functional({ inputs: [a, b], outputs: layers.dense({ units: 1 }).apply(b) });
    },
  ],
  [
    "wiring twice",
    () => {
      const a = input({ shape: [2], name: "a" });
      return functional({ inputs: [a, a], outputs: layers.dense({ units: 1 }).apply(a) });
    },
  ],
  [
    "inputs no input",
    () => {
      const a = layers.dense({ units: 1 }).apply(input({ shape: [2] }));
      return functional({ inputs: a, outputs: a });
    },
  ],
  ["outputs layer", () => functional({ inputs: input({ shape: [2] }), outputs: any(layers.dense({ units: 1 })) })],
  ["model nothing", () => functional(any(undefined))],
  [
    "apply shape",
    () => {
      const d = layers.dense({ units: 1 });
      d.apply(input({ shape: [2] }));
      d.apply(input({ shape: [3] }));
    },
  ],
  ["apply tensor", () => layers.dense({ units: 1 }).apply(any([[1, 2]]))],
  ["apply undefined", () => layers.dense({ units: 1 }).apply(any(undefined))],
  ["apply two", () => layers.dense({ units: 1 }).apply([input({ shape: [2] }), input({ shape: [2] })])],
  ["schedule", () => schedules.cosineDecay(any({ initialLearningRate: 1 }))],
  ["int32 tensor", () => tensor([1.5], undefined, "int32")],
  [
    "learningRate fn NaN",
    () => {
      const m = reg();
      m.compile({ optimizer: optimizers.sgd({ learningRate: () => NaN }), loss: "mse" });
      return m.fit(x(), [[1], [2], [3]]);
    },
  ],
  ["unused", () => [activations, initializers, regularizers] && sequential({ name: any(5) })],
];
it("prints", async () => {
  const out: string[] = [];
  for (const [title, call] of cases) {
    let text = "NO ERROR";
    try {
      await call();
    } catch (e) {
      text = `${(e as Error).name}: ${(e as Error).message}`;
    }
    out.push(`${title.padEnd(22)} ${text}`);
  }
  (await import("node:fs")).writeFileSync("/tmp/p/out.txt", out.join("\n"));
});
