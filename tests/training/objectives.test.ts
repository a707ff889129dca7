import { describe, expect, it } from "vitest";
import {
  input,
  type Layer,
  layers,
  losses,
  metrics,
  model as functional,
  type Node,
  sequential,
  tensor,
} from "../../src/index";
import type { CompileOptions } from "../../src/model/compileOptions";

/** A model that gives back what it gets, `columns` numbers a sample: x is the output of a network. */
function passThrough(options: Pick<CompileOptions, "loss" | "metrics">, columns = 1) {
  const start = input({ shape: [columns] });
  const output = layers.rescaling({ scale: 1 }).apply(start);
  const model = functional({ inputs: start, outputs: output });
  model.compile({ optimizer: "sgd", ...options });
  return model;
}

const column = (values: readonly number[]) => values.map((value) => [value]);
const decided = ["accuracy", "binaryAccuracy", "precision", "recall", "f1", "auc"] as const;
const allRight = Object.fromEntries(decided.map((name) => [name, 1]));

describe("targets belong to the loss, not to the metrics (T3)", () => {
  const outputs = [2, -2, 1, -1, 0.75, -0.75];
  const zeros = [1, 0, 1, 0, 1, 0];
  const signs = zeros.map((value) => 2 * value - 1);
  // By hand: max(1 − t·x, 0) is 0 but for ±0.75, where it is 0.25.
  const hinge = (2 * 0.25) / 6;
  const squaredHinge = (2 * 0.25 ** 2) / 6;

  it.each([
    ["hinge", hinge, "0 and 1", zeros, 6.625 / 6],
    ["hinge", hinge, "−1 and 1", signs, 2.125 / 6],
    ["squaredHinge", squaredHinge, "0 and 1", zeros, 6.625 / 6],
    ["squaredHinge", squaredHinge, "−1 and 1", signs, 2.125 / 6],
  ] as const)("%s is %d with targets of %s, and metrics see those", async (loss, expected, _, targets, mse) => {
    for (const engine of ["wasm", "js"] as const) {
      const model = passThrough({ loss, metrics: [] });
      model.compile({ optimizer: "sgd", loss, metrics: [...decided, "mse"], engine });
      const { loss: measured, mse: error, ...rest } = await model.evaluate(column(outputs), column(targets));
      expect(measured).toBeCloseTo(expected, 6);
      expect(error).toBeCloseTo(mse, 6);
      expect(rest).toEqual(allRight);
    }
  });

  it("outputs of a hinge loss are decided at 0, not at ½, unless a threshold is given", async () => {
    const model = passThrough({ loss: "hinge", metrics: [...decided, metrics.recall({ threshold: 0.3 })] });
    const { loss, recall_1, ...rest } = await model.evaluate(column([0.2, 0.4, -0.1, -3]), column([1, 1, -1, -1]));
    expect(rest).toEqual(allRight);
    expect(recall_1).toBe(0.5);
  });

  it("batches of one sample mean what all samples together mean, also of a stream", async () => {
    const { data } = await import("../../src/index");
    const model = passThrough({ loss: "hinge", metrics: ["accuracy", "mse"] });
    const items = outputs.map((value, i) => ({ x: [value], y: [zeros[i]] }));
    const streamed = await model.evaluate(data.fromIterable(items), { batchSize: 1 });
    expect(streamed).toEqual(await model.evaluate(column(outputs), column(zeros), { batchSize: 1 }));
    expect(streamed.loss).toBeCloseTo(hinge, 6);
  });
});

