// What the page of moby-dick counts and how it says numbers. The page itself is tried in tests/browser.
import { describe, expect, test } from "vitest";
import { boundsOf, shareOfWords, wordsOf } from "../../examples/moby-dick/book";
import { duration, Rate, significant, tickDistance, whole } from "../../examples/moby-dick/page/figures";
import { loadText } from "../../examples/moby-dick/page/corpus";

describe("losses that need no network", () => {
  test("are entropies: 0 where the one before decides, those of two equally likely ones where nothing does", () => {
    const alternating = boundsOf(
      Int32Array.from({ length: 2001 }, (_, i) => i % 2),
      4,
    );
    expect(alternating.uniform).toBeCloseTo(2 * Math.LN2, 12);
    expect(alternating.unigram).toBeCloseTo(Math.LN2, 6);
    expect(alternating.bigram).toBeCloseTo(0, 12);
    // 0 0 1 1 0 0 1 1 …: each is followed by each as often.
    const paired = boundsOf(
      Int32Array.from({ length: 4001 }, (_, i) => (i >> 1) % 2),
      2,
    );
    expect(paired.bigram).toBeCloseTo(Math.LN2, 6);
  });

  test("take the counts of characters and pairs as they are", () => {
    // a a a b: 3/4 and 1/4; after a come a, a and b, after b comes none.
    const { unigram, bigram } = boundsOf(Int32Array.of(0, 0, 0, 1), 2);
    expect(unigram).toBeCloseTo(0.5623351446188083, 12);
    expect(bigram).toBeCloseTo(0.6365141682948128, 12);
  });
});

describe("the share of words that a book has", () => {
  const known = wordsOf("Call me Ishmael. Don’t call the whale!");

  test("leaves out the prompt, single letters and the last word", () => {
    expect(known).toEqual(new Set(["call", "me", "ishmael", "don", "the", "whale"]));
    expect(shareOfWords("The whale", " call me ismael, x CALL wh", known)).toBe(3 / 4);
  });

  test("counts a word that goes on where the prompt ends", () => {
    expect(shareOfWords("The wha", "le me the", known)).toBe(1);
    expect(shareOfWords("The whale", "x me the", known)).toBe(1 / 2);
  });

  test("is not there without words", () => {
    expect(shareOfWords("The", " 12 — !", known)).toBeUndefined();
  });
});

describe("figures", () => {
  test("have three significant digits, and thin spaces between thousands", () => {
    expect([15_678, 1234, 999.6, 123.4, 45.678, 0.98765].map(significant)).toEqual([
      ...["15\u2009700", "1\u2009230", "1\u2009000", "123", "45.7", "0.988"],
    ]);
    expect([0, 999, 1000, 1_234_567].map(whole)).toEqual(["0", "999", "1\u2009000", "1\u2009234\u2009567"]);
  });

  test("say times as somebody does who waits", () => {
    expect([0.2, 4.4, 33, 54, 58, 100, 3000, 9000].map(duration)).toEqual([
      ...["1 s", "4 s", "35 s", "55 s", "1 min", "2 min", "50 min", "2.5 h"],
    ]);
  });

  test("of rates follow a change within a second, and do not jump", () => {
    const rate = new Rate();
    expect(rate.perSecond).toBeUndefined();
    for (let i = 0; i < 100; i++) rate.add(1, 0.05);
    expect(rate.perSecond).toBeCloseTo(20, 9);
    rate.add(1, 0.1);
    expect(rate.perSecond).toBeGreaterThan(18);
    for (let i = 0; i < 30; i++) rate.add(1, 0.1);
    expect(rate.perSecond).toBeLessThan(10.6);
  });

  test("of axes are 1, 2 or 5 times a power of ten apart", () => {
    expect([100, 500, 2000, 7500].map((range) => tickDistance(range, 5))).toEqual([20, 100, 500, 2000]);
    expect(tickDistance(1, 100)).toBe(0.01);
  });
});

describe("a text", () => {
  /** An answer in two parts that cut a character in the middle. */
  const fetchOf = (answer: Response | Error) => async () => {
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const given = globalThis.fetch;
  const load = async (answer: Response | Error) => {
    const progress: unknown[] = [];
    globalThis.fetch = fetchOf(answer);
    try {
      return { text: await loadText("http://localhost/book.txt", (...bytes) => progress.push(bytes)), progress };
    } finally {
      globalThis.fetch = given;
    }
  };

  test("is loaded piece by piece, also where a piece ends within a character", async () => {
    const bytes = new TextEncoder().encode("sea—whale");
    const pieces = [bytes.slice(0, 4), bytes.slice(4)];
    const body = new ReadableStream({
      pull: (controller) => (pieces.length > 0 ? controller.enqueue(pieces.shift()) : controller.close()),
    });
    const answer = new Response(body, { headers: { "content-length": String(bytes.length) } });
    expect(await load(answer)).toEqual({
      text: "sea—whale",
      progress: [
        [4, 11],
        [11, 11],
      ],
    });
  });

  test("that cannot be had is an error that says what to do", async () => {
    await expect(load(new Response("", { status: 404 }))).rejects.toThrow(
      "The server has no book to learn from (status 404 for /book.txt). Run npm ci",
    );
    await expect(load(new TypeError("fetch failed"))).rejects.toThrow("cannot be reached. Start it again");
  });
});
