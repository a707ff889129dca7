/**
 * The second, independent source: trains the networks of torch.json again with TensorFlow.js, and writes tfjs.json.
 *
 * Run it from a folder that has tfjs: npm i --no-save @tensorflow/tfjs@4.22.0
 *                                     node tests/references/generateTfjs.mjs
 *
 * tfjs computes in float32 with its pure-JavaScript backend, so its numbers are good to about six digits. Only what
 * tfjs defines as Keras 3 does is trained here. It differs, and `supported` therefore leaves out:
 *   optimizers  adadelta divides by the root of the *previous* mean square; centered rmsprop subtracts epsilon;
 *               adam adds epsilon after the bias correction (both agree when epsilon is negligible);
 *               nadam, lion, adamW, amsgrad, clipping, weight decay and schedules do not exist
 *   losses      kullbackLeiblerDivergence multiplies by the unclipped target; hinge keeps 0/1 labels as they are;
 *               huber, fromLogits, labelSmoothing and sum do not exist
 *   others      hardSigmoid is 0.2x + 0.5; exponential, elu with alpha, sample weights, and a class weight of 1 for
 *               classes that are not named do not exist
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const tf = createRequire(join(process.cwd(), "package.json"))("@tensorflow/tfjs");

const STEPS = 10;
const DIGITS = 8;
/** Largest difference of the two sources' weight changes, relative to the largest change, and of their losses. */
const AGREEMENT = 1e-4;

const optimizers = {
  sgd: ({ learningRate = 0.01, momentum = 0, nesterov = false }) =>
    momentum === 0 ? tf.train.sgd(learningRate) : tf.train.momentum(learningRate, momentum, nesterov),
  rmsprop: ({ learningRate = 0.001, rho = 0.9, momentum = 0, epsilon = 1e-7 }) =>
    tf.train.rmsprop(learningRate, rho, momentum, epsilon),
  adagrad: ({ learningRate = 0.001, initialAccumulatorValue = 0.1 }) =>
    tf.train.adagrad(learningRate, initialAccumulatorValue),
  adam: ({ learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon }) =>
    tf.train.adam(learningRate, beta1, beta2, epsilon),
  adamax: ({ learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 }) =>
    tf.train.adamax(learningRate, beta1, beta2, epsilon),
};

const losses = {
  meanSquaredError: "meanSquaredError",
  meanAbsoluteError: "meanAbsoluteError",
  meanAbsolutePercentageError: "meanAbsolutePercentageError",
  meanSquaredLogarithmicError: "meanSquaredLogarithmicError",
  logCosh: "logcosh",
  binaryCrossentropy: "binaryCrossentropy",
  categoricalCrossentropy: "categoricalCrossentropy",
  sparseCategoricalCrossentropy: "sparseCategoricalCrossentropy",
  kullbackLeiblerDivergence: "kullbackLeiblerDivergence",
  poisson: "poisson",
  hinge: "hinge",
  squaredHinge: "squaredHinge",
  categoricalHinge: "categoricalHinge",
  cosineSimilarity: "cosineProximity",
};

const activations = {
  ...Object.fromEntries(
    "linear relu relu6 selu mish sigmoid tanh softplus softsign softmax logSoftmax"
      .split(" ")
      .map((name) => [name, () => tf.layers.activation({ activation: name })]),
  ),
  gelu: ({ approximate }) => tf.layers.activation({ activation: approximate ? "gelu_new" : "gelu" }),
  silu: () => tf.layers.activation({ activation: "swish" }),
  elu: () => tf.layers.elu({}),
  leakyRelu: ({ negativeSlope = 0.2 }) => tf.layers.leakyReLU({ alpha: negativeSlope }),
};

/** Whether tfjs defines everything this reference uses as Keras 3 does. */
function supported({ layers, loss, lossOptions, optimizer, optimizerOptions, sampleWeight, classWeight, y }) {
  const options = { ...optimizerOptions };
  if (!(optimizer in optimizers) || !(loss in losses) || lossOptions || sampleWeight) return false;
  if (["clipNorm", "clipValue", "globalClipNorm", "weightDecay", "amsgrad", "centered"].some((key) => key in options))
    return false;
  if (typeof options.learningRate === "object") return false;
  if (optimizer === "adam" && !(options.epsilon <= 1e-9)) return false;
  if (optimizer === "adagrad" && options.epsilon !== undefined) return false;
  if (/hinge/i.test(loss) && loss !== "categoricalHinge" && y.data.includes(0)) return false;
  if (loss === "kullbackLeiblerDivergence" && y.data.includes(0)) return false;
  if (classWeight && Object.keys(classWeight).length < 3) return false;
  return layers.map(activationOf).every(({ name, alpha = 1 }) => name in activations && alpha === 1);
}

