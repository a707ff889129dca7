// Networks for jax-js, which has operations and gradients but no layers: losses of a batch, and initial weights.
import { lax, nn, numpy as np } from "@jax-js/jax";

const activate = { linear: (x) => x, relu: nn.relu, tanh: np.tanh, sigmoid: nn.sigmoid };

/** Glorot's. */
function uniform(shape, fans) {
  const limit = Math.sqrt(6 / fans);
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => limit * (2 * Math.random() - 1));
  return np.array(values).reshape(shape);
}

function denseWeights(inputs, units) {
  return { kernel: uniform([inputs, units], inputs + units), bias: np.zeros([units]) };
}

function dense(x, { kernel, bias }) {
  return np.matmul(x, kernel).add(bias);
}

/** Softmax and cross-entropy are computed together, as its own examples do; targets are one-hot. */
function crossentropy(logits, targets) {
  const classes = logits.shape.at(-1);
  return np.mean(nn.logSoftmax(logits).mul(targets)).mul(-classes);
}

/** Convolutions with pooling, where there are any, then dense layers. */
function chain({ filters = [], activations, useBias, loss, widths }) {
  const side = Math.sqrt(widths[0]);
  return {
    loss(weights, x, y) {
      let output = filters.length ? np.reshape(x, [-1, 1, side, side]) : x;
      filters.forEach((count, i) => {
        output = lax
          .conv(output, weights[i].kernel, [1, 1], "VALID")
          .add(np.reshape(weights[i].bias, [1, count, 1, 1]));
        output = lax.reduceWindow(nn.relu(output), np.max, [2, 2], [2, 2]);
      });
      if (filters.length) output = np.reshape(output, [output.shape[0], -1]);
      activations.forEach((activation, i) => {
        output = np.matmul(output, weights[filters.length + i].kernel);
        if (useBias) output = output.add(weights[filters.length + i].bias);
        if (activation !== "softmax") output = activate[activation](output);
      });
      return loss === "meanSquaredError" ? np.mean(np.square(output.sub(y))) : crossentropy(output, y);
    },
    weights() {
      let inputs = widths[0];
      let pixels = side;
      const convolutions = filters.map((count, i) => {
        const channels = filters[i - 1] ?? 1;
        pixels = Math.floor((pixels - 2) / 2);
        inputs = pixels ** 2 * count;
        return { kernel: uniform([count, channels, 3, 3], 9 * (channels + count)), bias: np.zeros([count]) };
      });
      const denses = widths.slice(1).map((units) => {
        const { kernel, bias } = denseWeights(inputs, units);
        inputs = units;
        return useBias ? { kernel, bias } : { kernel };
      });
      return [...convolutions, ...denses];
    },
  };
}

/** A step of time. `x` is the product with the inputs, with its bias; the state is a list of arrays, the first of them the output. */
const cells = {
  lstm(x, [h, c], { recurrent }) {
    const [i, f, g, o] = np.split(x.add(np.matmul(h, recurrent)), 4, 1);
    const next = nn
      .sigmoid(f)
      .mul(c)
      .add(nn.sigmoid(i).mul(np.tanh(g)));
    return [nn.sigmoid(o).mul(np.tanh(next.ref)), next];
  },
  /** With the reset gate behind the product, as cuDNN, PyTorch and Keras 3 have it. */
  gru(x, [h], { recurrent, recurrentBias }) {
    const [xz, xr, xh] = np.split(x, 3, 1);
    const [hz, hr, hh] = np.split(np.matmul(h.ref, recurrent).add(recurrentBias), 3, 1);
    const z = nn.sigmoid(xz.add(hz));
    const candidate = np.tanh(xh.add(nn.sigmoid(xr.add(hr)).mul(hh)));
    return [candidate.ref.add(z.mul(h.sub(candidate)))];
  },
};
const gates = { lstm: 4, gru: 3 };
const states = { lstm: 2, gru: 1 };

/**
 * The output of the last step, then a dense layer. It has no loop over time (no lax.scan): one is written out, behind one
 * product with the inputs for all steps.
 */
