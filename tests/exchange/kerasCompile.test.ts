import { describe, expect, it } from "vitest";
import { input, layers, type Loss, losses, model, type Optimizer, optimizers, schedules } from "../../src/index";
import { type Config, importConfig, layer, sequential, type Weights } from "./kerasConfig";

const KERNEL = [0.5, -0.25, 0.75, 1];
const weights: Weights = { "d/kernel": [[2, 2], KERNEL] };
const x = [
  [1, 2],
  [0.5, -1],
  [-2, 0.25],
];
const y = [
  [0.5, 1],
  [1, 0],
  [0, 0.25],
];

/** Losses of three steps of a model that a file has compiled, and what the report says. */
async function trained(training: Config) {
  const config = sequential([2], layer("Dense", "d", { units: 2, use_bias: false, activation: "sigmoid" }));
  const { model: made, report } = await importConfig(config, weights, { training });
  if (report.warnings.length) return { report, steps: [] };
  const steps: number[] = [];
  for (let i = 0; i < 3; i++) steps.push((await made.trainOnBatch(x, y)).loss);
  return { report, steps };
}

/** The same of one that was compiled here. */
async function wanted(optimizer: Optimizer, loss: Loss = losses.meanSquaredError()): Promise<number[]> {
  const node = input({ shape: [2] });
  const dense = layers.dense({ name: "d", units: 2, useBias: false, activation: "sigmoid" });
  const made = model({ inputs: node, outputs: dense.apply(node) });
  await made.setWeights({ "d/kernel": { data: Float32Array.from(KERNEL), shape: [2, 2] } });
  made.compile({ optimizer, loss });
  const steps: number[] = [];
  for (let i = 0; i < 3; i++) steps.push((await made.trainOnBatch(x, y)).loss);
  return steps;
}

describe("what a file says of training", () => {
  const optimizer = (className: string, config: Config) => ({
    loss: "mse",
    metrics: ["mae"],
    optimizer_config: { class_name: className, config },
  });

  it("has the optimizers of all versions with their options", async () => {
    const rate = { learning_rate: 0.009999999776482582 };
    const cases: [string, Config, Optimizer][] = [
      [
        "SGD",
        { lr: 0.1, momentum: 0.9, nesterov: true },
        optimizers.sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }),
      ],
      [
        "SGD",
        { lr: 0.5, decay: 0.25 },
        optimizers.sgd({
          learningRate: schedules.inverseTimeDecay({ initialLearningRate: 0.5, decaySteps: 1, decayRate: 0.25 }),
        }),
      ],
      [
        "Custom>Adam",
        { ...rate, beta_1: 0.8, beta_2: 0.9, epsilon: 1e-5, amsgrad: true },
        optimizers.adam({ learningRate: 0.01, beta1: 0.8, beta2: 0.9, epsilon: 1e-5, amsgrad: true }),
      ],
      [
        "AdamW",
        { ...rate, weight_decay: 0.1, clipnorm: 0.5 },
        optimizers.adamW({ learningRate: 0.01, weightDecay: 0.1, clipNorm: 0.5 }),
      ],
      [
        "RMSprop",
        { ...rate, rho: 0.8, momentum: 0.5, centered: true },
        optimizers.rmsprop({ learningRate: 0.01, rho: 0.8, momentum: 0.5, centered: true }),
      ],
      [
        "Adagrad",
        { ...rate, initial_accumulator_value: 0.5, clipvalue: 0.01 },
        optimizers.adagrad({ learningRate: 0.01, initialAccumulatorValue: 0.5, clipValue: 0.01 }),
      ],
      ["Adadelta", { learning_rate: 1, rho: 0.9 }, optimizers.adadelta({ learningRate: 1, rho: 0.9 })],
      ["Adamax", rate, optimizers.adamax({ learningRate: 0.01 })],
      ["Nadam", rate, optimizers.nadam({ learningRate: 0.01 })],
      [
        "Lion",
        { ...rate, beta_1: 0.8, global_clipnorm: 1 },
        optimizers.lion({ learningRate: 0.01, beta1: 0.8, globalClipNorm: 1 }),
      ],
      [
        "LossScaleOptimizer",
        { inner_optimizer: { class_name: "Adam", config: rate } },
        optimizers.adam({ learningRate: 0.01 }),
      ],
    ];
    for (const [className, config, own] of cases) {
      const { steps, report } = await trained(optimizer(className, config));
      expect(report.warnings, className).toEqual([]);
      expect(steps, className).toEqual(await wanted(own));
    }
  });

  it("has schedules of learning rates", async () => {
    const schedule = {
      class_name: "ExponentialDecay",
      config: { initial_learning_rate: 0.5, decay_steps: 1, decay_rate: 0.5, staircase: true, name: "s" },
    };
    const own = schedules.exponentialDecay({
      initialLearningRate: 0.5,
      decaySteps: 1,
      decayRate: 0.5,
      staircase: true,
    });
    const { steps } = await trained(optimizer("SGD", { learning_rate: schedule }));
    expect(steps).toEqual(await wanted(optimizers.sgd({ learningRate: own })));
  });

  it("has losses by names and as objects", async () => {
    const sgd = optimizers.sgd({ learningRate: 0.1 });
    const cases: [unknown, Loss][] = [
      ["mean_absolute_error", losses.meanAbsoluteError()],
      ["logcosh", losses.logCosh()],
      [
        { class_name: "Huber", config: { delta: 0.5, reduction: "sum", name: "huber_loss" } },
        losses.huber({ delta: 0.5, reduction: "sum" }),
      ],
      [
        { class_name: "BinaryCrossentropy", config: { from_logits: false, label_smoothing: 0.25, axis: -1 } },
        losses.binaryCrossentropy({ labelSmoothing: 0.25 }),
      ],
      [{ class_name: "function", config: "mean_squared_error" }, losses.meanSquaredError()],
    ];
    for (const [loss, own] of cases) {
      const training = { loss, optimizer_config: { class_name: "SGD", config: { learning_rate: 0.1 } } } as Config;
      const { steps, report } = await trained(training);
      expect(report.warnings).toEqual([]);
      expect(steps).toEqual(await wanted(sgd, own));
    }
  });

  it("is told where it has no equal here, and the model stays as it is", async () => {
    const told = async (training: Config) => (await trained(training)).report.warnings;
    expect(await told(optimizer("Ftrl", {}))).toEqual([
      "The model is not compiled: the optimizer is Ftrl. Call compile before fit.",
    ]);
    expect(await told({ ...optimizer("SGD", {}), loss: "my_loss" })).toEqual([
      "The model is not compiled: the loss is my_loss. Call compile before fit.",
    ]);
    const { report } = await trained({
      ...optimizer("SGD", {}),
      metrics: ["mae", { class_name: "MeanIoU", config: {} }],
    });
    expect(report.skipped).toEqual(["the metric MeanIoU"]);
  });
});
