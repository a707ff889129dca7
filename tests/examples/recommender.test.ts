import { expect, it } from "vitest";
import { watchFilms } from "../../examples/recommender/films";
import { byTastes, byViews, makeRecommender, recall, recommend, train } from "../../examples/recommender/recommender";

it("the example of two towers recommends better than what most have watched, and more than half as well as who knows all tastes", async () => {
  const watched = watchFilms(400, 300, 2);
  const recommender = makeRecommender(400, 300, 2);
  const { history } = await train(recommender, watched, 20);
  expect(history.loss.at(-1)).toBeLessThan(history.loss[0]);
  const [views, tastes] = [byViews(watched), byTastes(watched)].map((lists) => recall(lists, watched));
  const found = recall(await recommend(recommender, watched), watched);
  expect(found).toBeGreaterThan(1.3 * views);
  expect(tastes).toBeGreaterThan(found);
  expect(found).toBeGreaterThan(0.6 * tastes);
});