describe("metrics of probabilities know logits (T4)", () => {
  const fromLogits = losses.binaryCrossentropy({ fromLogits: true });

  it.each([[[-3, -2, 0.2, 0.4]], [[-1e-3, -40, 1e-3, 90]]])("of logits %j all are right", async (logits) => {
    const model = passThrough({ loss: fromLogits, metrics: [...decided] });
    const { loss, ...rest } = await model.evaluate(column(logits), column([0, 0, 1, 1]));
    expect(rest).toEqual(allRight);
  });

  it("auc of logits is that of their probabilities", async () => {
    const logits = [-3, -2.5, -1, -0.5, 3, 2, 1, 0.1];
    const targets = column([0, 1, 0, 1, 1, 0, 1, 0]);
    const probabilities = logits.map((x) => 1 / (1 + Math.exp(-x)));
    const [a, b] = await Promise.all([
      passThrough({ loss: fromLogits, metrics: ["auc"] }).evaluate(column(logits), targets),
      passThrough({ loss: "binaryCrossentropy", metrics: ["auc"] }).evaluate(column(probabilities), targets),
    ]);
    // Positives −2.5, −0.5, 3, 1 beat 1, 2, 4, 3 of the negatives −3, −1, 2, 0.1.
    expect([a.auc, b.auc]).toEqual([10 / 16, 10 / 16]);
    const low = column([-3, -2.5, -1, -0.5]);
    const { auc } = await passThrough({ loss: fromLogits, metrics: ["auc"] }).evaluate(low, column([0, 0, 1, 1]));
    expect(auc).toBe(1);
  });

  it("a threshold is a probability: 0.9 is the logit 2.197", async () => {
    const model = passThrough({
      loss: fromLogits,
      metrics: [metrics.recall({ threshold: 0.9 }), metrics.binaryAccuracy({ threshold: 0.1 })],
    });
    const results = await model.evaluate(column([2.19, 2.2, -2.2, -2.19]), column([1, 1, 0, 0]));
    expect(results.recall).toBe(0.5);
    expect(results.binaryAccuracy).toBe(0.75);
    for (const threshold of [0, 1, -2]) {
      const attempt = () => passThrough({ loss: fromLogits, metrics: [metrics.precision({ threshold })] });
      expect(attempt).toThrow(`metrics.precision: threshold is a probability above 0 and below 1`);
    }
  });

  it("numThresholds are thresholds of probabilities, as in Keras", async () => {
    const auc = metrics.auc({ numThresholds: 3 });
    const logit = (p: number) => Math.log(p / (1 - p));
    // The example of Keras' documentation, through logits: 0.75.
    const model = passThrough({ loss: fromLogits, metrics: [auc] });
    const results = await model.evaluate(column([-30, -1e-6, logit(0.3), logit(0.9)]), column([0, 0, 1, 1]));
    expect(results.auc).toBe(0.75);
    expect(() => passThrough({ loss: "hinge", metrics: [auc] })).toThrow("the outputs of a hinge loss are none");
    const unbounded = sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] });
    expect(() => unbounded.compile({ optimizer: "sgd", loss: "mse", metrics: [auc] })).toThrow(
      "compile: auc with numThresholds expects probabilities, but dense ends without an activation.",
    );
  });

  it("logits of a softmax become its probabilities", async () => {
    const logits = [
      [5, 4, 0],
      [-1, -2, -9],
      [0, 3, 2.9],
    ];
    const targets = [
      [1, 0, 0],
      [1, 0, 0],
      [0, 0, 1],
    ];
    const softmax = logits.map((row) => {
      const powers = row.map(Math.exp);
      return powers.map((power) => power / powers.reduce((a, b) => a + b));
    });
    const names = ["precision", "recall", "f1", "auc", "accuracy", "binaryAccuracy"] as const;
    const loss = losses.categoricalCrossentropy({ fromLogits: true });
    const { loss: ofLogits, ...a } = await passThrough({ loss, metrics: names }, 3).evaluate(logits, targets);
    const model = passThrough({ loss: "categoricalCrossentropy", metrics: names }, 3);
    const { loss: ofProbabilities, ...b } = await model.evaluate(softmax, targets);
    expect(a).toEqual(b);
    expect(a.precision).toBeCloseTo(2 / 3, 12);
    expect(ofLogits).toBeCloseTo(ofProbabilities, 5);
  });

  it("mse, topKAccuracy and cosineSimilarity are of the raw outputs, as in Keras", async () => {
    const model = passThrough({ loss: fromLogits, metrics: ["mse", "cosineSimilarity"] });
    const results = await model.evaluate(column([2, -2]), column([1, 0]));
    expect(results.mse).toBeCloseTo((1 + 4) / 2, 6);
    expect(results.cosineSimilarity).toBe(0.5);
  });
});

