import { input, layers, losses, type Model, model, optimizers, type Tensor, tensor } from "../src/index";
import type { CompileOptions } from "../src/model/compileOptions";
import { deriveKey, uniform } from "../src/numeric/random";
import networks from "./networks.json";

/** A small GPT, as bench/networks.json tells all libraries. */
const { transformer, learningRate, samples } = networks.gpt;
const { vocabulary, context, width, blocks } = transformer;

/** Sizes of a GPT. */
export type GptSizes = typeof transformer;

/** Learnt positions, layers normalized before attention and before two dense layers with a gelu between, logits. */
export function gptOf({ vocabulary, context, width, heads, blocks }: GptSizes): Model {
  const ids = input({ shape: [context], dtype: "int32" });
  const tokens = layers.embedding({ inputDim: vocabulary, outputDim: width }).apply(ids);
  let x = layers.positionEmbedding({ sequenceLength: context }).apply(tokens);
  for (let block = 0; block < blocks; block++) {
    const attention = layers.multiHeadAttention({ numHeads: heads, keyDim: width / heads, useCausalMask: true });
    x = layers.add().apply([x, attention.apply(layers.layerNormalization().apply(x))]);
    const wide = layers.dense({ units: 4 * width, activation: "gelu" }).apply(layers.layerNormalization().apply(x));
    x = layers.add().apply([x, layers.dense({ units: width }).apply(wide)]);
  }
  const logits = layers.dense({ units: vocabulary }).apply(layers.layerNormalization().apply(x));
  return model({ inputs: ids, outputs: logits, seed: 1 });
}

/** The one that all libraries train. */
export function makeGpt(compile: Partial<CompileOptions>): Model {
  const gpt = gptOf(transformer);
  const loss = losses.sparseCategoricalCrossentropy({ fromLogits: true });
  gpt.compile({ optimizer: optimizers.adamW({ learningRate }), loss, ...compile });
  return gpt;
}

/** Random characters as float32, and what follows each. */
export function gptData(): { x: Float32Array; y: Float32Array } {
  const key = deriveKey(1, vocabulary, context);
  const text = Float32Array.from({ length: samples * context + 1 }, (_, i) => Math.floor(uniform(key, i) * vocabulary));
  return { x: text.slice(0, -1), y: text.slice(1) };
}

export function gptTensors(): { x: Tensor; y: Tensor } {
  const { x, y } = gptData();
  return { x: tensor(Int32Array.from(x), [samples, context]), y: tensor(y, [samples, context]) };
}

/**
 * Floating-point operations of the matrix products of an epoch: forward and both gradients, for pairs of a query and a key that it
 * sees.
 */
export function gptFlops(): number {
  const dense = blocks * 12 * width * width + width * vocabulary;
  const pairs = (context * (context + 1)) / 2;
  return 3 * 2 * samples * (context * dense + blocks * pairs * 2 * width);
}
