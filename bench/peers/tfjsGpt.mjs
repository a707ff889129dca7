// A GPT in operations of TensorFlow.js: its layers have neither attention nor learnt positions, and its optimizers no AdamW.
import * as tf from "@tensorflow/tfjs";

/** What Keras decays by default. */
const DECAY = 0.004;

function glorot(inputs, units) {
  const limit = Math.sqrt(6 / (inputs + units));
  return tf.variable(tf.randomUniform([inputs, units], -limit, limit));
}

function denseWeights(inputs, units) {
  return { kernel: glorot(inputs, units), bias: tf.variable(tf.zeros([units])) };
}

function normWeights(width) {
  return { scale: tf.variable(tf.ones([width])), shift: tf.variable(tf.zeros([width])) };
}

function makeWeights({ vocabulary, context, width, blocks }) {
  return {
    tokens: tf.variable(tf.randomUniform([vocabulary, width], -0.05, 0.05)),
    positions: glorot(context, width),
    blocks: Array.from({ length: blocks }, () => ({
      norms: [normWeights(width), normWeights(width)],
      attention: ["query", "key", "value", "output"].map(() => denseWeights(width, width)),
      wide: denseWeights(width, 4 * width),
      narrow: denseWeights(4 * width, width),
    })),
    norm: normWeights(width),
    logits: denseWeights(width, vocabulary),
  };
}

/** Rows go through one product of two matrices, whose gradients are faster than those of a product of batches. */
function dense(rows, { kernel, bias }) {
  return tf.add(tf.matMul(rows, kernel), bias);
}

function normalize(rows, { scale, shift }) {
  const { mean, variance } = tf.moments(rows, -1, true);
  return rows.sub(mean).div(variance.add(1e-3).sqrt()).mul(scale).add(shift);
}

function gelu(x) {
  return tf.mul(x.mul(0.5), tf.erf(x.mul(Math.SQRT1_2)).add(1));
}

function attend(rows, [query, key, value, output], { context, width, heads }, hidden) {
  const [q, k, v] = [query, key, value].map((weights) =>
    dense(rows, weights)
      .reshape([-1, context, heads, width / heads])
      .transpose([0, 2, 1, 3]),
  );
  const scores = tf.matMul(q, k, false, true).mul(1 / Math.sqrt(width / heads));
  const mixed = tf.matMul(tf.softmax(scores.add(hidden)), v).transpose([0, 2, 1, 3]);
  return dense(mixed.reshape([-1, width]), output);
}

function logitsOf(weights, ids, sizes, hidden) {
  const { vocabulary, context, width } = sizes;
  // Its WebAssembly backend lacks the gradient of tf.gather (UnsortedSegmentSum): a product with one-hot vectors has one.
  const tokens = tf.matMul(tf.oneHot(ids.flatten(), vocabulary).toFloat(), weights.tokens);
  let rows = tokens.reshape([-1, context, width]).add(weights.positions).reshape([-1, width]);
  for (const { norms, attention, wide, narrow } of weights.blocks) {
    rows = rows.add(attend(normalize(rows, norms[0]), attention, sizes, hidden));
    rows = rows.add(dense(gelu(dense(normalize(rows, norms[1]), wide)), narrow));
  }
  return dense(normalize(rows, weights.norm), weights.logits);
}

/** Variables of lists and records. */
function variablesOf(tree) {
  return tree instanceof tf.Variable ? [tree] : Object.values(tree).flatMap(variablesOf);
}

/** Rows of a batch: ids of whole sequences. */
function gather(ids, order, first, count, context) {
  const batch = new Int32Array(count * context);
  for (let i = 0; i < count; i++) {
    const at = order[first + i] * context;
    batch.set(ids.subarray(at, at + context), i * context);
  }
  return tf.tensor2d(batch, [count, context], "int32");
}

export function trainGpt({ transformer: sizes, learningRate, batchSize, samples }, xs, ys) {
  const { vocabulary, context } = sizes;
  const weights = makeWeights(sizes);
  const variables = variablesOf(weights);
  const initial = variables.map((variable) => variable.clone());
  const optimizer = tf.train.adam(learningRate);
  // −∞ where a key is later than its query.
  const hidden = tf.tensor2d(
    Float32Array.from({ length: context * context }, (_, i) => (i % context > Math.floor(i / context) ? -1e9 : 0)),
    [context, context],
  );
  const order = Array.from({ length: samples }, (_, i) => i);
  function step(first) {
    const [x, y] = [xs, ys].map((ids) => gather(ids, order, first, batchSize, context));
    const loss = optimizer.minimize(
      () => tf.losses.softmaxCrossEntropy(tf.oneHot(y.flatten(), vocabulary), logitsOf(weights, x, sizes, hidden)),
      true,
      variables,
    );
    for (const variable of variables) variable.assign(variable.mul(1 - learningRate * DECAY));
    return loss.dataSync()[0];
  }
  return {
    async run(epochs) {
      const losses = [];
      for (let epoch = 0; epoch < epochs; epoch++) {
        tf.util.shuffle(order);
        let loss;
        for (let first = 0; first < samples; first += batchSize) loss = tf.tidy(() => step(first));
        losses.push(loss);
      }
      return losses;
    },
    reset() {
      variables.forEach((variable, i) => {
        variable.assign(initial[i]);
      });
    },
  };
}