describe("public reports of other libraries, rebuilt", () => {
  it("precision, recall and f1 without positives are 0, not NaN", async () => {
    const model = passThrough({ loss: "mse", metrics: ["precision", "recall", "f1", "auc"] });
    const results = await model.evaluate(column([0.1, 0.2]), column([0, 0]));
    expect(results).toMatchObject({ precision: 0, recall: 0, f1: 0, auc: 0 });
  });

  it("accuracy of class numbers is the same as [n] and [n, 1], and as that of one-hot rows", async () => {
    const x = [
      [0.7, 0.2, 0.1],
      [0.1, 0.1, 0.8],
      [0.3, 0.4, 0.3],
      [0.2, 0.5, 0.3],
    ];
    const labels = [0, 2, 0, 1];
    const oneHot = labels.map((label) => [0, 1, 2].map((j) => (j === label ? 1 : 0)));
    const sparse = passThrough({ loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] }, 3);
    const full = passThrough({ loss: "categoricalCrossentropy", metrics: ["accuracy"] }, 3);
    expect((await sparse.evaluate(x, labels)).accuracy).toBe(0.75);
    expect((await sparse.evaluate(x, column(labels))).accuracy).toBe(0.75);
    expect((await full.evaluate(x, oneHot)).accuracy).toBe(0.75);
  });

  it("metrics after a partial last batch are those of all samples", async () => {
    const x = column(Array.from({ length: 13 }, (_, i) => ((i * 5) % 13) / 13));
    const y = column(Array.from({ length: 13 }, (_, i) => (i % 3 === 0 ? 1 : 0)));
    const model = passThrough({
      loss: "mse",
      metrics: ["accuracy", "precision", "recall", "auc", "r2", "rmse", "mae"],
    });
    const whole = await model.evaluate(x, y, { batchSize: 13 });
    for (const batchSize of [1, 4, 5, 12]) {
      const parts = await model.evaluate(x, y, { batchSize });
      for (const [name, value] of Object.entries(whole))
        expect(parts[name], `${name} ${batchSize}`).toBeCloseTo(value as number, 6);
    }
  });

  it("metrics over outputs of rank 3 count every step", async () => {
    const start = input({ shape: [2, 3] });
    const model = functional({ inputs: start, outputs: layers.rescaling({ scale: 1 }).apply(start) });
    model.compile({
      optimizer: "sgd",
      loss: "sparseCategoricalCrossentropy",
      metrics: ["accuracy", metrics.topKAccuracy({ k: 2 }), "confusionMatrix"],
    });
    const x = tensor([0.6, 0.3, 0.1, 0.2, 0.3, 0.5, 0.1, 0.8, 0.1, 0.4, 0.35, 0.25], [2, 2, 3]);
    const results = await model.evaluate(x, [
      [0, 1],
      [1, 2],
    ]);
    expect(results.accuracy).toBe(0.5);
    expect(results.topKAccuracy).toBe(0.75);
    expect(results.confusionMatrix.toArray()).toEqual([
      [1, 0, 0],
      [0, 1, 1],
      [1, 0, 0],
    ]);
  });

  it("metrics begin anew in every pass", async () => {
    const model = passThrough({ loss: "mse", metrics: ["auc", "accuracy"] });
    const right = await model.evaluate(column([0.1, 0.9]), column([0, 1]));
    const wrong = await model.evaluate(column([0.1, 0.9]), column([1, 0]));
    expect([right.auc, right.accuracy, wrong.auc, wrong.accuracy]).toEqual([1, 1, 0, 0]);
  });

  it("a factory that was not called, or a function, says what there is (T23)", () => {
    const compile = (options: object) => () => passThrough(options as Pick<CompileOptions, "loss">);
    const pinball = function pinball() {};
    expect(compile({ loss: pinball })).toThrow(
      "compile: loss cannot be function pinball. Wrap a loss of your own: losses.custom((yTrue, yPred) => node).",
    );
    expect(compile({ loss: pinball })).not.toThrow("Call it");
    expect(compile({ loss: losses.huber })).toThrow("Call it: losses.huber().");
    expect(compile({ loss: losses.meanSquaredError })).toThrow("Call it: losses.meanSquaredError().");
    expect(compile({ loss: "mse", metrics: [pinball] })).toThrow(
      "Wrap a metric of your own: metrics.custom((yTrue, yPred) => node).",
    );
    expect(compile({ loss: "mse", metrics: [metrics.auc] })).toThrow("Call it: metrics.auc().");
  });
});

