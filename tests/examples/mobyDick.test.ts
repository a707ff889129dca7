import { expect, it } from "vitest";
import { CONTEXT, loadMobyDick, makeGpt } from "../../examples/moby-dick/mobyDick";
import { data, generate, loadModel, type Model } from "../../src/index";

/** What somebody loses who knows how often each character stands in the text, and nothing of its neighbours. */
function entropyOf(ids: Int32Array, vocabularySize: number): number {
  const counts = new Float64Array(vocabularySize);
  for (const id of ids) counts[id]++;
  const shares = [...counts].filter((count) => count > 0).map((count) => count / ids.length);
  return -shares.reduce((sum, share) => sum + share * Math.log(share), 0);
}

async function write(gpt: Model, seed: number): Promise<string> {
  let text = "";
  for await (const piece of generate(gpt, { prompt: "The whale", maxTokens: 2 * CONTEXT, seed })) text += piece;
  return text;
}

it("the example of a small GPT learns what follows what in Moby Dick, writes text, and is kept with its tokenizer", async () => {
  const { tokenizer, train, validation } = loadMobyDick();
  // The lengths of nine tenths of the book and of whole windows in the rest.
  expect([tokenizer.vocabularySize, train.length, validation.size]).toEqual([83, 1_071_285, 1859]);
  const gpt = makeGpt(tokenizer.vocabularySize, 1);
  gpt.tokenizer = tokenizer;
  expect(Object.values(await gpt.getWeights()).reduce((sum, { data }) => sum + data.length, 0)).toBe(114_816);
  const { loss: before } = await gpt.evaluate(validation.take(64));
  expect(before).toBeGreaterThan(4);
  const windows = data.tokens(train, { contextLength: CONTEXT }).shuffle();
  await gpt.fit(windows.take(16 * 120), { batchSize: 16 });
  const { loss } = await gpt.evaluate(validation.take(64));
  expect(loss).toBeLessThan(entropyOf(train, tokenizer.vocabularySize) - 0.1);

  const text = await write(gpt, 5);
  expect(text).toHaveLength(2 * CONTEXT);
  expect(await write(gpt, 6)).not.toBe(text);
  const loaded = await loadModel(await gpt.toBytes());
  expect(await write(loaded as Model, 5)).toBe(text);
});