/** The activation of a layer as a name and its options. */
function activationOf({ activation = "linear" }) {
  return typeof activation === "string" ? { name: activation } : activation;
}

const regularizer = (rule) => (rule ? tf.regularizers.l1l2({ l1: rule.l1 ?? 0, l2: rule.l2 ?? 0 }) : undefined);
const values = ({ data, denominator = 1 }) => data.map((value) => value / denominator);
const toTensor = (reference) => tf.tensor(values(reference), reference.shape, "float32");

/** The network with its initial weights, and its dense layers by name. */
function build({ layers, inputShape, initialWeights }) {
  const network = tf.sequential();
  const named = {};
  for (const layer of layers) {
    const first = network.layers.length === 0 ? { inputShape } : {};
    if (layer.type === "flatten") network.add(tf.layers.flatten(first));
    if (layer.type === "rescaling")
      network.add(tf.layers.rescaling({ scale: layer.scale, offset: layer.offset, ...first }));
    if (layer.type === "dense") {
      const { units, useBias, trainable = true } = layer;
      const regularizers = {
        kernelRegularizer: regularizer(layer.kernelRegularizer),
        biasRegularizer: regularizer(layer.biasRegularizer),
      };
      named[layer.name] = tf.layers.dense({ units, useBias, trainable, ...regularizers, ...first });
      network.add(named[layer.name]);
      const parts = useBias ? ["kernel", "bias"] : ["kernel"];
      named[layer.name].setWeights(parts.map((part) => toTensor(initialWeights[`${layer.name}/${part}`])));
    }
    if (layer.activation) network.add(activations[activationOf(layer).name](activationOf(layer)));
  }
  return { network, named };
}

async function train(reference) {
  const { network, named } = build(reference);
  network.compile({
    optimizer: optimizers[reference.optimizer](reference.optimizerOptions),
    loss: losses[reference.loss],
  });
  const x = toTensor(reference.x);
  const labels = reference.loss === "sparseCategoricalCrossentropy";
  const y = labels ? toTensor(reference.y).expandDims(-1) : toTensor(reference.y);
  const samples = reference.x.shape[0];
  const batchSize = reference.batchSize ?? samples;
  const stepLosses = [];
  for (let step = 0, begin = 0; step < STEPS; step++, begin = begin + batchSize < samples ? begin + batchSize : 0) {
    const size = Math.min(batchSize, samples - begin);
    const [batchX, batchY] = [x, y].map((whole) => whole.slice(begin, size));
    const { classWeight } = reference;
    const { history } = await network.fit(batchX, batchY, { batchSize: size, shuffle: false, verbose: 0, classWeight });
    stepLosses.push(history.loss[0]);
  }
  const finalWeights = {};
  for (const [name, layer] of Object.entries(named)) {
    layer.getWeights().forEach((weight, i) => {
      finalWeights[`${name}/${i === 0 ? "kernel" : "bias"}`] = rounded(weight);
    });
  }
  return { losses: stepLosses.map(round), finalWeights, predictions: rounded(network.predict(x)) };
}

const round = (value) => Number(value.toPrecision(DIGITS));
const rounded = (tensor) => ({ shape: tensor.shape, data: Array.from(tensor.dataSync(), round) });

/** How far apart the two sources are. */
function disagreement(reference, result) {
  const largest = (numbers) => numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  let worst = largest(result.losses.map((loss, i) => loss - reference.losses[i])) / largest(reference.losses);
  for (const [name, initial] of Object.entries(reference.initialWeights)) {
    const expected = reference.finalWeights[name].data;
    const change = largest(values(initial).map((value, i) => expected[i] - value));
    const difference = largest(result.finalWeights[name].data.map((value, i) => value - expected[i]));
    if (change > 0) worst = Math.max(worst, difference / change);
  }
  return worst;
}

await tf.setBackend("cpu");
const here = (name) => new URL(name, import.meta.url);
const references = JSON.parse(readFileSync(here("torch.json"), "utf8"));
const lines = [];
for (const reference of references.filter(supported)) {
  const result = await train(reference);
  const apart = disagreement(reference, result);
  console.log(reference.name.padEnd(62), apart.toExponential(0));
  if (!(apart < AGREEMENT)) throw new Error(`${reference.name}: torch and tfjs differ by ${apart}`);
  lines.push(JSON.stringify({ name: reference.name, source: `tfjs ${tf.version.tfjs} cpu`, ...result }));
}
writeFileSync(here("tfjs.json"), `[\n${lines.join(",\n")}\n]\n`);
console.log(`${lines.length} trajectories`);
