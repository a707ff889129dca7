import { activations, initializers, input, layers, losses, type Model, model, optimizers } from "wasmgrad";

/** Characters that the network sees before the one that it foretells. */
export const CONTEXT = 64;

export interface GptSize {
  /** Numbers that stand for a character on its way through the network. */
  readonly width: number;
  readonly heads: number;
  readonly blocks: number;
  /** Rate of the steps behind the first hundred. */
  readonly learningRate: number;
}

export const sizes = {
  small: { width: 64, heads: 4, blocks: 2, learningRate: 2e-3 },
  large: { width: 128, heads: 4, blocks: 4, learningRate: 1e-3 },
} as const satisfies Record<string, GptSize>;

const WARM_UP_STEPS = 100;

/**
 * A small GPT: what stands where, blocks of attention to what came before and of two dense layers, each added to what it was given,
 * and a logit for every character that may follow.
 *
 * @param place where it is computed, as `compile` takes it
 */
export function makeGpt(
  vocabularySize: number,
  seed: number,
  { width, heads, blocks, learningRate }: GptSize = sizes.small,
  place: { readonly threads?: number } | { readonly engine: "js" } = {},
): Model {
  const small = initializers.randomUniform({ minval: -0.05, maxval: 0.05 });
  // Glorot's range for kernels from `width` to `width` numbers, however attention folds them.
  const range = Math.sqrt(6 / (2 * width));
  const square = initializers.randomUniform({ minval: -range, maxval: range });
  const normalized = () => layers.layerNormalization({ epsilon: 1e-5 });

  const ids = input({ shape: [CONTEXT], dtype: "int32" });
  const tokens = layers.embedding({ inputDim: vocabularySize, outputDim: width }).apply(ids);
  let x = layers.positionEmbedding({ sequenceLength: CONTEXT, initializer: small }).apply(tokens);
  for (let block = 0; block < blocks; block++) {
    const attention = layers.multiHeadAttention({
      numHeads: heads,
      keyDim: width / heads,
      useCausalMask: true,
      kernelInitializer: square,
    });
    x = layers.add().apply([x, attention.apply(normalized().apply(x))]);
    const gelu = activations.gelu({ approximate: true });
    const wide = layers.dense({ units: 4 * width, activation: gelu }).apply(normalized().apply(x));
    x = layers.add().apply([x, layers.dense({ units: width }).apply(wide)]);
  }
  const logits = layers.dense({ units: vocabularySize, useBias: false }).apply(normalized().apply(x));
  const gpt = model({ inputs: ids, outputs: logits, name: "gpt", seed });
  gpt.compile({
    optimizer: optimizers.adamW({
      learningRate: (step) => learningRate * Math.min(1, (step + 1) / WARM_UP_STEPS),
      beta2: 0.99,
      epsilon: 1e-8,
      weightDecay: 0.01,
      globalClipNorm: 1,
    }),
    loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }),
    ...place,
  });
  return gpt;
}
