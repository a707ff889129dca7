/**
 * Recommends films by two towers of embeddings and a ranking loss of its own, beside what most have watched:
 * `npx tsx examples/recommender/index.ts [epochs] [seed]`.
 */
import { watchFilms } from "./films";
import { best, byTastes, byTowers, byViews, makeRecommender, measure, train } from "./recommender";

const [epochs = "20", seed = "1"] = process.argv.slice(2);
const watched = watchFilms(1000, 600, Number(seed));
const { films, viewers, seen, later } = watched;
console.log(
  `${viewers.length} viewers, ${films.length} films: each viewer has watched ${seen.length / viewers.length} and will watch ${later.length / viewers.length} more.`,
);

const recommender = makeRecommender(viewers.length, films.length, Number(seed));
const start = performance.now();
const { history } = await train(recommender, watched, Number(epochs));
console.log(
  `${((performance.now() - start) / 1000).toFixed(1)} s, loss ${history.loss[0].toFixed(3)} → ${history.loss.at(-1)!.toFixed(3)}`,
);

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const scores = await byTowers(recommender, watched);
console.log("\nOf the films watched later, so many are among the first 20 recommended (recallAtK; ndcgAtK):");
for (const [name, each] of [
  ["those of most views ", byViews(watched)],
  ["two towers          ", scores],
  ["who knew all tastes ", byTastes(watched)],
] as const) {
  const { recallAtK, ndcgAtK } = await measure(each, watched);
  console.log(`  ${name} ${percent(recallAtK)}  ${ndcgAtK.toFixed(3)}`);
}
console.log(`  by chance            ${percent(20 / (films.length - seen.length / viewers.length))}`);

/** The genres of some films, the most frequent first. */
function genresOf(numbers: readonly number[]): string {
  const counts = new Map<string, number>();
  for (const film of numbers) counts.set(films[film].genre, (counts.get(films[film].genre) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a).slice(0, 3);
  return sorted.map(([genre, count]) => `${count} × ${genre}`).join(", ");
}

for (const viewer of [0, 1, 2]) {
  const { genres, decade } = viewers[viewer];
  const own = seen.filter(([number]) => number === viewer).map(([, film]) => film);
  console.log(`\nViewer ${viewer} has watched ${genresOf(own)}, …`);
  console.log(
    `(The model was not told: likes ${[...new Set(genres)].join(" and ")}, best of the ${decade}s.) For them:`,
  );
  for (const film of best(scores, viewer, 5)) {
    const isRight = later.some(([number, watchedLater]) => number === viewer && watchedLater === film);
    console.log(
      `  ${films[film].genre} of the ${films[film].decade}s, film ${film}${isRight ? " – watched later" : ""}`,
    );
  }
}
