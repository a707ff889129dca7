import { input, layers, losses, model, type Node, ops, optimizers, tensor, type Model, type Tensor } from "wasmgrad";
import { appealOf, type Watched } from "./films";

/** Numbers that stand for a viewer or a film. */
const LENGTH = 16;
/** Scores are cosines divided by this. */
const TEMPERATURE = 0.1;

/** A row of a table for each whole number. */
function embedding(count: number, name: string) {
  return layers.custom({
    name,
    weights: { table: { shape: [count, LENGTH], initializer: "randomNormal" } },
    call: ([ids], { table }) => ops.take(table, ops.cast(ops.squeeze(ids, { axis: 1 }), "int32"), { axis: 0 }),
  });
}

function tower(ids: Node, count: number, name: string): Node {
  const hidden = layers.dense({ units: 32, activation: "relu", name: `${name}Hidden` });
  const vector = layers.dense({ units: LENGTH, name: `${name}Vector` });
  return ops.l2Normalize(vector.apply(hidden.apply(embedding(count, `${name}Embedding`).apply(ids))), { axis: 1 });
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

/** The films that each viewer has not seen, those with the highest scores first. */
function rank({ films, viewers, seen }: Watched, scoreOf: (film: number, viewer: number) => number): number[][] {
  const watched = viewers.map(() => new Set<number>());
  for (const [viewer, film] of seen) watched[viewer].add(film);
  return viewers.map((_, viewer) => {
    const scores = films.map((_, film) => scoreOf(film, viewer));
    const left = films.map((_, film) => film).filter((film) => !watched[viewer].has(film));
    return left.sort((a, b) => scores[b] - scores[a]);
  });
}

/** Ranked by how near the vectors of films are to that of each viewer. */
export async function recommend({ viewerTower, filmTower }: Recommender, watched: Watched): Promise<number[][]> {
  const numbers = (list: readonly unknown[]) => column(list.map((_, i) => i));
  const ofViewers = await viewerTower.predict(numbers(watched.viewers), { batchSize: 256 });
  const ofFilms = await filmTower.predict(numbers(watched.films), { batchSize: 256 });
  return rank(watched, (film, viewer) => {
    let score = 0;
    for (let i = 0; i < LENGTH; i++) score += ofViewers.data[viewer * LENGTH + i] * ofFilms.data[film * LENGTH + i];
    return score;
  });
}

/** Ranked by how many people have watched them: what there is without a model. */
export function byViews(watched: Watched): number[][] {
  const counts = new Array<number>(watched.films.length).fill(0);
  for (const [, film] of watched.seen) counts[film]++;
  return rank(watched, (film) => counts[film]);
}

/** Ranked by the tastes that nobody was told: the best that can be. */
export function byTastes(watched: Watched): number[][] {
  return rank(watched, (film, viewer) => appealOf(watched.films[film], watched.viewers[viewer]));
}

/** The share of later films that are among the first `count` recommended. */
export function recall(lists: readonly (readonly number[])[], { later }: Watched, count = 20): number {
  return later.filter(([viewer, film]) => lists[viewer].slice(0, count).includes(film)).length / later.length;
}