describe("what an output means is a fact of the operation that makes it (T22)", () => {
  const compiled = (last: (x: Node) => Node, loss: CompileOptions["loss"], shape = [4]) => {
    const start = input({ shape });
    const model = functional({ inputs: start, outputs: last(start) });
    return () => model.compile({ optimizer: "sgd", loss });
  };
  const behind =
    (...stack: readonly Layer[]) =>
    (x: Node) =>
      stack.reduce((node, layer) => layer.apply(node), x);
  const dense = (activation?: string, units = 3) => layers.dense({ units, activation: activation as "relu" });

  it.each([
    "softplus",
    "softsign",
    "exponential",
    "tanh",
    "relu",
    "relu6",
    "elu",
    "selu",
    "gelu",
    "mish",
    "silu",
    "logSoftmax",
  ])("%s is refused before a cross-entropy of probabilities", (activation) => {
    const expected = /expects probabilities, but dense ends with \w+\. Give it activation: "sigmoid", or use losses/;
    expect(compiled(behind(dense(activation)), "binaryCrossentropy")).toThrow(expected);
    expect(compiled(behind(dense(activation)), "kullbackLeiblerDivergence")).toThrow("expects probabilities");
    expect(compiled(behind(dense(activation)), "meanSquaredError")).not.toThrow();
  });

  it.each<[string, (x: Node) => Node, number[]]>([
    ["dense", behind(dense()), [4]],
    ["prelu", behind(dense(), layers.prelu()), [4]],
    ["conv2dTranspose", behind(layers.conv2dTranspose({ filters: 2, kernelSize: 2 })), [4, 4, 1]],
    ["depthwiseConv2d", behind(layers.depthwiseConv2d({ kernelSize: 2 })), [4, 4, 2]],
    ["batchNormalization", behind(dense("sigmoid"), layers.batchNormalization()), [4]],
    ["layerNormalization", behind(dense("sigmoid"), layers.layerNormalization()), [4]],
    ["a reshaped dense", behind(dense(undefined, 4), layers.reshape({ targetShape: [2, 2] })), [4]],
    ["dropout of a dense", behind(dense(), layers.dropout({ rate: 0.5 })), [4]],
    ["the sum of two sigmoids", (x) => layers.add().apply([dense("sigmoid").apply(x), dense("sigmoid").apply(x)]), [4]],
    ["their difference", (x) => layers.subtract().apply([dense("sigmoid").apply(x), dense("sigmoid").apply(x)]), [4]],
    ["a scaled sigmoid", behind(dense("sigmoid"), layers.rescaling({ scale: 2 })), [4]],
    ["a dot of two dense", (x) => layers.dot({ axes: 1 }).apply([dense().apply(x), dense().apply(x)]), [4]],
  ])("%s is refused", (_, last, shape) => {
    expect(compiled(last, "binaryCrossentropy", shape)).toThrow(
      "compile: binaryCrossentropy expects probabilities, but",
    );
  });

  it.each<[string, (x: Node) => Node, number[]]>([
    ["sigmoid", behind(dense("sigmoid")), [4]],
    ["hardSigmoid", behind(dense("hardSigmoid")), [4]],
    ["a softmax of several", behind(dense("softmax")), [4]],
    ["an input as it is", (x) => layers.rescaling({ scale: 1 }).apply(x), [4]],
    ["a reshaped sigmoid", behind(dense("sigmoid", 4), layers.reshape({ targetShape: [2, 2] })), [4]],
    ["dropout of a sigmoid", behind(dense("sigmoid"), layers.dropout({ rate: 0.5 })), [4]],
    ["relu of a sigmoid", behind(dense("sigmoid"), layers.activation({ activation: "relu" })), [4]],
    ["tanh of a relu", behind(dense("relu"), layers.activation({ activation: "tanh" })), [4]],
    ["exponential of a logSoftmax", behind(dense("logSoftmax"), layers.activation({ activation: "exponential" })), [4]],
    ["(tanh + 1) / 2", behind(dense("tanh"), layers.rescaling({ scale: 0.5, offset: 0.5 })), [4]],
    [
      "the product of two sigmoids",
      (x) => layers.multiply().apply([dense("sigmoid").apply(x), dense("softmax").apply(x)]),
      [4],
    ],
    ["the average of three", (x) => layers.average().apply([1, 2, 3].map(() => dense("sigmoid").apply(x))), [4]],
    [
      "maximum and concatenation",
      (x) =>
        layers
          .concatenate()
          .apply([
            layers.maximum().apply([dense("sigmoid").apply(x), dense("softmax").apply(x)]),
            dense("sigmoid").apply(x),
          ]),
      [4],
    ],
    [
      "a mixture of experts",
      (x) => layers.dot({ axes: 1 }).apply([dense("softmax").apply(x), dense("sigmoid").apply(x)]),
      [4],
    ],
    [
      "pooled and padded sigmoids",
      behind(
        layers.conv2d({ filters: 2, kernelSize: 1, activation: "sigmoid" }),
        layers.maxPooling2d(),
        layers.upSampling2d(),
        layers.zeroPadding2d(),
        layers.averagePooling2d(),
      ),
      [4, 4, 1],
    ],
  ])("%s is probabilities", (_, last, shape) => {
    expect(compiled(last, "binaryCrossentropy", shape)).not.toThrow();
  });

  it("cross-entropies of classes divide by the sum: any numbers above 0 are shares, 0 and below are not", () => {
    for (const loss of ["categoricalCrossentropy", "sparseCategoricalCrossentropy"] as const) {
      for (const activation of ["softplus", "exponential", "sigmoid"]) {
        expect(compiled(behind(dense(activation)), loss)).not.toThrow();
      }
      for (const activation of [undefined, "relu", "tanh", "elu", "logSoftmax"]) {
        expect(compiled(behind(dense(activation)), loss)).toThrow('Give it activation: "softmax"');
      }
    }
  });

  it("logits are refused where they are probabilities already, and only there", () => {
    const loss = losses.binaryCrossentropy({ fromLogits: true });
    for (const activation of ["sigmoid", "hardSigmoid", "softmax"]) {
      expect(compiled(behind(dense(activation)), loss)).toThrow(`expects logits, but dense ends with ${activation}.`);
    }
    expect(compiled(behind(dense("sigmoid", 4), layers.reshape({ targetShape: [2, 2] })), loss)).toThrow(
      "expects logits",
    );
    for (const activation of [undefined, "relu", "tanh", "softsign"]) {
      expect(compiled(behind(dense(activation)), loss)).not.toThrow();
    }
  });

  it.each(["binaryCrossentropy", "mse", "hinge", "poisson", "categoricalCrossentropy"] as const)(
    "a softmax over one unit is refused with %s, wherever it stands",
    (loss) => {
      const message = "ends with softmax over one unit, which is always 1.";
      expect(compiled(behind(dense("softmax", 1)), loss)).toThrow(message);
      expect(compiled(behind(dense(undefined, 1), layers.softmax()), loss)).toThrow(message);
      expect(compiled(behind(dense("softmax", 1), layers.reshape({ targetShape: [1, 1] })), loss)).toThrow(message);
    },
  );
});
