import { activations, input, layers, type Layer, model, type Model, type Node, ops, sequential } from "../../src/index";

/** The networks whose weights the files have, built here as their `architecture` says. */

type AnyModel = Model<never>;

const any = (built: unknown) => built as AnyModel;

const same = [
  [1, 1],
  [1, 1],
] as const;

const tanhGelu = activations.gelu({ approximate: true });

/** A name, where layers are to have those of the file. */
type Name = (name: string) => { name?: string };

const named: Name = (name) => ({ name });
const unnamed: Name = () => ({});

export const mlp = () =>
  any(
    sequential({
      layers: [
        layers.dense({ units: 8, activation: "relu", inputShape: [5] }),
        layers.dropout({ rate: 0.3 }),
        layers.batchNormalization({ epsilon: 1e-5, momentum: 0.9 }),
        layers.dense({ units: 4, activation: "tanh" }),
        layers.dense({ units: 3, activation: "softmax" }),
      ],
    }),
  );

export const twoLinear = () =>
  any(
    sequential({
      layers: [layers.dense({ units: 3, activation: "relu", inputShape: [4] }), layers.dense({ units: 2 })],
    }),
  );

export const cnnFlatten = () =>
  any(
    sequential({
      layers: [
        layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [8, 10, 1] }),
        layers.batchNormalization({ epsilon: 1e-3, momentum: 0.95 }),
        layers.relu(),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.conv2d({ filters: 6, kernelSize: 3, padding: "same", activation: "relu" }),
        layers.flatten(),
        layers.dense({ units: 7, activation: "elu" }),
        layers.dense({ units: 3 }),
      ],
    }),
  );

export const kerasCnn = () =>
  any(
    sequential({
      layers: [
        layers.conv2d({ filters: 4, kernelSize: 3, activation: "relu", inputShape: [6, 6, 2] }),
        layers.batchNormalization(),
        layers.flatten(),
        layers.dense({ units: 7, activation: "elu" }),
        layers.dense({ units: 3 }),
      ],
    }),
  );

/** The last step through a dense layer, and all steps. */
export function recurrent(kind: "lstm" | "gru" | "simpleRNN", depth: number, isBoth: boolean): AnyModel {
  const x = input({ shape: [6, 4] });
  const width = isBoth ? 10 : 5;
  let y: Node = x;
  for (let i = 0; i < depth; i++) {
    const options = { units: 5, returnSequences: true };
    const made = { lstm: layers.lstm(options), gru: layers.gru(options), simpleRNN: layers.simpleRNN(options) };
    const layer = made[kind];
    y = isBoth ? layers.bidirectional({ layer }).apply(y) : layer.apply(y);
  }
  const last = ops.reshape(ops.slice(y, [0, 5, 0], [null, 1, -1]), [null, width]);
  return any(model({ inputs: x, outputs: [layers.dense({ units: 3 }).apply(last), y] }));
}

export function resnet(areNamed: boolean): AnyModel {
  const name = areNamed ? named : unnamed;
  const x = input({ shape: [16, 16, 3] });
  const convolved = (from: Node, filters: number, size: number, strides: number, conv: string, norm: string) => {
    const padding = size === 3 ? same : "valid";
    const y = layers.conv2d({ filters, kernelSize: size, strides, padding, useBias: false, ...name(conv) }).apply(from);
    return layers.batchNormalization({ epsilon: 1e-5, momentum: 0.9, ...name(norm) }).apply(y);
  };
  const block = (from: Node, filters: number, strides: number, path: string) => {
    const y = layers.relu().apply(convolved(from, filters, 3, strides, `${path}.conv1`, `${path}.bn1`));
    const z = convolved(y, filters, 3, 1, `${path}.conv2`, `${path}.bn2`);
    const down = `${path}.downsample`;
    const short = strides === 1 ? from : convolved(from, filters, 1, strides, `${down}.0`, `${down}.1`);
    return layers.relu().apply(layers.add().apply([z, short]));
  };
  let y = layers.relu().apply(convolved(x, 8, 3, 2, "conv1", "bn1"));
  y = layers.maxPooling2d({ poolSize: 3, strides: 2, padding: same }).apply(y);
  y = block(block(y, 8, 1, "layer"), 16, 2, "down");
  const pooled = layers.globalAveragePooling2d().apply(y);
  return any(model({ inputs: x, outputs: layers.dense({ units: 5, ...name("fc") }).apply(pooled) }));
}

