import { expect, it } from "vitest";
import { watchFilms } from "../../examples/recommender/films";
import {
  best,
  byTastes,
  byTowers,
  byViews,
  makeRecommender,
  measure,
  train,
} from "../../examples/recommender/recommender";

it("the example of two towers recommends better than what most have watched, and more than half as well as who knows all tastes", async () => {
  const watched = watchFilms(400, 300, 2);
  const recommender = makeRecommender(400, 300, 2);
  const { history } = await train(recommender, watched, 20);
  expect(history.loss.at(-1)).toBeLessThan(history.loss[0]);
  const scores = await byTowers(recommender, watched);
  const [views, tastes, found] = await Promise.all(
    [byViews(watched), byTastes(watched), scores].map((each) => measure(each, watched)),
  );
  // What stands first counts most in ndcgAtK, and tastes know exactly what that is.
  for (const [name, share] of [
    ["recallAtK", 0.6],
    ["ndcgAtK", 0.5],
  ] as const) {
    expect(found[name], name).toBeGreaterThan(1.3 * views[name]);
    expect(tastes[name], name).toBeGreaterThan(found[name]);
    expect(found[name], name).toBeGreaterThan(share * tastes[name]);
  }
  // The metric says the same as counting by hand; nothing that somebody has seen is recommended.
  const lists = watched.viewers.map((_, viewer) => best(scores, viewer, 20));
  const hits = watched.later.filter(([viewer, film]) => lists[viewer].includes(film)).length;
  expect(found.recallAtK).toBeCloseTo(hits / watched.later.length, 6);
  expect(watched.seen.filter(([viewer, film]) => lists[viewer].includes(film))).toEqual([]);
});
