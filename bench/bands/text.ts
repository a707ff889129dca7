import { hashOf } from "../../examples/random";
import { CONTEXT, loadMobyDick, makeGpt } from "../../examples/moby-dick/mobyDick";
import { input, layers, losses, type Model, model, optimizers, Tensor } from "../../src/index";
import { type Figures, type Recipe, within } from "./recipe";

/** Where figures are taken, and the windows of a step. */
const [MILESTONES, BATCH] = [[500, 1000, 2000], 32];

/** The samples of some steps: windows from places that the seed tells. */
function windowsOf(ids: Int32Array, seed: number, from: number, to: number): { x: Tensor; y: Tensor } {
  const count = (to - from) * BATCH;
  const [x, y] = [new Int32Array(count * CONTEXT), new Int32Array(count * CONTEXT)];
  for (let row = 0; row < count; row++) {
    const start = hashOf(100 + seed, from * BATCH + row) % (ids.length - CONTEXT);
    x.set(ids.subarray(start, start + CONTEXT), row * CONTEXT);
    y.set(ids.subarray(start + 1, start + 1 + CONTEXT), row * CONTEXT);
  }
  return { x: new Tensor(x, [count, CONTEXT]), y: new Tensor(y, [count, CONTEXT]) };
}

/** An LSTM over characters, whose state is 0 at the start of every window. */
function makeLstm(vocabularySize: number, seed: number): Model {
  const ids = input({ shape: [CONTEXT], dtype: "int32" });
  const characters = layers.embedding({ inputDim: vocabularySize, outputDim: 64 }).apply(ids);
  const memory = layers.lstm({ units: 128, returnSequences: true }).apply(characters);
  const lstm = model({ inputs: ids, outputs: layers.dense({ units: vocabularySize }).apply(memory), seed });
  lstm.compile({
    optimizer: optimizers.adam({
      learningRate: (step) => 2e-3 * Math.min(1, (step + 1) / 100),
      beta2: 0.99,
      epsilon: 1e-8,
      globalClipNorm: 1,
    }),
    loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }),
  });
  return lstm;
}

/** Characters of Moby Dick: nats a character of the last tenth after 500, 1,000 and 2,000 steps. */
function recipeOf(
  make: (vocabularySize: number, seed: number) => Model,
  references: { readonly validation: readonly number[]; readonly training: readonly number[] },
  steps: number,
): Recipe {
  const validationName = (i: number) => `nats a character after ${MILESTONES[i]} steps`;
  const trainingName = (i: number) => `training loss of steps to ${MILESTONES[i]}`;
  const bands = MILESTONES.flatMap((_, i) => [
    [validationName(i), within(references.validation[i], 0.04)],
    [trainingName(i), within(references.training[i], 0.04 * references.training[i])],
  ]);
  return {
    seeds: 3,
    bands: Object.fromEntries(bands),
    async run(seed) {
      const { tokenizer, train, validation } = loadMobyDick();
      const network = make(tokenizer.vocabularySize, seed);
      const figures: Figures = {};
      for (const [i, milestone] of MILESTONES.entries()) {
        if (milestone > steps) break;
        const { x, y } = windowsOf(train, seed, MILESTONES[i - 1] ?? 0, milestone);
        const { history } = await network.fit(x, y, { batchSize: BATCH, shuffle: false });
        const { loss } = await network.evaluate(validation, { batchSize: 64 });
        Object.assign(figures, { [validationName(i)]: loss, [trainingName(i)]: history.loss[0] });
        console.error(`${milestone} steps: ${loss.toFixed(3)}, training ${history.loss[0].toFixed(3)}`);
      }
      return figures;
    },
  };
}

export const gpt = (steps: number): Recipe =>
  recipeOf(makeGpt, { validation: [2.04, 1.84, 1.719], training: [2.451, 1.921, 1.76] }, steps);

export const lstm = (steps: number): Recipe =>
  recipeOf(makeLstm, { validation: [2.199, 1.991, 1.822], training: [2.65, 2.085, 1.892] }, steps);
