/**
 * Recommends films by two towers and a ranking loss of its own: `npx tsx examples/recommender/index.ts [epochs] [seed]`.
 */
import { watchFilms } from "./films";
import { byTastes, byViews, makeRecommender, recall, recommend, train } from "./recommender";

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
const lists = await recommend(recommender, watched);
console.log(`Of the films watched later, these are among the first 20 recommended:`);
console.log(`  by chance            ${percent(20 / films.length)}`);
console.log(`  those of most views  ${percent(recall(byViews(watched), watched))}`);
console.log(`  two towers           ${percent(recall(lists, watched))}`);
console.log(`  who knew all tastes  ${percent(recall(byTastes(watched), watched))}`);

for (const viewer of [0, 1, 2]) {
  const { genres, decade } = viewers[viewer];
  console.log(
    `\nViewer ${viewer} likes ${[...new Set(genres)].join(" and ")}, best of the ${decade}s (the model was not told):`,
  );
  for (const film of lists[viewer].slice(0, 5))
    console.log(`  film ${film}: ${films[film].genre}, ${films[film].decade}s`);
}
