import {
  input,
  layers,
  losses,
  metrics,
  type Model,
  model,
  type Node,
  ops,
  optimizers,
  Tensor,
  tensor,
} from "wasmgrad";
import { appealOf, type Watched } from "./films";

/** Numbers that stand for a viewer or a film. */
const LENGTH = 16;
/** Scores are cosines divided by this. */
const TEMPERATURE = 0.1;

function tower(ids: Node, inputDim: number, name: string): Node {
  const embedding = layers.embedding({
    inputDim,
    outputDim: LENGTH,
    embeddingsInitializer: "randomNormal",
    name: `${name}Embedding`,
  });
  const hidden = layers.dense({ units: 32, activation: "relu", name: `${name}Hidden` });
  const vector = layers.dense({ units: LENGTH, name: `${name}Vector` });
  return ops.l2Normalize(vector.apply(hidden.apply(layers.flatten().apply(embedding.apply(ids)))), { axis: 1 });
}

/**
 * Each viewer is to score the film that they watched above those that others of the batch did: −log softmax of the scores of
 * all films of the batch. Famous films stand in many batches; that is taken out again by the logarithm of their share (Yi and
 * others 2019), which is the target.
 */
function rankingLoss(logShares: Node, vectors: Node): Node {
  const [viewers, films] = ops.split(vectors, 2, { axis: 1 });
  const scores = ops.divide(ops.matmul(viewers, ops.transpose(films)), TEMPERATURE);
  const corrected = ops.subtract(scores, ops.transpose(logShares));
  const own = ops.subtract(
    ops.divide(ops.sum(ops.multiply(viewers, films), { axis: 1 }), TEMPERATURE),
    ops.squeeze(logShares, { axis: 1 }),
  );
  return ops.subtract(ops.logSumExp(corrected, { axis: 1 }), own);
}

export interface Recommender {
  readonly both: Model;
  readonly viewerTower: Model;
  readonly filmTower: Model;
}

/** Two towers: one makes vectors of viewers, one of films; who is near whom is recommended. */
export function makeRecommender(viewerCount: number, filmCount: number, seed: number): Recommender {
  const [viewer, film] = ["viewer", "film"].map((name) => input({ shape: [1], dtype: "int32", name }));
  const [viewerVector, filmVector] = [tower(viewer, viewerCount, "viewer"), tower(film, filmCount, "film")];
  const both = model({ inputs: [viewer, film], outputs: ops.concatenate([viewerVector, filmVector]), seed });
  both.compile({
    optimizer: optimizers.adam({ learningRate: 3e-3 }),
    loss: losses.custom(rankingLoss, { targetShape: [1] }),
  });
  return {
    both,
    viewerTower: model({ inputs: viewer, outputs: viewerVector, seed }),
    filmTower: model({ inputs: film, outputs: filmVector, seed }),
  };
}

const column = (numbers: readonly number[]): Tensor => tensor(Int32Array.from(numbers), [numbers.length, 1]);

export async function train({ both }: Recommender, { films, seen }: Watched, epochs: number) {
  const counts = new Array<number>(films.length).fill(0);
  for (const [, film] of seen) counts[film]++;
  const logShares = seen.map(([, film]) => Math.log(counts[film] / seen.length));
  const x = [column(seen.map(([viewer]) => viewer)), column(seen.map(([, film]) => film))];
  return both.fit(x, tensor(logShares, [seen.length, 1]), { epochs, batchSize: 256 });
}

/** Below every score: films that somebody has seen are recommended last. */
const SEEN = -1e9;

/** How much each film is recommended to each viewer: a row for each viewer. */
function score({ films, viewers, seen }: Watched, scoreOf: (film: number, viewer: number) => number): Tensor {
  const scores = viewers.map((_, viewer) => films.map((_, film) => scoreOf(film, viewer)));
  for (const [viewer, film] of seen) scores[viewer][film] = SEEN;
  return tensor(scores);
}

/** By how near the vectors of films are to that of each viewer. */
export async function byTowers({ viewerTower, filmTower }: Recommender, watched: Watched): Promise<Tensor> {
  const numbers = (list: readonly unknown[]) => column(list.map((_, i) => i));
  const ofViewers = await viewerTower.predict(numbers(watched.viewers), { batchSize: 256 });
  const ofFilms = await filmTower.predict(numbers(watched.films), { batchSize: 256 });
  return score(watched, (film, viewer) => {
    let product = 0;
    for (let i = 0; i < LENGTH; i++) product += ofViewers.data[viewer * LENGTH + i] * ofFilms.data[film * LENGTH + i];
    return product;
  });
}

/** By how many people have watched them: what there is without a model. */
export function byViews(watched: Watched): Tensor {
  const counts = new Array<number>(watched.films.length).fill(0);
  for (const [, film] of watched.seen) counts[film]++;
  return score(watched, (film) => counts[film]);
}

/** By the tastes that nobody was told: the best that can be. */
export function byTastes(watched: Watched): Tensor {
  return score(watched, (film, viewer) => appealOf(watched.films[film], watched.viewers[viewer]));
}

/** The films with the highest scores for a viewer. */
export function best({ data, shape: [, films] }: Tensor, viewer: number, count: number): number[] {
  const scores = data.subarray(viewer * films, (viewer + 1) * films);
  return [...scores.keys()].sort((a, b) => scores[b] - scores[a]).slice(0, count);
}

/**
 * How well scores foretell what is watched later: `recallAtK`, the share of later films that are among the first `k`, and `ndcgAtK`,
 * in which those further up count more.
 */
export async function measure(scores: Tensor, { films, viewers, later }: Watched, k = 20) {
  const relevances = new Float32Array(viewers.length * films.length);
  for (const [viewer, film] of later) relevances[viewer * films.length + film] = 1;
  // A model that puts out what it is given: metrics are what it is for.
  const given = input({ shape: [films.length] });
  const judge = model({ inputs: given, outputs: layers.activation({ activation: "linear" }).apply(given) });
  judge.compile({
    optimizer: "sgd",
    loss: "meanSquaredError",
    metrics: [metrics.recallAtK({ k }), metrics.ndcgAtK({ k })],
  });
  const { recallAtK, ndcgAtK } = await judge.evaluate(scores, new Tensor(relevances, scores.shape));
  return { recallAtK, ndcgAtK };
}
