import { expect, it } from "vitest";
import { drawScores } from "../../examples/reverse/drawing";
import { makeReverser, makeWords, reverse, samplesOf, shareOfRight } from "../../examples/reverse/reverse";
import { DataError } from "../../src/index";

it("the example of a reverser turns words around that it has not seen, and looks at the letter that it writes", async () => {
  const reverser = makeReverser(2);
  const { x, y, sampleWeight } = samplesOf(makeWords(4000, 3));
  await reverser.network.fit(x, y, { epochs: 5, batchSize: 32, sampleWeight });
  const reversals = await reverse(reverser, makeWords(200, 4));
  // Guessing alone never writes a word: 3 letters are right once in 17,576 times.
  expect(shareOfRight(reversals)).toBeGreaterThan(0.8);

  // Rows of scores are shares of the letters of the word: padding gets nothing.
  const rows = reversals.flatMap(({ scores }) => scores);
  for (const row of rows) expect(row.reduce((sum, score) => sum + score, 0)).toBeCloseTo(1, 5);
  const looksBack = reversals.flatMap(({ scores }) =>
    scores.map((row, place) => row.indexOf(Math.max(...row)) === row.length - 1 - place),
  );
  expect(looksBack.filter(Boolean).length / looksBack.length).toBeGreaterThan(0.8);
});

it("samples of a reverser: the word, what was written before, what is to be written, and which places count", () => {
  const { x, y, sampleWeight } = samplesOf(["abc"]);
  const padding = new Array(9).fill(0);
  expect([...x[0].data]).toEqual([1, 2, 3, ...padding]);
  expect([...x[1].data]).toEqual([27, 3, 2, 1, ...padding.slice(1)]);
  expect([...y.data]).toEqual([3, 2, 1, ...padding]);
  expect([...sampleWeight.data]).toEqual([1, 1, 1, ...padding]);
  expect(() => samplesOf(["abc", "naïve"])).toThrow(DataError);
  expect(() => samplesOf(["a".repeat(13)])).toThrow("1 to 12 letters");
  expect(() => samplesOf([""])).toThrow('got ""');
});

it("pictures of scores fit into terminals of 60, 80 and 120 columns", () => {
  const word = "abcdefghijkl";
  const scores = [...word].map((_, i) => [...word].map((_, j) => (i + j === 11 ? 1 : 0)));
  const picture = { word, written: "lkjihgfedcba", scores };
  for (const [columns, beside] of [
    [60, 2],
    [80, 2],
    [120, 4],
  ]) {
    const lines = drawScores([picture, picture, picture, picture, picture], columns).split("\n");
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(columns);
    expect(lines[1].match(/██/g)).toHaveLength(beside);
  }
  expect(drawScores([picture], 60).split("\n")[12]).toBe("a ██");
});
