import { hashOf } from "../../examples/random";
import { input, layers, type Model, model, optimizers, regularizers, Tensor } from "../../src/index";
import { type Recipe, type Samples, trainInOrder, within } from "./recipe";

const [USERS, ITEMS, RANK, DRAWS] = [600, 400, 4, 30_000];

type Rating = readonly [user: number, item: number, rating: number];

/** A number from −1 to 1. */
const uniform = (seed: number, index: number): number => hashOf(seed, index) / 2 ** 23 - 1;

/** Made-up ratings: a constant, what a user and an item add, the product of their tastes, and noise. Items at the front are rated most. */
function makeRatings(): Rating[] {
  const seen = new Set<number>();
  const ratings: Rating[] = [];
  for (let draw = 0; draw < DRAWS; draw++) {
    const user = hashOf(208, draw) % USERS;
    const item = Math.floor(ITEMS * (hashOf(209, draw) / 2 ** 24) ** 2);
    const pair = user * ITEMS + item;
    if (seen.has(pair)) continue;
    seen.add(pair);
    let taste = 0;
    for (let k = 0; k < RANK; k++) taste += uniform(201, user * RANK + k) * uniform(202, item * RANK + k);
    const noise = uniform(205, draw) + uniform(206, draw) + uniform(207, draw);
    const rating = 3.5 + 0.5 * uniform(203, user) + 0.5 * uniform(204, item) + taste + 0.3 * noise;
    ratings.push([user, item, Math.fround(rating)]);
  }
  return ratings;
}

function samplesOf(ratings: readonly Rating[], mean: number): Samples {
  const column = (values: ArrayLike<number>, type: Int32ArrayConstructor | Float32ArrayConstructor) =>
    new Tensor(type.from(values), [ratings.length, 1]);
  const [users, items] = [0, 1].map((side) =>
    column(
      ratings.map((rating) => rating[side]),
      Int32Array,
    ),
  );
  return {
    x: [users, items],
    y: column(
      ratings.map(([, , rating]) => rating - mean),
      Float32Array,
    ),
  };
}

/** Factors of users and items, and what each adds for itself. */
function makeFactors(seed: number): Model {
  const embeddingsRegularizer = regularizers.l2({ l2: 5e-5 });
  const sides = [USERS, ITEMS].map((inputDim) => {
    const id = input({ shape: [1], dtype: "int32" });
    const factors = layers.embedding({ inputDim, outputDim: 8, embeddingsRegularizer }).apply(id);
    const bias = layers.embedding({ inputDim, outputDim: 1, embeddingsRegularizer, embeddingsInitializer: "zeros" });
    return { id, factors: layers.flatten().apply(factors), bias: layers.flatten().apply(bias.apply(id)) };
  });
  const taste = layers.dot({ axes: 1 }).apply(sides.map(({ factors }) => factors));
  const rating = layers.add().apply([taste, ...sides.map(({ bias }) => bias)]);
  const factors = model({ inputs: sides.map(({ id }) => id), outputs: rating, seed });
  factors.compile({
    optimizer: optimizers.adam({ learningRate: 1e-2 }),
    loss: "meanSquaredError",
    metrics: ["rmse"],
  });
  return factors;
}

/** Ratings by factors of users and items: embeddings only. */
export const ratings: Recipe = {
  seeds: 5,
  bands: {
    "test RMSE after 5 epochs": within(0.355, 0.006),
    "test RMSE after 10 epochs": within(0.359, 0.006),
    "test RMSE after 20 epochs": within(0.366, 0.006),
  },
  async run(seed) {
    const all = makeRatings();
    const known = all.filter((_, i) => i % 10 !== 0);
    const mean = known.reduce((sum, [, , rating]) => sum + rating, 0) / known.length;
    const test = samplesOf(
      all.filter((_, i) => i % 10 === 0),
      mean,
    );
    const factors = makeFactors(seed);
    return trainInOrder(
      factors,
      samplesOf(known, mean),
      { seed, epochs: [5, 10, 20], batchSize: 256 },
      async (epoch) => {
        const { rmse } = await factors.evaluate(test.x, test.y, { batchSize: 1024 });
        return { [`test RMSE after ${epoch} epochs`]: rmse };
      },
    );
  },
};