function recurrentNet({ recurrent: { kind, steps, units }, widths, batchSize }) {
  const features = widths[0] / steps;
  return {
    loss({ cell, dense: last }, x, y) {
      const rows = dense(np.reshape(x, [batchSize * steps, features]), { kernel: cell.kernel, bias: cell.bias });
      const parts = np.reshape(rows, [batchSize, steps, gates[kind] * units]);
      const byStep = np.unstack(parts, 1);
      let state = Array.from({ length: states[kind] }, () => np.zeros([batchSize, units]));
      byStep.forEach((part) => {
        state = cells[kind](part, state, { recurrent: cell.recurrent.ref, recurrentBias: cell.recurrentBias?.ref });
      });
      state[1]?.dispose();
      return crossentropy(dense(state[0], last), y);
    },
    weights() {
      const width = gates[kind] * units;
      const recurrent = uniform([units, width], units + width);
      const recurrentBias = kind === "gru" ? { recurrentBias: np.zeros([width]) } : {};
      return {
        cell: { ...denseWeights(features, width), recurrent, ...recurrentBias },
        dense: denseWeights(units, widths.at(-1)),
      };
    },
  };
}

function normalize(x, { scale, shift }) {
  return nn.standardize(x, -1, { epsilon: 1e-3 }).mul(scale).add(shift);
}

/** Causal attention. Its nn.dotProductAttention needs Node 22: this is the same with products of matrices. */
function attend(x, { query, key, value, output }, { heads, width, context }) {
  const [q, k, v] = [query, key, value].map((weights) => {
    const parts = np.reshape(dense(x.ref, weights), [-1, context, heads, width / heads]);
    return np.transpose(parts, [0, 2, 1, 3]);
  });
  x.dispose();
  const scores = np.matmul(q, np.matrixTranspose(k)).mul(1 / Math.sqrt(width / heads));
  const seen = np.where(np.tri(context, context, 0, { dtype: np.bool }), scores, -Infinity);
  const mixed = np.transpose(np.matmul(nn.softmax(seen, -1), v), [0, 2, 1, 3]);
  return dense(np.reshape(mixed, [-1, context, width]), output);
}

/** Learnt positions, normalized inputs of attention and dense layers, gelu, logits; x and y are ids. */
function gpt({ transformer: sizes }) {
  const { vocabulary, context, width, blocks } = sizes;
  const normWeights = () => ({ scale: np.ones([width]), shift: np.zeros([width]) });
  return {
    idTargets: true,
    loss(weights, x, y) {
      // The gradient of taking rows of a table is a product with one-hot vectors.
      let output = np.matmul(nn.oneHot(x, vocabulary), weights.tokens).add(weights.positions);
      for (const block of weights.blocks) {
        output = output.ref.add(attend(normalize(output, block.norms[0]), block.attention, sizes));
        const wide = nn.gelu(dense(normalize(output.ref, block.norms[1]), block.wide), { approximate: false });
        output = output.add(dense(wide, block.narrow));
      }
      return crossentropy(dense(normalize(output, weights.norm), weights.logits), nn.oneHot(y, vocabulary));
    },
    weights: () => ({
      tokens: uniform([vocabulary, width], 6 / 0.05 ** 2),
      positions: uniform([context, width], context + width),
      blocks: Array.from({ length: blocks }, () => ({
        norms: [normWeights(), normWeights()],
        attention: Object.fromEntries(
          ["query", "key", "value", "output"].map((name) => [name, denseWeights(width, width)]),
        ),
        wide: denseWeights(width, 4 * width),
        narrow: denseWeights(4 * width, width),
      })),
      norm: normWeights(),
      logits: denseWeights(width, vocabulary),
    }),
  };
}

/** `loss(weights, x, y)` of a batch, and `weights()`, lists and records of arrays; `idTargets` when x and y are ids. */
export function makeNetwork(network) {
  if (network.transformer) return gpt(network);
  return network.recurrent ? recurrentNet(network) : chain(network);
}