export function unet(): AnyModel {
  const x = input({ shape: [8, 8, 1] });
  const conv = (from: Node, filters: number, kernelSize = 3) =>
    layers.conv2d({ filters, kernelSize, padding: "same" }).apply(from);
  const a = layers.leakyRelu({ negativeSlope: 0.1 }).apply(conv(x, 4));
  const b = ops.silu(conv(layers.maxPooling2d({ poolSize: 2 }).apply(a), 8));
  const up = layers.conv2dTranspose({ filters: 4, kernelSize: 2, strides: 2 }).apply(b);
  const larger = ops.slice(layers.upSampling2d({ size: 2 }).apply(b), [0, 0, 0, 0], [null, 8, 8, 4]);
  const c = conv(layers.concatenate().apply([ops.add(up, larger), a]), 4);
  return any(model({ inputs: x, outputs: conv(ops.multiply(c, ops.hardSigmoid(c)), 2, 1) }));
}

/** A block of a transformer that normalizes first. */
function block(x: Node, attention: Layer, first: Layer, second: Layer, up: Layer, down: Layer): Node {
  const y = layers.add().apply([x, attention.apply(first.apply(x))]);
  return layers.add().apply([y, down.apply(up.apply(second.apply(y)))]);
}

const norm = (name: { name?: string }) => layers.layerNormalization({ epsilon: 1e-5, ...name });

export function transformer(): AnyModel {
  const x = input({ shape: [8], dtype: "int32" });
  const ids = layers.embedding({ inputDim: 20, outputDim: 16, name: "emb" }).apply(x);
  let y = layers.positionEmbedding({ sequenceLength: 8, name: "pos" }).apply(ids);
  for (const path of ["enc.layers.0", "enc.layers.1"]) {
    y = block(
      y,
      layers.multiHeadAttention({ numHeads: 4, keyDim: 4, name: `${path}.self_attn` }),
      norm({ name: `${path}.norm1` }),
      norm({ name: `${path}.norm2` }),
      layers.dense({ units: 32, activation: "gelu", name: `${path}.linear1` }),
      layers.dense({ units: 16, name: `${path}.linear2` }),
    );
  }
  return any(model({ inputs: x, outputs: layers.dense({ units: 3, name: "fc" }).apply(ops.mean(y, { axis: 1 })) }));
}

interface GptSizes {
  readonly words: number;
  readonly positions: number;
  readonly length: number;
  readonly heads: number;
  readonly depth: number;
  readonly name: Name;
}

/** A language model whose table of words is that of its logits. */
function languageModel({ words, positions, length, heads, depth, name }: GptSizes): AnyModel {
  const x = input({ shape: [length], dtype: "int32" });
  const table = layers.reversibleEmbedding({ inputDim: words, outputDim: 16, ...name("transformer.wte") });
  let y = layers.positionEmbedding({ sequenceLength: positions, ...name("transformer.wpe") }).apply(table.apply(x));
  for (let i = 0; i < depth; i++) {
    const path = `transformer.h.${i}`;
    y = block(
      y,
      layers.multiHeadAttention({ numHeads: heads, keyDim: 16 / heads, useCausalMask: true, ...name(`${path}.attn`) }),
      norm(name(`${path}.ln_1`)),
      norm(name(`${path}.ln_2`)),
      layers.dense({ units: 64, activation: tanhGelu, ...name(`${path}.mlp.c_fc`) }),
      layers.dense({ units: 16, ...name(`${path}.mlp.c_proj`) }),
    );
  }
  return any(model({ inputs: x, outputs: table.apply(norm(name("transformer.ln_f")).apply(y), { reverse: true }) }));
}

export const tiedGpt = () => languageModel({ words: 23, positions: 6, length: 6, heads: 2, depth: 1, name: unnamed });

export const gpt2 = () => languageModel({ words: 50, positions: 12, length: 7, heads: 4, depth: 2, name: named });
